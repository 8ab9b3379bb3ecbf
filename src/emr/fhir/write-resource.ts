// Create, update, patch and delete of the types that a client may write, each in the transaction that it is given. They read the
// resource and hand it to the use cases of scheduling and people: there is no second way in.
import { applyPatch, type Operation } from 'rfc6902';
import { z } from 'zod';
import { searchPairs } from '../../fhir/search-query.ts';
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { Problem, problem } from '../../platform/problem.ts';
import { filingWriters } from '../filing/filing-writer.ts';
import type { Caller } from '../oauth/caller.ts';
import { changePatient, createPatient } from '../people/write-patient.ts';
import { findPairOfRole, listPairsOfProvider } from '../permissions/held-pairs.sql.ts';
import type { Pair } from '../permissions/require-pair.ts';
import { withRoster } from '../principal.ts';
import { changeBooking, deleteBooking, notThere } from '../scheduling/change-booking.ts';
import { type NewBooking, placeBookings } from '../scheduling/place-bookings.ts';
import { readSlotId, slotPrefix } from '../scheduling/slots.ts';
import { subscriptionWriter } from '../subscriptions/write-subscription.ts';
import { type NamedBooking, readAppointment } from './appointment-body.ts';
import { type NamedAttachment, readPatient } from './patient-body.ts';
import { refuseElements } from './resource-body.ts';
import { findByIds, findPage, lockCondition } from './resources.sql.ts';
import type { ResourceType } from './resources.ts';
import { parseSearch } from './search-request.ts';
import { listSchedulesOfProvider } from './slot.sql.ts';
import type { Versions, Writer, Writing } from './writer.ts';

const appointmentWriter: Writer = {
  documentation:
    'A write names its pair: one Practitioner and one Location (which may be left out where the Practitioner has schedules in one office). ' +
    'It needs Visible and Scheduling on that pair, and on the pair that the booking was on. A time that is taken is 409 unless the ' +
    'extension double-booking says so. Elements that are not kept are refused by name unless Prefer: handling=lenient.',
  create: async (tx, caller, id, body, writing) => {
    const booking = await placed(tx, caller, readAppointment(body, writing));
    const [answer] = await placeBookings(tx, caller, [{ ...booking, appointmentId: id }], writing);
    if (typeof answer !== 'string') throw answer;
  },
  update: async (tx, caller, id, body, { versions, writing }) => {
    const { doubleBook, ...booking } = await placed(tx, caller, readAppointment(body, writing));
    return changeBooking(tx, caller, { ...writing, wanted: { ...booking, appointmentId: id }, doubleBook, versions });
  },
  delete: (tx, caller, id, { versions, writing }) =>
    deleteBooking(tx, caller, { appointmentId: id, versions, requestId: writing.requestId }),
};

/** A patient's record is not deleted; it is made inactive. */
const patientWriter: Writer = {
  documentation:
    'Creating names the pair that the patient is attached to: generalPractitioner with a PractitionerRole, or with a Practitioner who has ' +
    'schedules in one office. It needs Visible and Patient there. An update without generalPractitioner leaves attachments as they are.',
  create: async (tx, caller, id, body, writing) => {
    const { demographics, attachment } = readPatient(body, writing);
    const pair = await pairOf(tx, caller, attachment);
    if (!pair) refuseAttachment('It is needed to create a patient.');
    await createPatient(tx, caller, { ...writing, patientId: id, demographics, pair });
  },
  update: async (tx, caller, id, body, { versions, writing }) => {
    const { demographics, attachment } = readPatient(body, writing);
    const pair = await pairOf(tx, caller, attachment);
    return changePatient(tx, caller, { ...writing, patientId: id, demographics, pair, versions });
  },
};

const writers = {
  Appointment: appointmentWriter,
  Patient: patientWriter,
  ...filingWriters,
  Subscription: subscriptionWriter,
} as const satisfies Partial<Record<ResourceType, Writer>>;
export type WritableType = keyof typeof writers;
export const isWritable = (type: ResourceType): type is WritableType => Object.hasOwn(writers, type);
export const writerOf = (type: WritableType): Writer => writers[type];

