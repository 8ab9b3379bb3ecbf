// Whether a feature works for a schedule, tried and not concluded: each probe asks the EMR or the portal's own pages for what the feature
// needs. Nothing is written but on the one booking that the clinic has named for it: where else only a write could tell, the cells are looked at, and the
// probe says that it was not made.
import { includesColumns } from '../../fhir/columns.ts';
import { withheldCellsIn } from '../../fhir/outcome.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import type { Probe } from '../contract/certificates.ts';
import { columnsNeededBy, type Feature } from '../contract/features.ts';
import type { EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import type { FhirResource } from '../emr-client/resources.ts';
import { confirmRoundTrip } from './confirm-round-trip.ts';
import { type Outcome, said } from './said.ts';

export interface ProbeTarget {
  readonly officeId: string;
  readonly providerId: string;
  readonly feature: Feature;
}

/** What of this is on the portal's side. */
export interface PortalSide {
  /** Of these bookings, how many are on the pages. */
  countListed(bookingIds: readonly string[]): Promise<number>;
  /** Up to when the schedule matched the EMR; null: never. */
  matchedAsOf(target: ProbeTarget): Date | null;
  /** Of today's run: bookings of the schedule that it does not see, and that it would write about. null: no rule is enabled. */
  reminders(target: ProbeTarget): { readonly due: number; readonly invisible: number } | null;
  /** The instant from which bookings of the schedule are not synchronised. */
  windowTo(target: ProbeTarget): Date;
}

/** Bookings that a day sheet's probe looks for one by one. */
const compared = 50;

export interface Probing {
  readonly client: EmrClient;
  readonly coverage: PermissionCoverage;
  readonly portal: PortalSide;
  /** The booking that a confirmation may be tried on; null: none is named. */
  readonly testBookingId: string | null;
  readonly now: () => Date;
}

/** In the order of the targets. Throws EmrError where the EMR gives nothing at all. */
export async function probeAll(probing: Probing, targets: readonly ProbeTarget[]): Promise<Probe[]> {
  const { client, coverage, now } = probing;
  const rows = new Map(coverage.schedules.map((row) => [`${row.officeId} ${row.providerId}`, row]));
  /** Searches that say of every schedule at once what is withheld. */
  const asked = new Map<string, Promise<Bundle>>();
  const search = (path: string): Promise<Bundle> => {
    const answer = asked.get(path) ?? searchOf(client, path);
    asked.set(path, answer);
    return answer;
  };
  const probes: Probe[] = [];
  for (const target of targets) {
    const { officeId, providerId, feature } = target;
    const needed = columnsNeededBy[feature];
    const held = rows.get(`${officeId} ${providerId}`)?.columnsHeld ?? 0;
    let outcome: Outcome;
    try {
      outcome = includesColumns(held, needed)
        ? await ways[feature](target, { ...probing, search })
        : said('failed', 'cells', { columns: needed & ~held });
    } catch (error) {
      if (!(error instanceof EmrError) || error.failure === 'token' || error.failure === 'address') throw error;
      outcome = { result: 'failed', said: { key: error.key, params: { ...error.params } } };
    }
    probes.push({ ...target, ...outcome, at: now().toISOString() });
  }
  return probes;
}

interface Bundle {
  readonly matches: readonly FhirResource[];
  readonly withheld: ReturnType<typeof withheldCellsIn>;
}

async function searchOf(client: EmrClient, path: string): Promise<Bundle> {
  const { status, resource } = await client.read(path);
  if (status === 403) throw new EmrError('permission', 'sync.emr.forbidden');
  const entries = resource?.['entry'] ?? [];
  if (status !== 200 || resource?.resourceType !== 'Bundle' || !Array.isArray(entries)) {
    throw new EmrError('data', 'sync.emr.unexpected', { status });
  }
  const all = entries as readonly { readonly resource?: FhirResource; readonly search?: { readonly mode?: string } }[];
  return {
    matches: all.flatMap((entry) => (entry.resource && entry.search?.mode === 'match' ? [entry.resource] : [])),
    withheld: all.flatMap((entry) => withheldCellsIn(entry.resource)),
  };
}

const isWithheld = ({ withheld }: Bundle, { officeId, providerId }: ProbeTarget): boolean =>
  withheld.some((cell) => cell.officeId === officeId && (cell.providerId ?? providerId) === providerId);

type Way = (target: ProbeTarget, probing: Probing & { search(path: string): Promise<Bundle> }) => Promise<Outcome>;

const pairOf = ({ officeId, providerId }: ProbeTarget) =>
  `location=Location/${encodeURIComponent(officeId)}&practitioner=Practitioner/${encodeURIComponent(providerId)}`;

/** Types that are listed without anything of this schedule being withheld. */
const unnarrowed =
  (types: readonly string[]): Way =>
  async (target, { search }) => {
    for (const type of types) {
      if (isWithheld(await search(`${type}?_count=1`), target)) return said('failed', 'withheld', { type });
    }
    return said('passed', 'listed', { types: types.join(', ') });
  };

const ways: Readonly<Record<Feature, Way>> = {
  'provider-list': async (target, { search }) => {
    const found = await search(`PractitionerRole?${pairOf(target)}&_count=1`);
    return found.matches.length > 0 && !isWithheld(found, target) ? said('passed', 'role') : said('failed', 'no-role');
  },
  'day-sheet': async (target, { client, portal, now }) => {
    const dates = `date=ge${now().toISOString()}&date=lt${portal.windowTo(target).toISOString()}`;
    const path = `Appointment?${pairOf(target)}&${dates}&_sort=date&_count=${compared}&_include=Appointment:patient`;
    const found = await searchOf(client, path);
    if (isWithheld(found, target)) return said('failed', 'withheld', { type: 'Appointment' });
    // What was changed since the schedule was last read is no word against the reading.
    const matchedAsOf = portal.matchedAsOf(target)?.getTime() ?? Number.NEGATIVE_INFINITY;
    const before = found.matches.filter(
      (one) =>
        one['status'] !== 'entered-in-error' &&
        Date.parse((one['meta'] as { lastUpdated?: string } | undefined)?.lastUpdated ?? '') <= matchedAsOf,
    );
    const listed = await portal.countListed(before.flatMap(({ id }) => id ?? []));
    return listed === before.length
      ? said('passed', 'bookings', { count: listed })
      : said('failed', 'bookings-missing', { count: before.length, listed });
  },
  reminders: async (target, { portal }) => {
    const dry = portal.reminders(target);
    if (!dry) return said('not-probed', 'no-rule');
    return dry.invisible === 0
      ? said('passed', 'reminders', { count: dry.due })
      : said('failed', 'reminders-invisible', { count: dry.invisible });
  },
  confirm: async (target, { client, testBookingId, now }) =>
    testBookingId === null
      ? said('not-probed', 'no-test-booking')
      : confirmRoundTrip(client, target, { testBookingId, now: now() }),
  attachments: unnarrowed(['DocumentReference', 'DiagnosticReport']),
  filing: async () => said('not-probed', 'would-write'),
  balance: unnarrowed(['Account']),
};
