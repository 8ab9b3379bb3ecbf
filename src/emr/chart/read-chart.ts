import { columnsNeeded, includesColumns, noColumns } from '../../fhir/columns.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import {
  type Chart,
  type ChartAccount,
  type ChartAppointment,
  type ChartCharge,
  type ChartDocument,
  type ChartNote,
  type ChartPlace,
  type ChartResult,
  type ChartTab,
  type ChartTabName,
  type ChartTabs,
  chartPageSize,
  type StagedItem,
} from '../contract/chart.ts';
import { pairKey } from '../permissions/require-pair.ts';
import { asPrincipal, withRoster } from '../principal.ts';
import { cellsMissing } from './cells.ts';
import * as sql from './chart.sql.ts';
import { neededByTab } from './entries.ts';
import { localTime } from './place.ts';
import { keptAfterMs, listSaved, type SavedRow } from './saved-for-ocean.sql.ts';

/** What the tabs are read with: who asks, of whom, and what of the roster he holds. */
interface Reading {
  readonly tx: Db;
  readonly actor: sql.Actor;
  readonly patientId: string;
  readonly now: Date;
  readonly held: readonly sql.PlaceInZone[];
  readonly roster: readonly sql.HeldPlace[];
  readonly before: sql.Before | undefined;
}

const placeOf = ({ officeId, office, providerId, provider }: ChartPlace): ChartPlace => ({
  officeId,
  office,
  providerId,
  provider,
});

const entryOf = (row: ChartPlace & { readonly version: number; readonly status: string }) => ({
  ...placeOf(row),
  version: row.version,
  status: row.status,
  can: { withdraw: row.status !== 'entered-in-error' },
});

const savedOf = (until: Date | null, now: Date) =>
  until !== null && until > now ? { until: until.toISOString() } : null;

const presentedAppointment = (row: Awaited<ReturnType<typeof sql.listAppointments>>[number]): ChartAppointment => ({
  ...placeOf(row),
  appointmentId: row.appointmentId,
  start: localTime(row.zone, row.startAt),
  end: localTime(row.zone, row.endAt).time,
  status: row.status,
  participation: row.participation,
  type: row.type,
  reason: row.reason,
});

export const presentedDocument = (row: sql.DocumentRow, now: Date): ChartDocument => ({
  ...entryOf(row),
  documentId: row.documentId,
  folder: row.folder,
  title: row.title,
  mediaType: row.mediaType,
  bytes: row.bytes,
  filed: localTime(row.zone, row.filedAt),
  filedBy: row.filedBy,
  contentUrl: `/api/documents/${row.documentId}/content`,
  savedForOcean: savedOf(row.savedUntil, now),
});

export const presentedNote = (row: sql.NoteRow): ChartNote => ({
  ...entryOf(row),
  noteId: row.noteId,
  type: row.type,
  note: row.note,
  start: localTime(row.zone, row.startAt),
  writtenBy: row.writtenBy,
});

export const presentedResult = (row: sql.ReportRow, values: readonly sql.ValueRow[], now: Date): ChartResult => ({
  ...entryOf(row),
  reportId: row.reportId,
  name: row.name,
  conclusion: row.conclusion,
  effective: localTime(row.zone, row.effectiveAt),
  values: values
    .filter(({ reportId }) => reportId === row.reportId)
    .map(({ reportId: _, number, text, ...value }) => ({
      ...value,
      value: number ?? text ?? '',
      isNumber: number !== null,
    })),
  savedForOcean: savedOf(row.savedUntil, now),
});

export const presentedCharge = (row: sql.ChargeRow): ChartCharge => ({
  ...entryOf(row),
  chargeItemId: row.chargeItemId,
  accountId: row.accountId,
  description: row.description,
  occurredOn: row.occurredOn,
  quantity: row.quantity,
  amountCents: row.amountCents,
  paidCents: row.paidCents,
});

/** One page and what stands around it in every tab. */
function tabOf<Row extends { readonly key: string }, T>(
  tab: ChartTabName,
  { held, roster, now }: Reading,
  rows: readonly Row[],
  idOf: (row: Row) => string,
  present: (row: Row) => T,
): ChartTab<T> {
  const shown = rows.slice(0, chartPageSize);
  const last = shown.at(-1);
  const needed = neededByTab[tab];
  return {
    entries: shown.map(present),
    more: last && rows.length > shown.length ? JSON.stringify([last.key, idOf(last)]) : null,
    withheld: cellsMissing(roster, needed),
    mayAddAt: held
      .filter(({ columns }) => includesColumns(columns, needed))
      .map((place) => ({ ...placeOf(place), now: localTime(place.zone, now) })),
  };
}

const readers: { readonly [Tab in ChartTabName]: (reading: Reading) => Promise<ChartTabs[Tab]> } = {
  appointments: async (reading) => {
    const rows = await sql.listAppointments(reading.tx, reading.actor, askedOf(reading));
    return tabOf('appointments', reading, rows, (row) => row.appointmentId, presentedAppointment);
  },
  documents: async (reading) => {
    const { tx, actor, patientId, now } = reading;
    const rows = await sql.listDocuments(tx, actor, askedOf(reading));
    const folders = await sql.listFolders(tx, actor, patientId);
    const tab = tabOf(
      'documents',
      reading,
      rows,
      (row) => row.documentId,
      (row) => presentedDocument(row, now),
    );
    return { ...tab, folders };
  },
  notes: async (reading) => {
    const rows = await sql.listNotes(reading.tx, reading.actor, askedOf(reading));
    return tabOf('notes', reading, rows, (row) => row.noteId, presentedNote);
  },
  results: async (reading) => {
    const { tx, actor, now } = reading;
    const rows = await sql.listReports(tx, actor, askedOf(reading));
    const values = await sql.listValues(
      tx,
      actor,
      rows.map(({ reportId }) => reportId),
    );
    return tabOf(
      'results',
      reading,
      rows,
      (row) => row.reportId,
      (row) => presentedResult(row, values, now),
    );
  },
  bills: async (reading) => {
    const { tx, actor, patientId } = reading;
    const rows = await sql.listCharges(tx, actor, askedOf(reading));
    const accounts: readonly ChartAccount[] = await sql.listAccounts(tx, actor, patientId);
    const coverages = await sql.listCoverages(tx, actor, patientId);
    return {
      ...tabOf('bills', reading, rows, (row) => row.chargeItemId, presentedCharge),
      accounts,
      balanceCents: accounts.reduce((sum, { balanceCents }) => sum + balanceCents, 0),
      coverages,
    };
  },
};

