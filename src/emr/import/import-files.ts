// FHIR files in. Two passes over the files, so that their order does not matter: first whom and where bookings refer to, then the
// bookings. Each batch is one transaction of set-wise statements; a second import of the same files writes nothing.
import { format, type Language } from '../../language/messages.ts';
import { inTransaction } from '../../platform/database/db.ts';
import { isZone } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import * as sql from './import.sql.ts';
import { type FoundResource, listFiles, readResources } from './read-resources.ts';
import * as rows from './rows.ts';

export interface ImportOptions {
  readonly tenantId: number;
  /** Files and folders. */
  readonly paths: readonly string[];
  /** Past Encounters with a practitioner and a period become bookings; otherwise they are counted. */
  readonly encounters: boolean;
  readonly onProgress?: (progress: { readonly lines: number; readonly bytes: number }) => void;
}

export interface TypeReport {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  /** Reason → how many could not be used. */
  readonly unusable: Record<string, number>;
}

export interface ImportReport {
  readonly types: Readonly<Record<string, TypeReport>>;
  readonly broken: { total: number; readonly first: { readonly file: string; readonly line: number }[] };
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
}

const batchSize = 5000;
const listedBroken = 100;
/** Where a Location names no zone. */
const defaultZone = 'America/Vancouver';

export async function importFiles(context: EmrContext, options: ImportOptions): Promise<ImportReport> {
  const { tenantId } = options;
  const began = performance.now();
  const files = await listFiles(options.paths);
  const types: Record<string, TypeReport> = {};
  const broken: ImportReport['broken'] = { total: 0, first: [] };
  let bytes = 0;
  let lines = 0;
  let told = performance.now();
  const typeOf = (type: string) => {
    types[type] ??= { read: 0, created: 0, updated: 0, unchanged: 0, unusable: {} };
    return types[type];
  };
  const cannotUse = (type: string, reason: string) => {
    const report = typeOf(type);
    report.unusable[reason] = (report.unusable[reason] ?? 0) + 1;
  };
  const inClinic = <T>(work: Parameters<typeof inTransaction<T>>[1]) =>
    inTransaction(context.importPool, work, { settings: { 'tidegate.tenant_id': String(tenantId) } });

  async function write<R>(
    type: string,
    batch: readonly R[],
    upsert: (db: Parameters<typeof sql.upsertOffices>[0], tenantId: number, rows: readonly R[]) => Promise<sql.Written>,
  ) {
    if (batch.length === 0) return;
    const { created, updated } = await inClinic((tx) => upsert(tx, tenantId, batch));
    const report = typeOf(type);
    report.created += created;
    report.updated += updated;
    report.unchanged += batch.length - created - updated;
  }

  const events = (first: boolean) => ({
    broken: (file: string, line: number) => {
      if (!first) return;
      broken.total += 1;
      if (broken.first.length < listedBroken) broken.first.push({ file, line });
    },
    bytes: (count: number) => {
      bytes += count;
      const now = performance.now();
      if (now - told < 1000) return;
      told = now;
      options.onProgress?.({ lines, bytes });
    },
  });

  // First pass: the clinic's list, and its patients. The lists are small; patients go in batches.
  const offices: sql.OfficeRow[] = [];
  const providers: sql.ProviderRow[] = [];
  const pairs = new Map<
    string,
    { scheduleId?: string; roleId?: string; active: boolean; officeId: string; providerId: string }
  >();
  const pairOf = (officeId: string, providerId: string) => {
    const key = `${officeId}\n${providerId}`;
    const there = pairs.get(key) ?? { officeId, providerId, active: true };
    pairs.set(key, there);
    return there;
  };
  let patients: sql.PatientRow[] = [];
  const attached: { patientId: string; practitioner: string | undefined; role: string | undefined }[] = [];
  const placeOfRole = new Map<string, { officeId: string; providerId: string }>();
  for await (const resource of readResources(files, events(true))) {
    lines += 1;
    const type = resource.resourceType;
    typeOf(type).read += 1;
    if (type === 'Location') take(rows.officeOf(resource, defaultZone, isZone), type, (row) => offices.push(row));
    else if (type === 'Practitioner') take(rows.providerOf(resource), type, (row) => providers.push(row));
    else if (type === 'PractitionerRole') {
      take(rows.roleOf(resource), type, (role) => {
        for (const officeId of role.officeIds)
          Object.assign(pairOf(officeId, role.providerId), { roleId: role.id, active: role.active });
        if (role.officeIds.length === 1)
          placeOfRole.set(role.id, { officeId: role.officeIds[0]!, providerId: role.providerId });
      });
    } else if (type === 'Schedule') {
      take(rows.scheduleOf(resource), type, (one) =>
        Object.assign(pairOf(one.officeId, one.providerId), { scheduleId: one.id }),
      );
    } else if (type === 'Patient') {
      take(rows.patientOf(resource), type, (row) => patients.push(row));
      const attachment = rows.attachmentOf(resource);
      if (attachment) attached.push(attachment);
      if (patients.length >= batchSize) {
        await write('Patient', patients, sql.upsertPatients);
        patients = [];
      }
    } else if (type !== 'Appointment' && type !== 'Encounter' && type !== 'Organization')
      cannotUse(type, 'type-not-imported');
    else if (type === 'Encounter' && !options.encounters) cannotUse(type, 'encounters-not-asked-for');
  }
  function take<R>(result: R | string, type: string, use: (row: R) => void): void {
    if (typeof result === 'string') cannotUse(type, result);
    else use(result as R);
  }
  await write('Location', offices, sql.upsertOffices);
  await write('Practitioner', providers, sql.upsertProviders);
  await write('Patient', patients, sql.upsertPatients);

  const known = await inClinic((tx) => sql.readKnownIds(tx, tenantId));
  const knownOffices = new Set(known.offices);
  const knownProviders = new Set(known.providers);
  const knownPatients = new Set(known.patients);
  const knownSchedules = new Set(known.schedules);
  async function writeSchedules(
    type: string,
    wanted: Iterable<{ officeId: string; providerId: string; scheduleId?: string; roleId?: string; active: boolean }>,
  ) {
    const usable: sql.ScheduleRow[] = [];
    for (const pair of wanted) {
      if (!knownOffices.has(pair.officeId)) cannotUse(type, 'office-unknown');
      else if (!knownProviders.has(pair.providerId)) cannotUse(type, 'practitioner-unknown');
      else {
        const made = `${pair.officeId}.${pair.providerId}`.slice(0, 58);
        usable.push({
          office_id: pair.officeId,
          provider_id: pair.providerId,
          schedule_id: pair.scheduleId ?? `s-${made}`,
          practitioner_role_id: pair.roleId ?? `r-${made}`,
          active: pair.active,
        });
        knownSchedules.add(`${pair.officeId}\n${pair.providerId}`);
      }
    }
    await write(type, usable, sql.upsertSchedules);
  }
  await writeSchedules('provider schedule', pairs.values());

  const officesOf = new Map<string, string[]>();
  for (const key of knownSchedules) {
    const [officeId, providerId] = key.split('\n') as [string, string];
    officesOf.set(providerId, [...(officesOf.get(providerId) ?? []), officeId]);
  }
  const attachedPairs = attached.flatMap(({ patientId, practitioner, role }) => {
    const single = practitioner === undefined ? undefined : officesOf.get(practitioner);
    const place =
      role !== undefined
        ? placeOfRole.get(role)
        : single?.length === 1
          ? { officeId: single[0]!, providerId: practitioner! }
          : undefined;
    if (!place || !knownPatients.has(patientId) || !knownSchedules.has(`${place.officeId}\n${place.providerId}`))
      return [];
    return [{ patient_id: patientId, office_id: place.officeId, provider_id: place.providerId, attached: true }];
  });
  for (let first = 0; first < attachedPairs.length; first += batchSize) {
    const batch = attachedPairs.slice(first, first + batchSize);
    await inClinic((tx) => sql.insertPairs(tx, tenantId, batch));
  }

  // Second pass: bookings, every reference checked against what is there.
  let batch: { row: sql.AppointmentRow; type: string }[] = [];
  const flush = async () => {
    const missing = new Map<string, { officeId: string; providerId: string; active: boolean }>();
    for (const { row } of batch) {
      const key = `${row.office_id}\n${row.provider_id}`;
      if (!knownSchedules.has(key))
        missing.set(key, { officeId: row.office_id, providerId: row.provider_id, active: true });
    }
    // A file without schedules says by its bookings who works where.
    await writeSchedules('provider schedule', missing.values());
    for (const type of new Set(batch.map((one) => one.type))) {
      await write(
        type,
        batch.filter((one) => one.type === type).map((one) => one.row),
        sql.upsertAppointments,
      );
    }
    batch = [];
  };
  const bookable = (resource: FoundResource) =>
    resource.resourceType === 'Appointment' || (options.encounters && resource.resourceType === 'Encounter');
  for await (const resource of readResources(files, events(false))) {
    if (!bookable(resource)) continue;
    const type = resource.resourceType;
    const read = type === 'Appointment' ? rows.appointmentOf(resource) : rows.encounterOf(resource);
    if (typeof read === 'string') {
      cannotUse(type, read);
      continue;
    }
    const single = officesOf.get(read.provider_id);
    const officeId = read.office_id ?? (single?.length === 1 ? single[0] : undefined);
    if (officeId === undefined) cannotUse(type, 'no-office');
    else if (!knownOffices.has(officeId)) cannotUse(type, 'office-unknown');
    else if (!knownProviders.has(read.provider_id)) cannotUse(type, 'practitioner-unknown');
    else if (read.patient_id !== null && !knownPatients.has(read.patient_id)) cannotUse(type, 'patient-unknown');
    else batch.push({ row: { ...read, office_id: officeId }, type });
    if (batch.length >= batchSize) await flush();
  }
  await flush();

  const rosterChanged = ['Location', 'Practitioner', 'provider schedule'].some((type) => {
    const report = types[type];
    return report !== undefined && report.created + report.updated > 0;
  });
  const anything = Object.values(types).some((report) => report.created + report.updated > 0);
  const seconds = (performance.now() - began) / 1000;
  if (anything) {
    await inClinic(async (tx) => {
      if (rosterChanged) await sql.bumpRosterVersion(tx, tenantId);
      await recordAudit(tx, {
        tenantId,
        userId: null,
        action: 'import',
        entity: 'tenant',
        entityId: String(tenantId),
        after: types,
      });
    });
  }
  return { types, broken, files: files.length, bytes: Math.round(bytes / 2), seconds };
}

/** The report for a person: a line a type, then what could not be used and where lines were broken. */
export function formatReport(report: ImportReport, language: Language): string {
  const lines = Object.entries(report.types).map(([type, { read, created, updated, unchanged }]) =>
    format(language, 'emr.import.type', { type, read, created, updated, unchanged }),
  );
  for (const [type, { unusable }] of Object.entries(report.types)) {
    for (const [reason, count] of Object.entries(unusable))
      lines.push(format(language, 'emr.import.unusable', { type, reason, count }));
  }
  for (const { file, line } of report.broken.first) lines.push(format(language, 'emr.import.broken', { file, line }));
  return lines.join('\n');
}