export interface Written {
  readonly status: 200 | 201 | 204;
  readonly type: ResourceType;
  readonly id: string;
  /** null: deleted. */
  readonly version: number | null;
}

export async function createResource(
  tx: Db,
  caller: Caller,
  type: WritableType,
  body: unknown,
  writing: Writing,
  id: string = newId(),
): Promise<Written> {
  await writerOf(type).create(tx, caller, id, body, writing);
  return { status: 201, type, id, version: 1 };
}

/** `condition`: the query of If-None-Exist. One match is the answer, several are 412; who asks at the same moment waits. */
export async function createUnlessExists(
  tx: Db,
  caller: Caller,
  type: WritableType,
  body: unknown,
  condition: string,
  writing: Writing,
  id?: string,
): Promise<Written> {
  const found = await matching(tx, caller, type, condition, writing);
  return found ? { status: 200, type, ...found } : createResource(tx, caller, type, body, writing, id);
}

export async function updateResource(
  tx: Db,
  caller: Caller,
  type: WritableType,
  id: string,
  body: unknown,
  versions: Versions,
  writing: Writing,
): Promise<Written> {
  if ((body as { readonly id?: unknown } | null)?.id !== id) throw problem('invalid', 'fhir.id-differs');
  const version = await writerOf(type).update(tx, caller, id, body, { versions, writing });
  return { status: 200, type, id, version };
}

/** PUT with a query: none that matches is a create, one an update, several 412. */
export async function updateMatching(
  tx: Db,
  caller: Caller,
  type: WritableType,
  body: unknown,
  condition: string,
  versions: Versions,
  writing: Writing,
): Promise<Written> {
  const found = await matching(tx, caller, type, condition, writing);
  if (!found) return createResource(tx, caller, type, body, writing);
  const named = body as { readonly id?: unknown } | null;
  const withId = named?.id === undefined ? { ...(named as object), id: found.id } : named;
  return updateResource(tx, caller, type, found.id, withId, versions, writing);
}

const patchBody = z
  .array(
    z.looseObject({
      op: z.enum(['add', 'remove', 'replace', 'move', 'copy', 'test']),
      path: z
        .string()
        .max(200)
        .regex(/^(\/(?!__proto__|constructor|prototype)[^/]*)*$/),
      from: z
        .string()
        .max(200)
        .regex(/^(\/(?!__proto__|constructor|prototype)[^/]*)*$/)
        .optional(),
    }),
  )
  .min(1)
  .max(100);

/** JSON Patch of the resource as it is read, then an update from that version. */
export async function patchResource(
  tx: Db,
  caller: Caller,
  type: WritableType,
  id: string,
  patch: unknown,
  versions: Versions,
  writing: Writing,
): Promise<Written> {
  const operations = patchBody.safeParse(patch);
  if (!operations.success) throw problem('invalid', 'fhir.patch');
  const [row] = await findByIds(tx, caller, type, [id]);
  if (!row) return notFound(tx, caller, type, id);
  const version = row.version!;
  if (versions !== null && !versions.includes(version)) {
    throw problem('precondition-failed', 'problem.precondition-failed', {}, { version });
  }
  const resource: unknown = JSON.parse(row.json);
  const failures = applyPatch(resource, operations.data as unknown as Operation[]).flatMap((error, index) =>
    error === null ? [] : [{ expression: `${type}`, diagnostics: `Operation ${index}: ${error.name}` }],
  );
  if (failures.length > 0) throw problem('unprocessable', 'fhir.patch', {}, { issues: failures });
  try {
    return await updateResource(tx, caller, type, id, resource, [version], writing);
  } catch (error) {
    const changed = error instanceof Problem && error.kind === 'precondition-failed' && versions === null;
    throw changed ? problem('conflict', 'fhir.changed-meanwhile') : error;
  }
}

export async function deleteResource(
  tx: Db,
  caller: Caller,
  type: WritableType,
  id: string,
  versions: Versions,
  writing: Writing,
): Promise<Written> {
  const writer = writerOf(type);
  if (!writer.delete) throw problem('invalid', 'fhir.write-not-supported', { type });
  await writer.delete(tx, caller, id, { versions, writing });
  return { status: 204, type, id, version: null };
}

