// Reading the EMR for a run: whatever the way (an export, pages, what changed since), batches of rows that staging takes come out.
//
// A reading has ways, the better first, and each way is made of parts. A part is read by itself and stands for the slices that it names:
// where it fails, they have not been read, and no other has anything to do with it. A way of one part for everything, which an export is,
// has another one after it.
import { intake } from '../../portal/index.ts';
import type { Certainty, SyncMode } from '../contract/sync.ts';
import type { Capabilities, Doubt, EmrClient, ExportFile, HistoryEntry } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { type FhirResource, idOf, pairOf, stagedBookingOf, stagedPatientOf } from '../emr-client/resources.ts';
import type { PlannedSlice } from './plan-slices.ts';
import { Unusable } from './unusable.ts';

/** Changes that were committed late carry an older time than others that were seen before them. */
const overlapMs = 2 * 60_000;
const pageSize = 1000;
/** Ids in one search: a URL that every server takes. */
const idsAtOnce = 50;
/** More selected providers than this are not named in the request: everything is read and the rest is left aside. */
const providersNamed = 100;

export interface ReadPart {
  /** What is not read where this fails. */
  readonly slices: readonly PlannedSlice[];
  bookings(): AsyncGenerator<intake.StagedBooking[]>;
  /** After the bookings: those that the EMR said are gone, and that did not come again since. */
  deleted(): readonly string[];
  /** After the bookings: resources that could not be used. */
  readonly unusable: Unusable;
  /** After the bookings: why something of them may not have come. */
  doubt(): Doubt | undefined;
}

export interface EmrReading {
  patients(unusable: Unusable): AsyncGenerator<intake.StagedPatient[]>;
  readonly ways: readonly (readonly ReadPart[])[];
}

export interface ReadEmr {
  readonly client: EmrClient;
  readonly mode: SyncMode;
  readonly certainty: Certainty;
  readonly slices: readonly PlannedSlice[];
  /** The parts of the windows that differ are all that is read, each by a search, and their patients by their ids afterwards. */
  readonly inPart?: boolean;
  readonly onBookings: (count: number) => void;
}

export async function readEmr({
  client,
  mode,
  certainty,
  slices,
  inPart = false,
  onBookings,
}: ReadEmr): Promise<EmrReading> {
  const read = slices.filter((slice) => slice.applies && slice.readFrom < slice.readTo);
  if (read.length === 0) return { patients: nothing, ways: [[]] };
  const capabilities = await client.capabilities();
  const source = sources[inPart ? 'slice' : mode]({ client, capabilities, certainty, read, all: slices });
  // What is read whole is of the selection; recent changes also say where a booking has gone that left it. Where nobody says which offices
  // a provider has, his bookings do.
  const keeps = mode === 'recent' ? 'all' : mode === 'full' && certainty === 'evidence' ? 'providers' : 'slices';
  return {
    patients: async function* (unusable) {
      for await (const batch of source.patients()) {
        const staged: intake.StagedPatient[] = [];
        for (const resource of batch) {
          const patient = resource && stagedPatientOf(resource);
          if (patient) staged.push(patient);
          else unusable.notePatient(resource?.id);
        }
        yield staged;
      }
    },
    ways: source.ways.map((parts) => parts.map((part) => readPart(part, { keeps, onBookings }))),
  };
}

function readPart(
  { slices, appointments, deleted }: Part,
  { keeps, onBookings }: { readonly keeps: 'all' | 'providers' | 'slices' } & Pick<ReadEmr, 'onBookings'>,
): ReadPart {
  const providers = new Set(slices.map(({ providerId }) => providerId));
  const wanted = new Set(slices.map(intake.sliceKey));
  const only = slices.length === 1 ? intake.sliceKey(slices[0]!) : undefined;
  const unusable = new Unusable();
  let doubt: Doubt | undefined;
  return {
    slices,
    unusable,
    doubt: () => doubt,
    deleted: () => deleted?.() ?? [],
    bookings: async function* () {
      for await (const batch of appointments((found) => {
        doubt = found;
      })) {
        const staged: intake.StagedBooking[] = [];
        for (const resource of batch) {
          const booking = resource && stagedBookingOf(resource);
          if (booking) {
            if (
              keeps === 'all' ||
              (keeps === 'providers' ? providers.has(booking.providerId) : wanted.has(intake.sliceKey(booking)))
            ) {
              staged.push(booking);
            }
            continue;
          }
          const pair = resource && pairOf(resource);
          unusable.noteBooking(resource?.id, pair ? intake.sliceKey(pair) : only, wanted);
        }
        onBookings(batch.length);
        yield staged;
      }
    },
  };
}

