// Random clinics for the proof of decisions, and what may be seen in them: written from the table in docs/domain.md alone ("The matrix"),
// by words and not by bits, without code of the product.

export interface Pair {
  readonly office: string;
  readonly provider: string;
}

export const columnNames = ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible'] as const;
export type ColumnName = (typeof columnNames)[number];

export interface Row extends Pair {
  readonly columns: readonly ColumnName[];
  /** Seconds from now: negative has lapsed, 0 lapses this instant; null: no end. */
  readonly lapsesIn: number | null;
}

export interface User {
  readonly id: string;
  readonly tenant: number;
  readonly active: boolean;
  readonly memberOf: readonly string[];
  /** By pairKey. */
  readonly rows: ReadonlyMap<string, Row>;
}

/** What opens an object of a type on one of its pairs; `office` is opened by belonging to it. */
export const opens = {
  Location: 'office',
  Practitioner: 'Visible',
  PractitionerRole: 'Visible',
  Schedule: 'Visible',
  Slot: 'Scheduling',
  Appointment: 'Scheduling',
  'old version of an Appointment': 'Scheduling',
  Patient: 'Patient',
  'old version of a Patient': 'Patient',
  DocumentReference: 'EMR',
  Binary: 'EMR',
  Encounter: 'EMR',
  'document saved for Ocean': 'EMR',
  DiagnosticReport: 'Labs',
  Observation: 'Labs',
  'result saved for Ocean': 'Labs',
  Account: 'Billing',
  ChargeItem: 'Billing',
  Coverage: 'Billing',
  Task: 'Scheduling',
  'old version of a Task': 'Scheduling',
  QuestionnaireResponse: 'EMR',
  'old version of a QuestionnaireResponse': 'EMR',
  Consent: 'EMR',
  'old version of a Consent': 'EMR',
} as const satisfies Readonly<Record<string, ColumnName | 'office'>>;
export type ObjectType = keyof typeof opens;
export const objectTypes = Object.keys(opens) as ObjectType[];

export interface Thing {
  readonly type: ObjectType;
  readonly tenant: number;
  readonly id: string;
  /** Where it is: a provider works in several offices, a patient is known to several pairs. */
  readonly of: readonly Pair[];
}

export interface Clinic {
  readonly tenant: number;
  readonly offices: readonly string[];
  readonly providers: readonly string[];
  readonly pairs: readonly Pair[];
  readonly patients: readonly { readonly id: string; readonly of: readonly Pair[] }[];
  readonly users: readonly User[];
  readonly things: readonly Thing[];
}

export const pairKey = ({ office, provider }: Pair): string => `${office} ${provider}`;
export const idOf = ({ office, provider }: Pair): string => `${office}-${provider}`;

/** May the user see it? `flipped`: as it would be if that column were the other way round in his rows for it. */
export function mayBeSeen(user: User, thing: Thing, flipped?: ColumnName): boolean {
  if (user.tenant !== thing.tenant || !user.active) return false;
  const opener = opens[thing.type];
  return thing.of.some((pair) => {
    if (!user.memberOf.includes(pair.office)) return false;
    if (opener === 'office') return true;
    const row = user.rows.get(pairKey(pair));
    if (row === undefined || (row.lapsesIn !== null && row.lapsesIn <= 0)) return false;
    const ticked = (column: ColumnName) => row.columns.includes(column) !== (column === flipped);
    return ticked('Visible') && ticked(opener);
  });
}

type Random = () => number;

interface Size {
  readonly tenants: readonly [least: number, most: number];
  readonly offices: readonly [least: number, most: number];
  readonly providers: readonly [least: number, most: number];
  readonly users: readonly [least: number, most: number];
}
export const usual: Size = { tenants: [2, 3], offices: [2, 4], providers: [2, 4], users: [7, 9] };
/** Enough for a fault to show, mostly. */
export const small: Size = { tenants: [2, 2], offices: [2, 2], providers: [2, 3], users: [4, 4] };

/** Clinics of different sizes with the same ids in each, so that whoever forgets the tenant is seen. */
export function randomWorld(random: Random, size: Size = usual): Clinic[] {
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const names = (letter: string, count: number) => Array.from({ length: count }, (_, n) => `${letter}${n}`);
  return Array.from({ length: between(...size.tenants) }, (_, n) => {
    const tenant = n + 1;
    const [offices, providers] = [names('o', between(...size.offices)), names('p', between(...size.providers))];
    const every = offices.flatMap((office) => providers.map((provider) => ({ office, provider })));
    const pairs = every.filter((_pair, index) => index === 0 || random() < 0.85);
    const one = () => pairs[between(0, pairs.length - 1)]!;
    const patients = [
      ...pairs.map((pair) => ({ id: `of-${idOf(pair)}`, of: [pair] })),
      ...names('of-several-', 3).map((id) => {
        const of = [one(), one(), one()];
        return { id, of: of.filter((pair, index) => of.indexOf(pair) === index) };
      }),
    ];
    const users = names('u', between(...size.users)).map((id): User => {
      const rows = pairs.flatMap((pair): [string, Row][] => {
        if (random() < 0.07) return [];
        const columns = columnNames.filter((column) => random() < (column === 'Visible' ? 0.9 : 0.82));
        const draw = random();
        const lapsesIn = draw < 0.75 ? null : draw < 0.8 ? -3600 : draw < 0.85 ? 0 : 3600;
        return [[pairKey(pair), { ...pair, columns, lapsesIn }]];
      });
      return {
        id,
        tenant,
        active: random() < 0.93,
        memberOf: offices.filter(() => random() < 0.88),
        rows: new Map(rows),
      };
    });
    return {
      tenant,
      offices,
      providers,
      pairs,
      patients,
      users,
      things: thingsOf({ tenant, offices, pairs, patients }),
    };
  });
}

function thingsOf({ tenant, offices, pairs, patients }: Omit<Clinic, 'things' | 'users' | 'providers'>): Thing[] {
  const known = patients.map(({ id, of }) => ({ tenant, id, of }));
  const working = [...new Set(pairs.map(({ provider }) => provider))];
  return objectTypes.flatMap((type): Thing[] => {
    switch (type) {
      case 'Location':
        return offices.map((office) => ({ type, tenant, id: office, of: [{ office, provider: '' }] }));
      case 'Practitioner':
        return working.map((id) => ({ type, tenant, id, of: pairs.filter(({ provider }) => provider === id) }));
      case 'Patient':
      case 'old version of a Patient':
        return known.map((one) => ({ type, ...one }));
      default:
        return pairs.map((pair) => ({ type, tenant, id: idOf(pair), of: [pair] }));
    }
  });
}