const askedOf = ({ patientId, before }: Reading): sql.Asked => ({ patientId, before, limit: chartPageSize + 1 });

function readingOf<T>(
  context: EmrContext,
  actor: sql.Actor,
  { patientId, before }: { readonly patientId: string; readonly before?: sql.Before | undefined },
  work: (reading: Reading) => Promise<T>,
): Promise<T> {
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      const held = await sql.listHeldPlaces(tx, actor);
      const roster = await withRoster(tx, () => sql.listRosterPlaces(tx, actor.tenantId, actor.userId));
      return work({ tx, actor, patientId, before, held, roster, now: context.clock.now() });
    },
    { readOnly: true, isolation: 'repeatable read' },
  );
}

/** Who the chart is of; undefined: withheld. 404 for a patient of whom this user may see nothing, as if there were none. */
async function requireChart({ tx, actor, patientId }: Reading): Promise<sql.ChartPatientRow | undefined> {
  const patient = await sql.findChartPatient(tx, actor, patientId);
  if (!patient && !(await sql.hasChartEntries(tx, actor, patientId))) throw problem('not-found', 'problem.not-found');
  return patient;
}

/** The whole chart in one snapshot. 404 as requireChart says. */
export function readChart(context: EmrContext, actor: sql.Actor, patientId: string): Promise<Chart> {
  return readingOf(context, actor, { patientId }, async (reading) => {
    const { tx } = reading;
    const patient = await requireChart(reading);
    const tabs: ChartTabs = {
      appointments: await readers.appointments(reading),
      documents: await readers.documents(reading),
      notes: await readers.notes(reading),
      results: await readers.results(reading),
      bills: await readers.bills(reading),
    };
    const knownAt = await sql.listKnownAt(tx, actor, patientId);
    return {
      patient: patient ? { ...patient, knownAt } : { patientId, masked: true },
      withheldPatient: cellsMissing(reading.roster, columnsNeeded.Patient),
      ocean: await readOcean(reading, tabs),
      ...tabs,
    };
  });
}

/** What stands between this chart and the portal: on each pair that has something to be saved, what the integration user lacks. */
async function readOcean(
  { tx, actor, patientId, now }: Reading,
  { documents, results }: ChartTabs,
): Promise<Chart['ocean']> {
  const staged = (await listSaved(tx, actor, patientId, new Date(now.getTime() - keptAfterMs))).map((one) =>
    presentedSaved(one, now),
  );
  const integration = await sql.findIntegrationUser(tx, actor.tenantId);
  if (!integration) return { integrationUser: null, lacks: [], staged };
  const places = await withRoster(tx, () => sql.listRosterPlaces(tx, actor.tenantId, integration.userId));
  const lacks = places.flatMap((place) => {
    const here = (entries: readonly ChartPlace[]) => entries.some((one) => pairKey(one) === pairKey(place));
    const needed =
      (here(documents.entries) ? columnsNeeded.DocumentReference : noColumns) |
      (here(results.entries) ? columnsNeeded.DiagnosticReport : noColumns);
    return cellsMissing([place], needed);
  });
  return { integrationUser: integration.username, lacks, staged };
}

const presentedSaved = (row: SavedRow, now: Date): StagedItem => ({
  ...placeOf(row),
  ...(row.type === 'DocumentReference'
    ? { kind: 'document', documentId: row.itemId }
    : { kind: 'result', reportId: row.itemId }),
  title: row.title,
  state: stateOfSaved(row, now),
  savedBy: row.savedBy,
  saved: localTime(row.zone, row.savedAt),
  until: localTime(row.zone, row.expiresAt),
  fetched: row.fetchedAt && localTime(row.zone, row.fetchedAt),
});

function stateOfSaved({ fetchedAt, withdrawn, expiresAt }: SavedRow, now: Date): StagedItem['state'] {
  if (fetchedAt) return 'fetched';
  if (withdrawn) return 'withdrawn';
  return expiresAt > now ? 'waiting' : 'expired';
}

/** The next entries of one tab: of every tab of a chart that readChart shows, and of none that it does not. */
export function readChartTab<Tab extends ChartTabName>(
  context: EmrContext,
  actor: sql.Actor,
  asked: { readonly tab: Tab; readonly patientId: string; readonly before?: sql.Before | undefined },
): Promise<ChartTabs[Tab]> {
  return readingOf(context, actor, asked, async (reading) => {
    await requireChart(reading);
    return readers[asked.tab](reading);
  });
}

/** Where a page ended, as `more` said it; undefined for anything else. */
export function beforeOf(text: string): sql.Before | undefined {
  try {
    const read: unknown = JSON.parse(text);
    const [key, id] = Array.isArray(read) ? read : [];
    const isKey = typeof key === 'string' && /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(key);
    return isKey && typeof id === 'string' && !Number.isNaN(Date.parse(key)) ? { key, id } : undefined;
  } catch {
    return undefined;
  }
}