async function* nothing(): AsyncGenerator<never> {}

/** Batches of resources; undefined stands for one that is not even JSON. */
type Batches = AsyncGenerator<readonly (FhirResource | undefined)[]>;

interface Part {
  readonly slices: readonly PlannedSlice[];
  appointments(onDoubt: (doubt: Doubt) => void): Batches;
  deleted?(): readonly string[];
}

interface Source {
  patients(): Batches;
  readonly ways: readonly (readonly Part[])[];
}

interface Sourcing {
  readonly client: EmrClient;
  readonly capabilities: Capabilities;
  readonly certainty: Certainty;
  readonly read: readonly PlannedSlice[];
  readonly all: readonly PlannedSlice[];
}

const instant = (date: Date): string => encodeURIComponent(date.toISOString());
const earliest = (dates: readonly Date[]): Date => new Date(Math.min(...dates.map((date) => date.getTime())));
const latest = (dates: readonly Date[]): Date => new Date(Math.max(...dates.map((date) => date.getTime())));

const windowOf = (read: readonly PlannedSlice[]): string =>
  `date=ge${instant(earliest(read.map((slice) => slice.readFrom)))}&date=lt${instant(latest(read.map((slice) => slice.readTo)))}`;

const sources: Readonly<Record<SyncMode, (sourcing: Sourcing) => Source>> = {
  full: fullSource,
  slice: sliceSource,
  recent: recentSource,
};

function fullSource(sourcing: Sourcing): Source {
  const { client, capabilities, read, all } = sourcing;
  const byPages = partsByPages(sourcing);
  if (!capabilities.exports) {
    return { patients: () => ofType(client.pages(`Patient?_count=${pageSize}`), 'Patient'), ways: [byPages] };
  }
  const providers = [...new Set(read.map((slice) => slice.providerId))];
  const isAll = all.every((slice) => slice.applies);
  const named = isAll || providers.length > providersNamed ? '' : `&practitioner=${providers.join(',')}`;
  // Asked for when it is read, and once.
  let asked: Promise<ExportFile[]> | undefined;
  const files = () => {
    asked ??= client.exportFiles(
      new URLSearchParams({ _type: 'Patient,Appointment', _typeFilter: `Appointment?${windowOf(read)}${named}` }),
    );
    return asked;
  };
  const whole: Part = { slices: read, appointments: () => ofFiles(client, files, 'Appointment') };
  return { patients: () => ofFiles(client, files, 'Patient'), ways: [[whole], byPages] };
}

/** A slice, or parts of several, by pages: an export of the clinic would be read for nothing. Patients are read by their ids afterwards. */
function sliceSource(sourcing: Sourcing): Source {
  return { patients: nothing, ways: [partsByPages(sourcing)] };
}

/**
 * Each slice by a search of its own, as far as the server can search so; where nobody says which offices a provider has, each provider by
 * one. One that cannot tell offices apart is asked for a provider, one
 * that can do neither for the window: what it gives beyond that is left aside.
 */
function partsByPages({ client, capabilities: { bookingsBy }, certainty, read }: Sourcing): Part[] {
  const byProvider = bookingsBy.has('practitioner');
  const byOffice = byProvider && bookingsBy.has('location') && certainty === 'proved';
  const together = Map.groupBy(read, (slice) =>
    byOffice ? intake.sliceKey(slice) : byProvider ? slice.providerId : '',
  );
  // In the same order whoever reads: a checkpoint counts them.
  const parts = [...together].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, slices]) => slices);
  return parts.map((slices) => {
    const { officeId, providerId } = slices[0]!;
    const filter = [
      byProvider && `practitioner=${providerId}`,
      byOffice && `location=${officeId}`,
      bookingsBy.has('date') && windowOf(slices),
      `_count=${pageSize}`,
    ];
    const path = `Appointment?${filter.filter(Boolean).join('&')}`;
    return { slices, appointments: (onDoubt) => ofType(client.pages(path, { onDoubt }), 'Appointment') };
  });
}

/**
 * What changed since the oldest cursor, wherever it is now: a booking that left the window is a change too. And what lies in the part
 * of the window that was not in it when the slices were read, however long ago it was made.
 */
