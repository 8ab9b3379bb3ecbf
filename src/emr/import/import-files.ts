// FHIR files in. Everything is read first, into staging, so that the order of files and of their lines does not matter; then one
// transaction makes it the clinic's, so that an import is there wholly or not at all. See docs/decisions/0007.
import type { PoolClient } from 'pg';
import { inTransaction } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { isZone } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import * as chart from './chart-import.sql.ts';
import * as chartRows from './chart-rows.ts';
import * as sql from './import.sql.ts';
import { type FoundFile, type FoundResource, listFiles, readResources } from './read-resources.ts';
import { createTally, type ImportReport, type Tally, type Unusable } from './report.ts';
import * as rows from './rows.ts';
import { createStage, type StagedRow } from './stage.ts';

export type { ImportReport } from './report.ts';
export { formatReport } from './report.ts';

export interface ImportProgress {
  readonly phase: 'reading' | 'writing';
  /** Resources read. */
  readonly lines: number;
  /** Of the files as they lie on the disk. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface ImportOptions {
  readonly tenantId: number;
  /** Files and folders. */
  readonly paths: readonly string[];
  /** Finished Encounters of the past become bookings; otherwise they are counted. */
  readonly encounters: boolean;
  /** For offices that name no zone; an IANA name. */
  readonly defaultZone?: string;
  /** Called every second while the import runs, and when it is done. */
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Stops the import; nothing of it stays. */
  readonly signal?: AbortSignal;
}

/**
 * 400 where a path leads nowhere or the zone does not exist, 409 while another import of this clinic runs. Files that cannot be
 * read, lines that are broken and resources that cannot be used are in the report, and the rest is imported.
 */
export async function importFiles(context: EmrContext, options: ImportOptions): Promise<ImportReport> {
  const { tenantId, defaultZone = 'America/Vancouver', onProgress, signal } = options;
  if (!isZone(defaultZone)) throw problem('invalid', 'problem.invalid');
  const began = performance.now();
  const files = await listFiles(options.paths);
  const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const tally = createTally();
  const seen: Seen = { phase: 'reading', lines: 0, bytes: 0 };
  const tell = () => onProgress?.({ ...seen, totalBytes });
  const teller = setInterval(tell, 1000);
  // The lock and the COPYs belong to this connection; the transaction has one of its own, which knows the tenant.
  const staging = await context.importPool.connect();
  let locked = false;
  let broken: Error | undefined;
  try {
    locked = await sql.takeImportLock(staging, tenantId);
    if (!locked) throw problem('conflict', 'import.problem.running');
    await sql.clearStage(staging, tenantId);
    await stageFiles(staging, files, { options, now: context.clock.now(), tally, seen });
    await sql.takeStatistics(staging);
    seen.phase = 'writing';
    await inTransaction(context.importPool, (tx) => apply(tx, { tenantId, defaultZone, tally, signal }), {
      settings: { 'tidegate.tenant_id': String(tenantId) },
    });
    await sql.takeStatisticsOfRecord(staging);
    tell();
  } catch (error) {
    if (!locked) throw error;
    await sql.clearStage(staging, tenantId).catch((reason: Error) => {
      broken = reason;
    });
    throw error;
  } finally {
    clearInterval(teller);
    if (locked && !broken) {
      try {
        await sql.clearStage(staging, tenantId);
        await sql.giveImportLockBack(staging, tenantId);
      } catch (reason) {
        broken = reason as Error;
      }
    }
    // A connection that failed is closed, which also gives the lock back.
    staging.release(broken);
  }
  const { types, notes, broken: unreadable } = tally;
  const seconds = Math.round(performance.now() - began) / 1000;
  return { types, notes, broken: unreadable, files: files.length, bytes: seen.bytes, seconds };
}

interface Seen {
  phase: ImportProgress['phase'];
  lines: number;
  bytes: number;
}

interface Reading {
  readonly options: ImportOptions;
  readonly now: Date;
  readonly tally: Tally;
  readonly seen: Seen;
}

async function stageFiles(client: PoolClient, files: readonly FoundFile[], reading: Reading): Promise<void> {
  const { options, now, tally, seen } = reading;
  const stage = createStage(client, options.tenantId);
  const resources = readResources(files, {
    broken: tally.cannotRead,
    bytes: (count) => {
      seen.bytes += count;
    },
  });
  for await (const resource of resources) {
    options.signal?.throwIfAborted();
    seen.lines += 1;
    const type = resource.resourceType;
    tally.typeOf(type).read += 1;
    const staged = stagedOf(resource, { encounters: options.encounters, now });
    if (typeof staged === 'string') {
      tally.cannotUse(type, staged);
      continue;
    }
    // Only what refers is told apart by identifier, and only these three are referred to.
    const named = ['Practitioner', 'Location', 'Patient'].includes(type) ? rows.identifierRows(resource) : [];
    for (const row of [...staged, ...named]) {
      const sending = stage.add(seen.lines, row);
      if (sending) await sending;
    }
  }
  await stage.flush();
}

