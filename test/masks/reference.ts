// What a user may see, written from the table in docs/domain.md alone ("The matrix"): no SQL, no code of the product. The mask
// proof holds every surface against it.

export interface Grant {
  readonly office: string;
  readonly provider: string;
  /** Ticked columns by name. */
  readonly columns: readonly string[];
  readonly lapsed: boolean;
}

export interface World {
  readonly name: string;
  readonly memberOf: readonly string[];
  readonly grants: readonly Grant[];
}

export interface Records {
  readonly pairs: readonly (readonly [office: string, provider: string])[];
  readonly patients: readonly { readonly id: string; readonly of: readonly (readonly [string, string])[] }[];
  readonly appointments: readonly {
    readonly id: string;
    readonly pair: readonly [string, string];
    readonly patient: string;
  }[];
}

/** Ids by resource type, sorted; `masked` are bookings whose patient is withheld. */
export interface Seen {
  readonly Location: readonly string[];
  readonly Practitioner: readonly string[];
  readonly PractitionerRole: readonly string[];
  readonly Schedule: readonly string[];
  readonly Patient: readonly string[];
  readonly Appointment: readonly string[];
  readonly masked: readonly string[];
}

/** Whether a column is held on a pair. */
export const holding =
  ({ memberOf, grants }: World) =>
  ([office, provider]: readonly [string, string], column: string): boolean =>
    memberOf.includes(office) &&
    grants
      .filter((grant) => grant.office === office && grant.provider === provider && !grant.lapsed)
      .some(({ columns }) => columns.includes('Visible') && columns.includes(column));

export function reference(world: World, { pairs, patients, appointments }: Records): Seen {
  const holds = holding(world);
  const visible = pairs.filter((pair) => holds(pair, 'Visible'));
  const booked = appointments.filter(({ pair }) => holds(pair, 'Scheduling'));
  const known = patients.filter(({ of }) => of.some((pair) => holds(pair, 'Patient')));
  return {
    Location: [...world.memberOf].sort(),
    Practitioner: [...new Set(visible.map(([, provider]) => provider))].sort(),
    PractitionerRole: visible.map((pair) => `role-${pair.join('-')}`).sort(),
    Schedule: visible.map((pair) => `schedule-${pair.join('-')}`).sort(),
    Patient: known.map(({ id }) => id).sort(),
    Appointment: booked.map(({ id }) => id).sort(),
    masked: booked
      .filter(({ pair }) => !holds(pair, 'Patient'))
      .map(({ id }) => id)
      .sort(),
  };
}
