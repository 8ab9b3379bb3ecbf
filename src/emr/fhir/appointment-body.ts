import { z } from 'zod';
import { doubleBookingUrl } from '../../fhir/extensions.ts';
import { parseReference } from '../../fhir/search-query.ts';
import { appointmentStatuses } from '../contract/scheduler.ts';
import type { NewBooking } from '../scheduling/place-bookings.ts';
import {
  type BodyOptions,
  concept,
  type ElementIssue,
  idIn,
  instant,
  readBody,
  reference,
  refuseElements,
  words,
  wordsOf,
} from './resource-body.ts';

const participationStatuses = ['accepted', 'declined', 'tentative', 'needs-action'] as const;

const body = z.object({
  id: z.string().optional(),
  extension: z.array(z.looseObject({ url: z.string(), valueBoolean: z.boolean().optional() })).optional(),
  status: z.enum(appointmentStatuses),
  serviceType: z.array(concept).max(1).optional(),
  appointmentType: concept.optional(),
  description: words(500).optional(),
  comment: words(500).optional(),
  start: instant,
  end: instant.optional(),
  minutesDuration: z.number().int().min(1).max(1440).optional(),
  slot: z.array(reference).max(1).optional(),
  // Made by this server.
  created: z.unknown().optional(),
  participant: z
    .array(z.object({ actor: reference, status: z.enum(participationStatuses).optional() }))
    .min(1)
    .max(3),
});

/** A booking as a client names it. Its office may be open: then it is the provider's only one. */
export interface NamedBooking extends Omit<NewBooking, 'officeId' | 'appointmentId'> {
  readonly id: string | undefined;
  readonly officeId: string | null;
  /** The slot that the client means to take; it must agree with the rest. */
  readonly slotId: string | null;
}

/** Throws `unprocessable` that names each element that cannot be used. */
export function readAppointment(value: unknown, options: BodyOptions): NamedBooking {
  const read = readBody(body, 'Appointment', value, options);
  const issues: ElementIssue[] = [];
  const say = (element: string, diagnostics: string) =>
    issues.push({ expression: `Appointment.${element}`, diagnostics });

  const minutes = read.minutesDuration ?? 0;
  const endAt = read.end ?? new Date(read.start.getTime() + minutes * 60_000);
  if (read.end === undefined && minutes === 0) say('end', 'end, or minutesDuration, is needed.');
  else if (endAt <= read.start) say('end', 'It must come after start.');
  else if (read.end && minutes > 0 && endAt.getTime() - read.start.getTime() !== minutes * 60_000) {
    say('minutesDuration', 'It says another time than start and end.');
  }
  const named = { Patient: new Map<string, number>(), Practitioner: new Map(), Location: new Map() };
  const isNamed = (type: string | undefined): type is keyof typeof named => Object.hasOwn(named, type ?? '');
  for (const [index, { actor }] of read.participant.entries()) {
    const to = parseReference(actor.reference, options.baseUrl);
    const type = to?.type;
    if (!to || !isNamed(type))
      say(
        `participant[${index}].actor.reference`,
        'A Patient, a Practitioner or a Location of this server is expected.',
      );
    else if (named[type].size > 0) say(`participant[${index}].actor`, `There is a ${type} already.`);
    else named[type].set(to.id, index);
  }
  const [slot] = read.slot ?? [];
  const slotId = slot ? (idIn(slot.reference, 'Slot', options.baseUrl) ?? null) : null;
  if (slot && slotId === null) say('slot[0].reference', 'A Slot of this server is expected.');
  const [patientId = null] = named.Patient.keys();
  const [providerId] = named.Practitioner.keys();
  const [officeId = null] = named.Location.keys();
  if (providerId === undefined && issues.length === 0) say('participant', 'A Practitioner is needed.');
  if (
    read.description !== undefined &&
    read.comment !== undefined &&
    read.comment !== read.description &&
    !options.lenient
  ) {
    say('comment', 'One text is kept: description.');
  }
  for (const [index, { url }] of (read.extension ?? []).entries()) {
    if (url !== doubleBookingUrl && !options.lenient) say(`extension[${index}]`, 'This extension is not kept.');
  }
  if (issues.length > 0) refuseElements(issues);
  return {
    id: read.id,
    officeId,
    slotId,
    providerId: providerId!,
    patientId,
    status: read.status,
    participation:
      patientId === null ? 'needs-action' : (read.participant[named.Patient.get(patientId)!]!.status ?? 'needs-action'),
    type: wordsOf(read.serviceType?.[0]) ?? wordsOf(read.appointmentType),
    reason: read.description ?? read.comment ?? null,
    startAt: read.start,
    endAt,
    doubleBook:
      read.extension?.some(({ url, valueBoolean }) => url === doubleBookingUrl && valueBoolean === true) ?? false,
  };
}
