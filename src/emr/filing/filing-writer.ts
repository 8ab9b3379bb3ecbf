// What a portal files back: tasks, answered questionnaires, consents. Filed at a pair for a patient, changed there, never deleted: what was
// wrong is entered-in-error.
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { requirePatient } from '../chart/patient.sql.ts';
import { refuseElements } from '../fhir/resource-body.ts';
import type { Writer, Writing } from '../fhir/writer.ts';
import { requireVersion } from '../if-match.ts';
import type { Caller } from '../oauth/caller.ts';
import { findPairOfRole } from '../permissions/held-pairs.sql.ts';
import { type Pair, requirePair } from '../permissions/require-pair.ts';
import { withRoster } from '../principal.ts';
import { type NamedFiling, readFiling } from './filing-bodies.ts';
import {
  type FilingType,
  filingTables,
  findPatientOfBooking,
  insertFiling,
  lockFiling,
  updateFiling,
} from './filings.sql.ts';

const column = { Task: 'Scheduling', QuestionnaireResponse: 'EMR', Consent: 'EMR' } as const;
const role = {
  Task: 'owner',
  QuestionnaireResponse: 'the extension provider-schedule',
  Consent: 'the extension provider-schedule',
} as const;

const refuse = (expression: string, diagnostics: string): never => refuseElements([{ expression, diagnostics }]);

function writerOf(type: FilingType): Writer {
  const table = filingTables[type];
  /** What the body names, its pair judged before anything else is looked at. */
  const read = async (
    tx: Db,
    caller: Caller,
    body: unknown,
    writing: Writing,
  ): Promise<NamedFiling & { pair: Pair }> => {
    const named = readFiling[type](body, writing);
    const pair =
      (await withRoster(tx, () => findPairOfRole(tx, caller.tenantId, named.roleId))) ??
      refuse(named.roleElement, 'There is no such PractitionerRole.');
    await requirePair(tx, writing.publicUrl, caller, pair, table.needed);
    return { ...named, pair };
  };
  const audit = (
    tx: Db,
    { tenantId, userId }: Caller,
    action: string,
    entityId: string,
    after: object,
    { requestId }: Writing,
  ) => recordAudit(tx, { tenantId, userId, action, entity: table.name, entityId, after, requestId });
  return {
    documentation:
      `A write names its pair by a PractitionerRole: ${role[type]}. It needs Visible and ${column[type]} there, and a patient who is known. ` +
      'It stays at that pair and in that record; it is not deleted, but entered-in-error. Every version is kept.',
    create: async (tx, caller, id, body, writing) => {
      const { pair, patientId, values, ...named } = await read(tx, caller, body, writing);
      await requireKnown(tx, caller, patientId, pair, named);
      await insertFiling(tx, caller, table, { id, patientId, pair, values });
      await audit(tx, caller, 'file', id, { patientId, ...pair }, writing);
    },
    update: async (tx, caller, id, body, { versions, writing }) => {
      const { pair, patientId, values, ...named } = await read(tx, caller, body, writing);
      const before = await lockFiling(tx, caller, table, id);
      if (!before) throw problem('not-found', 'problem.not-found');
      requireVersion(before.version, versions);
      if (before.officeId !== pair.officeId || before.providerId !== pair.providerId)
        refuse(named.roleElement, 'It stays with the provider and the office that it was filed for.');
      if (before.patientId !== patientId) refuse(named.patientElement, 'It stays in the record that it was filed in.');
      // The booking that it was filed about may be elsewhere by now, or gone.
      if (named.appointmentId !== undefined && named.appointmentId !== before.appointmentId)
        await requireKnown(tx, caller, patientId, pair, named);
      const version = await updateFiling(tx, caller, table, { id, values });
      if (version === undefined) return before.version;
      await audit(tx, caller, 'change-filing', id, { patientId, ...pair, version }, writing);
      return version;
    },
  };

  /** A booking of the pair says whose it is, and whoever may see it knows that patient. */
  async function requireKnown(
    tx: Db,
    caller: Caller,
    patientId: string,
    pair: Pair,
    { appointmentId, patientElement }: Pick<NamedFiling, 'appointmentId' | 'patientElement'>,
  ): Promise<void> {
    if (appointmentId === undefined) return requirePatient(tx, caller, patientId, pair, table.needed);
    const booked = await findPatientOfBooking(tx, caller, appointmentId, pair);
    if (booked === undefined)
      refuse('Task.focus.reference', 'There is no such Appointment with this provider in this office.');
    if (booked !== patientId) refuse(patientElement, 'The Appointment is of somebody else.');
  }
}

export const filingWriters = {
  Task: writerOf('Task'),
  QuestionnaireResponse: writerOf('QuestionnaireResponse'),
  Consent: writerOf('Consent'),
} as const;