function recentSource({ client, capabilities, read }: Sourcing): Source {
  const since = new Date(earliest(read.map((slice) => slice.cursor!.at)).getTime() - overlapMs);
  // Latest first: what changes once more meanwhile goes to the front, where the next run finds it, and what a server counts pages by moves
  // to later ones. Earliest first it would move to earlier ones, past us. The server reads along one index.
  const changed = `_lastUpdated=ge${instant(since)}&_sort=-_lastUpdated&_count=${pageSize}`;
  const entered = read.filter((slice) => slice.cursor!.windowTo < slice.to);
  const gone = new Map<string, number>();
  const changes: Part = {
    slices: read,
    appointments: (onDoubt) =>
      capabilities.historyOf.has('Appointment')
        ? ofHistory(client.history(`Appointment/_history?_since=${instant(since)}&_count=${pageSize}`), gone)
        : ofType(client.pages(`Appointment?${changed}`, { onDoubt }), 'Appointment'),
    deleted: () => [...gone.keys()],
  };
  const days: Part = {
    slices: entered,
    appointments: (onDoubt) => {
      const from = earliest(entered.map((slice) => slice.cursor!.windowTo));
      const to = latest(entered.map((slice) => slice.to));
      const path = `Appointment?date=ge${instant(from)}&date=lt${instant(to)}&_count=${pageSize}`;
      return ofType(client.pages(path, { onDoubt }), 'Appointment');
    },
  };
  const withDays = (part: Part): Part[] => (entered.length === 0 ? [part] : [part, days]);
  const exportsChanges = capabilities.exports && !capabilities.historyOf.has('Appointment');
  return {
    patients: () => ofType(client.pages(`Patient?${changed}`), 'Patient'),
    ways: exportsChanges ? [withDays(exportedSince(client, since, read)), withDays(changes)] : [withDays(changes)],
  };
}

/** Where the server keeps no history that can be asked for, an export says what was deleted since, if it keeps that. */
function exportedSince(client: EmrClient, since: Date, slices: readonly PlannedSlice[]): Part {
  const came = new Set<string>();
  const gone = new Set<string>();
  return {
    slices,
    appointments: async function* () {
      const query = new URLSearchParams({ _type: 'Appointment', _since: since.toISOString() });
      const files = await client.exportFiles(query);
      for await (const batch of ofFiles(client, async () => files, 'Appointment')) {
        for (const resource of batch) if (resource?.id !== undefined) came.add(resource.id);
        yield batch;
      }
      for (const file of files.filter(({ deletions }) => deletions)) {
        for await (const lines of client.lines(file)) for (const id of deletedIn(lines)) gone.add(id);
      }
    },
    // What came is there, or was until after it was given: the next run hears of it again.
    deleted: () => [...gone].filter((id) => !came.has(id)),
  };
}

/** Ids of bookings that the Bundles of these lines delete. What cannot be read may be a deletion, and stops the reading. */
const deletedIn = (lines: readonly string[]): string[] =>
  parsed(lines, 'Bundle').flatMap((bundle) => {
    const entries = bundle?.['entry'];
    if (!Array.isArray(entries)) throw new EmrError('data', 'sync.emr.not-fhir');
    return (entries as readonly { readonly request?: { readonly method?: string; readonly url?: string } }[]).flatMap(
      ({ request }) => {
        if (request?.method !== 'DELETE' || !request.url) throw new EmrError('data', 'sync.emr.not-fhir');
        return idOf(request.url, 'Appointment') ?? [];
      },
    );
  });

type Version = Omit<HistoryEntry, 'resource'>;

/** Of one resource. What is of the same moment and says no version comes latest first, as FHIR has it. */
function isNewer(one: Version, other: Version): boolean {
  if (one.at !== other.at) return one.at > other.at;
  if (one.version === undefined || other.version === undefined) return false;
  return one.version.length === other.version.length
    ? one.version > other.version
    : one.version.length > other.version.length;
}

/** The newest of each booking, whatever the order. What was deleted last is in `gone` afterwards. */
async function* ofHistory(pages: AsyncGenerator<readonly HistoryEntry[]>, gone: Map<string, number>): Batches {
  const newest = new Map<string, Version>();
  for await (const page of pages) {
    const resources: FhirResource[] = [];
    for (const { resource, ...entry } of page) {
      const known = newest.get(entry.id);
      if (known && !isNewer(entry, known)) continue;
      newest.set(entry.id, entry);
      if (resource) {
        resources.push(resource);
        gone.delete(entry.id);
      } else gone.set(entry.id, entry.at);
    }
    yield resources;
  }
}

