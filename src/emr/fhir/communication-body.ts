// A Communication that a client sends: that a patient was reminded of a booking. Nothing else is kept as one.
import { z } from 'zod';
import { type BodyOptions, concept, idIn, instant, readBody, reference, refuseElements } from './resource-body.ts';

const body = z.object({
  status: z.literal('completed', 'What is noted has been sent.'),
  category: z
    .array(
      z.object({ coding: z.array(z.object({ system: z.string().optional(), code: z.literal('reminder') })).length(1) }),
    )
    .length(1, 'One category, reminder, is expected.'),
  medium: z.array(concept).max(1).optional(),
  about: z.array(reference).length(1, 'One Appointment is expected.'),
  sent: instant,
  sender: reference,
});

export interface ReceivedReminder {
  /** Names the pair. */
  readonly roleId: string;
  readonly appointmentId: string;
  readonly sentAt: Date;
}

/** Throws `unprocessable` that names each element that cannot be used. */
export function receivedReminder(value: unknown, options: BodyOptions): ReceivedReminder {
  const { about, sender, sent } = readBody(body, 'Communication', value, options);
  const roleId = idIn(sender.reference, 'PractitionerRole', options.baseUrl);
  const appointmentId = idIn(about[0]!.reference, 'Appointment', options.baseUrl);
  const issues = [
    ...(roleId
      ? []
      : [{ expression: 'Communication.sender', diagnostics: 'A PractitionerRole of this server is expected.' }]),
    ...(appointmentId
      ? []
      : [{ expression: 'Communication.about[0]', diagnostics: 'An Appointment of this server is expected.' }]),
  ];
  if (!roleId || !appointmentId) return refuseElements(issues);
  return { roleId, appointmentId, sentAt: sent };
}
