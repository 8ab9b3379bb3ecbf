// Reading the EMR for a run: whatever the way (an export, pages, what changed since), batches of rows that staging takes come out.

import { intake } from '../../portal/index.ts';
import type { SyncMode } from '../contract/sync.ts';
import type { Capabilities, EmrClient, ExportFile, HistoryEntry } from '../emr-client/emr-client.ts';
import { type FhirResource, stagedBookingOf, stagedPatientOf } from '../emr-client/resources.ts';
import type { PlannedSlice } from './plan-slices.ts';

/** Changes that were committed late carry an older time than others that were seen before them. */
const overlapMs = 2 * 60_000;
const pageSize = 1000;
/** Ids in one search: a URL that every server takes. */
const idsAtOnce = 50;
/** More selected providers than this are not named in the request: everything is read and the rest is left aside. */
const providersNamed = 100;

/** Resources that could not be used. */
export interface Unusable {
  count: number;
  /** Ids of the first of them. */
  readonly ids: string[];
  /** A booking among them that has no id: nobody can say which one it is. */
  nameless: boolean;
}
const idsKept = 10_000;

export interface EmrReading {
  patients(): AsyncGenerator<intake.StagedPatient[]>;
  bookings(): AsyncGenerator<intake.StagedBooking[]>;
  /** After the bookings: those that the EMR said are gone, and that did not come again since. */
  deleted(): readonly string[];
}

export interface ReadEmr {
  readonly client: EmrClient;
  readonly mode: SyncMode;
  readonly slices: readonly PlannedSlice[];
  readonly unusable: Unusable;
  readonly onBookings: (count: number) => void;
}