async function* ofType(pages: AsyncGenerator<readonly FhirResource[]>, type: string): Batches {
  for await (const page of pages) yield page.filter((resource) => resource.resourceType === type);
}

async function* ofFiles(client: EmrClient, files: () => Promise<readonly ExportFile[]>, type: string): Batches {
  for (const file of await files()) {
    if (file.deletions || file.type !== type) continue;
    for await (const lines of client.lines(file)) yield parsed(lines, type);
  }
}

function parsed(lines: readonly string[], type: string): (FhirResource | undefined)[] {
  const resources: (FhirResource | undefined)[] = [];
  for (const line of lines) {
    if (line === '' || line === '\r') continue;
    try {
      const resource = JSON.parse(line) as FhirResource | null;
      resources.push(resource?.resourceType === type ? resource : undefined);
    } catch {
      resources.push(undefined);
    }
  }
  return resources;
}

const inParts = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));

/** So often a search for several that failed is made again for half of them each: an EMR that has none to give is not asked for each one. */
const halvingsAtMost = 40;

export interface NamedPatients {
  readonly found: intake.StagedPatient[];
  /** Those who could not be asked for, and why: of the others the EMR said what it says. */
  readonly missed: { readonly ids: readonly string[]; readonly error: EmrError }[];
}

/** These patients, as far as the EMR shows them. `survives` throws what is no matter of the few that were asked for. */
export async function readPatients(
  client: EmrClient,
  ids: readonly string[],
  survives: (error: unknown) => Promise<EmrError>,
): Promise<NamedPatients> {
  // A server that does not know the parameter may leave it aside and give everybody.
  const asked = new Set(ids);
  const found: intake.StagedPatient[] = [];
  const missed: { ids: readonly string[]; error: EmrError }[] = [];
  const parts = inParts(ids, idsAtOnce);
  let halvings = halvingsAtMost;
  for (let part = parts.shift(); part; part = parts.shift()) {
    try {
      for await (const page of client.pages(`Patient?_id=${part.join(',')}&_count=${pageSize}`)) {
        for (const resource of page) {
          const patient = resource.resourceType === 'Patient' ? stagedPatientOf(resource) : undefined;
          if (patient && asked.has(patient.patientId)) found.push(patient);
        }
      }
    } catch (error) {
      const told = await survives(error);
      halvings -= 1;
      // One of them may be all that cannot be had.
      if (part.length > 1 && halvings >= 0) parts.unshift(...inParts(part, Math.ceil(part.length / 2)));
      else missed.push({ ids: part, error: told });
    }
  }
  return { found, missed };
}

export interface Evidence {
  /** Where bookings are now that were not where they were looked for. */
  readonly found: intake.StagedBooking[];
  /** The EMR said 410: gone. A 404 says nothing. */
  readonly deleted: string[];
  /** What was answered to those that were asked for one by one. */
  readonly statuses: ReadonlyMap<string, number>;
}

/** Asks after single bookings: at most this many one by one, where the search did not show them. */
const askedOneByOne = 50;

/** Asks the EMR of absent bookings by their ids. Silence is no answer. */
export async function readEvidence(client: EmrClient, ids: readonly string[]): Promise<Evidence> {
  const asked = new Set(ids);
  const found: intake.StagedBooking[] = [];
  for (const part of inParts(ids, idsAtOnce)) {
    for await (const page of client.pages(`Appointment?_id=${part.join(',')}&_count=${pageSize}`)) {
      for (const resource of page) {
        const booking = resource.resourceType === 'Appointment' ? stagedBookingOf(resource) : undefined;
        // Whoever leaves the parameter aside gives everything: nothing else was asked for, and nothing else is judged by it.
        if (booking && asked.has(booking.bookingId)) found.push(booking);
      }
    }
  }
  const shown = new Set(found.map((booking) => booking.bookingId));
  const statuses = new Map<string, number>();
  for (const id of ids.filter((one) => !shown.has(one)).slice(0, askedOneByOne)) {
    statuses.set(id, await client.statusOf(`Appointment/${id}`));
  }
  return { found, deleted: [...statuses].flatMap(([id, status]) => (status === 410 ? [id] : [])), statuses };
}