/** 410 where the caller could see the pair, else 404. */
export async function notFound(tx: Db, caller: Caller, type: ResourceType, id: string): Promise<never> {
  if (type === 'Appointment') return notThere(tx, caller, id);
  throw problem('not-found', 'problem.not-found');
}

async function matching(
  tx: Db,
  caller: Caller,
  type: WritableType,
  condition: string,
  { baseUrl }: Writing,
): Promise<{ id: string; version: number } | undefined> {
  const query = new URLSearchParams(condition);
  query.append('_count', '2');
  // Never lenient: a condition that is passed over would match somebody else.
  const request = parseSearch(type, searchPairs(query), { baseUrl, lenient: false });
  if (
    request.conditions.length === 0 ||
    request.used.some(([name]) => name.startsWith('_') && name !== '_count' && name !== '_id')
  ) {
    throw problem('invalid', 'fhir.parameter-value', { parameter: 'If-None-Exist' });
  }
  await lockCondition(tx, caller.tenantId, `${type}?${condition}`);
  const { ids } = await findPage(tx, caller, request, { baseUrl, withIds: true });
  if (ids.length > 1) throw problem('precondition-failed', 'fhir.several-match');
  const [row] = await findByIds(tx, caller, type, ids);
  return row && { id: row.id, version: row.version! };
}

/** The office that a booking names, or that its slot is in, or its provider's only one. */
export async function placed(tx: Db, caller: Caller, booking: NamedBooking): Promise<NewBooking> {
  const { id: _, officeId, slotId, ...rest } = booking;
  const inSlot = slotId === null ? null : await officeOfSlot(tx, caller, slotId, booking);
  if (inSlot !== null && officeId !== null && inSlot !== officeId) refuseSlot('It is in another Location.');
  const named = officeId ?? inSlot;
  if (named !== null) return { ...rest, officeId: named };
  const pairs = await withRoster(tx, () => listPairsOfProvider(tx, caller.tenantId, booking.providerId));
  const [pair] = pairs;
  if (!pair || pairs.length > 1) {
    const diagnostics = pair
      ? 'A Location is needed: this Practitioner has schedules in several.'
      : 'This Practitioner has no schedule.';
    return refuseElements([{ expression: 'Appointment.participant', diagnostics }]);
  }
  return { ...rest, officeId: pair.officeId };
}

async function officeOfSlot(tx: Db, caller: Caller, slotId: string, booking: NamedBooking): Promise<string> {
  const slot = readSlotId(slotId);
  const schedules = await withRoster(tx, () => listSchedulesOfProvider(tx, caller.tenantId, booking.providerId));
  const schedule = schedules.find(({ scheduleId }) => slotPrefix(scheduleId) === slot?.prefix);
  if (!slot || !schedule) return refuseSlot('It is no Slot of this Practitioner.');
  if (slot.startAt.getTime() !== booking.startAt.getTime()) refuseSlot('It starts at another time.');
  return schedule.officeId;
}

function refuseSlot(diagnostics: string): never {
  return refuseElements([{ expression: 'Appointment.slot[0]', diagnostics }]);
}

async function pairOf(tx: Db, caller: Caller, attachment: NamedAttachment): Promise<Pair | undefined> {
  if (attachment === undefined) return undefined;
  return withRoster(tx, async () => {
    if ('roleId' in attachment) {
      const pair = await findPairOfRole(tx, caller.tenantId, attachment.roleId);
      return pair ?? refuseAttachment('There is no such PractitionerRole.');
    }
    const pairs = await listPairsOfProvider(tx, caller.tenantId, attachment.providerId);
    if (pairs.length !== 1) {
      refuseAttachment(
        pairs.length === 0
          ? 'This Practitioner has no schedule.'
          : 'This Practitioner has schedules in several offices: name the PractitionerRole.',
      );
    }
    return pairs[0];
  });
}

function refuseAttachment(diagnostics: string): never {
  return refuseElements([{ expression: 'Patient.generalPractitioner', diagnostics }]);
}