export async function readEmr({ client, mode, slices, unusable, onBookings }: ReadEmr): Promise<EmrReading> {
  const read = slices.filter((slice) => slice.applies);
  if (read.length === 0) return { patients: nothing, bookings: nothing, deleted: () => [] };
  const capabilities = await client.capabilities();
  const source = sources[mode]({ client, capabilities, read, all: slices });
  // What is read whole is of the selection; recent changes also say where a booking has gone that left it.
  const wanted = mode !== 'recent' ? new Set(read.map(intake.sliceKey)) : undefined;
  const note = (resource: FhirResource | undefined, isBooking: boolean) => {
    unusable.count += 1;
    if (typeof resource?.id !== 'string') unusable.nameless ||= isBooking;
    else if (unusable.ids.length < idsKept) unusable.ids.push(resource.id);
    else unusable.nameless ||= isBooking;
  };
  return {
    patients: async function* () {
      for await (const batch of source.patients()) {
        const staged: intake.StagedPatient[] = [];
        for (const resource of batch) {
          const patient = resource && stagedPatientOf(resource);
          if (patient) staged.push(patient);
          else note(resource, false);
        }
        yield staged;
      }
    },
    deleted: () => source.deleted?.() ?? [],
    bookings: async function* () {
      for await (const batch of source.appointments()) {
        const staged: intake.StagedBooking[] = [];
        for (const resource of batch) {
          const booking = resource && stagedBookingOf(resource);
          if (!booking) note(resource, true);
          else if (!wanted || wanted.has(intake.sliceKey(booking))) staged.push(booking);
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

interface Source {
  patients(): Batches;
  appointments(): Batches;
  deleted?(): readonly string[];
}

interface Sourcing {
  readonly client: EmrClient;
  readonly capabilities: Capabilities;
  readonly read: readonly PlannedSlice[];
  readonly all: readonly PlannedSlice[];
}

const instant = (date: Date): string => encodeURIComponent(date.toISOString());
const earliest = (dates: readonly Date[]): Date => new Date(Math.min(...dates.map((date) => date.getTime())));
const latest = (dates: readonly Date[]): Date => new Date(Math.max(...dates.map((date) => date.getTime())));

const windowOf = (read: readonly PlannedSlice[]): string =>
  `date=ge${instant(earliest(read.map((slice) => slice.from)))}&date=lt${instant(latest(read.map((slice) => slice.to)))}`;

const sources: Readonly<Record<SyncMode, (sourcing: Sourcing) => Source>> = {
  full: fullSource,
  slice: sliceSource,
  recent: recentSource,
};

function fullSource({ client, capabilities, read, all }: Sourcing): Source {
  const providers = [...new Set(read.map((slice) => slice.providerId))];
  const isAll = all.every((slice) => slice.applies);
  const named = isAll || providers.length > providersNamed ? '' : `&practitioner=${providers.join(',')}`;
  const filter = `${windowOf(read)}${named}`;
  if (!capabilities.exports) {
    return {
      patients: () => ofType(client.pages(`Patient?_count=${pageSize}`), 'Patient'),
      appointments: () => ofType(client.pages(`Appointment?${filter}&_count=${pageSize}`), 'Appointment'),
    };
  }
  // Asked for when it is read, and once.
  let asked: Promise<ExportFile[]> | undefined;
  const files = () => {
    asked ??= client.exportFiles(
      new URLSearchParams({ _type: 'Patient,Appointment', _typeFilter: `Appointment?${filter}` }),
    );
    return asked;
  };
  return {
    patients: () => ofFiles(client, files, 'Patient'),
    appointments: () => ofFiles(client, files, 'Appointment'),
  };
}

/** One slice by pages: an export of the clinic for it would be read for nothing. Its patients are read by their ids afterwards. */
function sliceSource({ client, read }: Sourcing): Source {
  const [{ officeId, providerId }] = read as readonly [PlannedSlice];
  const filter = `practitioner=${providerId}&location=${officeId}&${windowOf(read)}&_count=${pageSize}`;
  return { patients: nothing, appointments: () => ofType(client.pages(`Appointment?${filter}`), 'Appointment') };
}

/**
 * What changed since the oldest cursor, wherever it is now: a booking that left the window is a change too. And what lies in the part
 * of the window that was not in it when the slices were read, however long ago it was made.
 */
function recentSource({ client, capabilities, read }: Sourcing): Source {
  const since = new Date(earliest(read.map((slice) => slice.cursor!.at)).getTime() - overlapMs);
  // In the order of the changes: what changes once more meanwhile comes again at the end, and the server reads along one index.
  const changed = `_lastUpdated=ge${instant(since)}&_sort=_lastUpdated&_count=${pageSize}`;
  const entered = read.filter((slice) => slice.cursor!.windowTo < slice.to);
  const gone = new Map<string, number>();
  return {
    patients: () => ofType(client.pages(`Patient?${changed}`), 'Patient'),
    appointments: async function* () {
      if (capabilities.historyOf.has('Appointment')) {
        yield* ofHistory(client.history(`Appointment/_history?_since=${instant(since)}&_count=${pageSize}`), gone);
      } else yield* ofType(client.pages(`Appointment?${changed}`), 'Appointment');
      if (entered.length === 0) return;
      const from = earliest(entered.map((slice) => slice.cursor!.windowTo));
      const to = latest(entered.map((slice) => slice.to));
      const days = `date=ge${instant(from)}&date=lt${instant(to)}&_count=${pageSize}`;
      yield* ofType(client.pages(`Appointment?${days}`), 'Appointment');
    },
    deleted: () => [...gone.keys()],
  };
}

/** The newest of each booking, whatever the order. What was deleted last is in `gone` afterwards. */
async function* ofHistory(pages: AsyncGenerator<readonly HistoryEntry[]>, gone: Map<string, number>): Batches {
  const newest = new Map<string, number>();
  for await (const page of pages) {
    const resources: FhirResource[] = [];
    for (const { id, at, resource } of page) {
      if ((newest.get(id) ?? Number.NEGATIVE_INFINITY) > at) continue;
      newest.set(id, at);
      if (resource) {
        resources.push(resource);
        gone.delete(id);
      } else gone.set(id, at);
    }
    yield resources;
  }
}

async function* ofType(pages: AsyncGenerator<readonly FhirResource[]>, type: string): Batches {
  for await (const page of pages) yield page.filter((resource) => resource.resourceType === type);
}

async function* ofFiles(client: EmrClient, files: () => Promise<readonly ExportFile[]>, type: string): Batches {
  for (const file of await files()) {
    if (file.type !== type) continue;
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

/** These patients, as far as the EMR shows them. */
export async function readPatients(client: EmrClient, ids: readonly string[]): Promise<intake.StagedPatient[]> {
  const found: intake.StagedPatient[] = [];
  for (const part of inParts(ids, idsAtOnce)) {
    for await (const page of client.pages(`Patient?_id=${part.join(',')}&_count=${pageSize}`)) {
      for (const resource of page) {
        const patient = resource.resourceType === 'Patient' ? stagedPatientOf(resource) : undefined;
        if (patient) found.push(patient);
      }
    }
  }
  return found;
}

export interface Evidence {
  /** Where bookings are now that were not where they were looked for. */
  readonly found: intake.StagedBooking[];
  /** The EMR said 410: gone. A 404 says nothing. */
  readonly deleted: string[];
}

/** Asks after single bookings: at most this many one by one, where the search did not show them. */
const askedOneByOne = 50;

/** Asks the EMR of absent bookings by their ids. Silence is no answer. */
export async function readEvidence(client: EmrClient, ids: readonly string[]): Promise<Evidence> {
  const found: intake.StagedBooking[] = [];
  for (const part of inParts(ids, idsAtOnce)) {
    for await (const page of client.pages(`Appointment?_id=${part.join(',')}&_count=${pageSize}`)) {
      for (const resource of page) {
        const booking = resource.resourceType === 'Appointment' ? stagedBookingOf(resource) : undefined;
        if (booking) found.push(booking);
      }
    }
  }
  const shown = new Set(found.map((booking) => booking.bookingId));
  const deleted: string[] = [];
  for (const id of ids.filter((one) => !shown.has(one)).slice(0, askedOneByOne)) {
    if ((await client.statusOf(`Appointment/${id}`)) === 410) deleted.push(id);
  }
  return { found, deleted };
}