const chartTypes = [
  'DocumentReference',
  'Binary',
  'DiagnosticReport',
  'Observation',
  'Account',
  'ChargeItem',
  'Coverage',
];

const alone = (row: StagedRow | Unusable): readonly StagedRow[] | Unusable => (typeof row === 'string' ? row : [row]);

function stagedOf(
  resource: FoundResource,
  { encounters, now }: { encounters: boolean; now: Date },
): readonly StagedRow[] | Unusable {
  switch (resource.resourceType) {
    case 'Location':
      return alone(rows.officeRow(resource));
    case 'Practitioner':
      return alone(rows.providerRow(resource));
    case 'PractitionerRole':
      return rows.roleRows(resource);
    case 'Schedule':
      return rows.scheduleRows(resource);
    case 'Patient':
      return alone(rows.patientRow(resource));
    case 'Appointment':
      return alone(rows.appointmentRow(resource));
    case 'DocumentReference':
      return chartRows.documentRows(resource);
    case 'Binary':
      return alone(chartRows.binaryRow(resource));
    case 'DiagnosticReport':
      return alone(chartRows.reportRow(resource));
    case 'Observation':
      return alone(chartRows.observationRow(resource));
    case 'Account':
      return alone(chartRows.accountRow(resource));
    case 'ChargeItem':
      return alone(chartRows.chargeRow(resource));
    case 'Coverage':
      return alone(chartRows.coverageRow(resource));
    case 'Encounter':
      if (chartRows.noteIn(resource) !== null) return alone(chartRows.noteRow(resource));
      return encounters ? alone(rows.encounterRow(resource, now)) : 'encounters-not-asked-for';
    case 'Organization':
      return 'clinic-is-set-up';
    default:
      return 'type-not-imported';
  }
}

interface Applying {
  readonly tenantId: number;
  readonly defaultZone: string;
  readonly tally: Tally;
  readonly signal: AbortSignal | undefined;
}

async function apply(tx: PoolClient, { tenantId, defaultZone, tally, signal }: Applying): Promise<void> {
  const { notes } = tally;
  const wrote = (type: string, { created, updated, unchanged }: sql.Written) => {
    // A type that no file has gets no line.
    if (created + updated + unchanged === 0) return;
    const report = tally.typeOf(type);
    report.created += created;
    report.updated += updated;
    report.unchanged += unchanged;
  };
  for (const { type, count } of await sql.dropRepeated(tx, tenantId))
    tally.cannotUse(type, 'given-more-than-once', count);
  await sql.resolveIdentifiers(tx, tenantId);

  notes.zonesAssumed = await sql.assumeZones(tx, tenantId, defaultZone);
  wrote('Location', await sql.upsertOffices(tx, tenantId));
  wrote('Practitioner', await sql.upsertProviders(tx, tenantId));
  wrote('Patient', await sql.upsertPatients(tx, tenantId));
  signal?.throwIfAborted();

  await sql.judgeScheduleParts(tx, tenantId, 'PractitionerRole');
  await sql.judgeScheduleParts(tx, tenantId, 'Schedule');
  for (const outcome of await sql.upsertSchedules(tx, tenantId)) wrote(outcome.type, outcome);
  await sql.judgeBookings(tx, tenantId);
  notes.schedulesMade = await sql.makeSchedulesOfBookings(tx, tenantId);
  await sql.deduceOffices(tx, tenantId);
  signal?.throwIfAborted();

  for (const outcome of await sql.upsertBookings(tx, tenantId)) wrote(outcome.type, outcome);
  const { rows: began } = await tx.query<{ at: Date }>('select clock_timestamp() as at');
  await chart.judgeChart(tx, tenantId);
  const contents = await chart.upsertContents(tx, tenantId);
  wrote('Binary', contents);
  if (contents.unused > 0) tally.cannotUse('Binary', 'not-referred-to', contents.unused);
  for (const outcome of await chart.upsertChart(tx, tenantId)) wrote(outcome.type, outcome);
  await chart.touchAccountsOfCharges(tx, tenantId, began[0]!.at);
  signal?.throwIfAborted();
  const attached = await sql.attachPatients(tx, tenantId);
  notes.notAttached = attached.nowhere;
  for (const { type, reason, count } of await sql.countRefused(tx, tenantId)) tally.cannotUse(type, reason, count);

  const changes = (types: readonly string[]) =>
    types.reduce((sum, type) => sum + (tally.types[type]?.created ?? 0) + (tally.types[type]?.updated ?? 0), 0);
  const roster = changes(['Location', 'Practitioner', 'PractitionerRole', 'Schedule']) + notes.schedulesMade;
  if (roster > 0) await sql.bumpRosterVersion(tx, tenantId);
  signal?.throwIfAborted();
  if (roster + changes(['Patient', 'Appointment', 'Encounter', ...chartTypes]) + attached.changed === 0) return;
  await recordAudit(tx, {
    tenantId,
    userId: null,
    action: 'import',
    entity: 'tenant',
    entityId: String(tenantId),
    after: { types: tally.types, schedulesMade: notes.schedulesMade, attached: attached.changed },
  });
}
