// What a portal files back, read from the resource that it sends: a Task, a QuestionnaireResponse, a Consent. Pure; refusals name each
// element. The pair is named by a PractitionerRole.
import { z } from 'zod';
import { providerScheduleUrl } from '../../fhir/extensions.ts';
import {
  type BodyOptions,
  concept,
  idIn,
  instant,
  readBody,
  reference,
  refuseElements,
  words,
  wordsOf,
} from '../fhir/resource-body.ts';
import type { FilingType, FilingValues } from './filings.sql.ts';

export interface NamedFiling {
  readonly roleId: string;
  /** The element that named it. */
  readonly roleElement: string;
  readonly patientId: string;
  readonly patientElement: string;
  /** Of a Task about a booking. */
  readonly appointmentId?: string | undefined;
  readonly values: FilingValues;
}

const authored = instant.optional();

const task = z.object({
  status: z.enum([
    'draft',
    'requested',
    'received',
    'accepted',
    'rejected',
    'ready',
    'cancelled',
    'in-progress',
    'on-hold',
    'failed',
    'completed',
    'entered-in-error',
  ]),
  intent: z.enum([
    'unknown',
    'proposal',
    'plan',
    'order',
    'original-order',
    'reflex-order',
    'filler-order',
    'instance-order',
    'option',
  ]),
  priority: z.enum(['routine', 'urgent', 'asap', 'stat']).optional(),
  code: concept.optional(),
  description: words(500),
  focus: reference.optional(),
  for: reference,
  authoredOn: authored,
  owner: reference,
  note: z
    .array(z.object({ text: words(5000) }))
    .max(1, 'One note is kept.')
    .optional(),
});

const roleExtension = z
  .array(z.object({ url: z.literal(providerScheduleUrl), valueReference: reference }))
  .length(1, `One extension is expected: ${providerScheduleUrl}.`);

const short = words(2000);
/** FHIR's answer[x] of a questionnaire; exactly one of them. */
const answer = z
  .strictObject({
    valueBoolean: z.boolean().optional(),
    valueDecimal: z.number().optional(),
    valueInteger: z
      .int()
      .min(-(2 ** 31))
      .max(2 ** 31 - 1)
      .optional(),
    valueDate: z
      .string()
      .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/)
      .optional(),
    valueDateTime: z
      .string()
      .regex(/^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2}))?)?)?$/)
      .optional(),
    valueTime: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?$/)
      .optional(),
    valueString: words(20_000).optional(),
    valueUri: words(1000).regex(/^\S+$/).optional(),
    valueCoding: z
      .strictObject({
        system: words(1000).regex(/^\S+$/).optional(),
        code: words(200)
          .regex(/^\S+( \S+)*$/)
          .optional(),
        display: short.optional(),
      })
      .refine((one) => Object.keys(one).length > 0, 'A code or its words are expected.')
      .optional(),
  })
  .refine((one) => Object.keys(one).length === 1, 'One value is expected.');

interface Item {
  linkId: string;
  text?: string | undefined;
  answer?: z.output<typeof answer>[] | undefined;
  item?: Item[] | undefined;
}
const item = z.strictObject({
  linkId: words(200),
  text: short.optional(),
  answer: z.array(answer).min(1).max(100).optional(),
  get item(): z.ZodOptional<z.ZodArray<z.ZodType<Item>>> {
    return z
      .array(item as unknown as z.ZodType<Item>)
      .min(1)
      .max(200)
      .optional();
  },
});
const deepest = 6;
const depthOf = (items: readonly Item[]): number =>
  1 + Math.max(0, ...items.map((one) => (one.item ? depthOf(one.item) : 0)));

const questionnaireResponse = z.object({
  extension: roleExtension,
  questionnaire: words(1000).regex(/^\S+$/).optional(),
  status: z.enum(['in-progress', 'completed', 'amended', 'entered-in-error', 'stopped']),
  subject: reference,
  authored,
  item: z
    .array(item as unknown as z.ZodType<Item>)
    .min(1)
    .max(200)
    .refine((items) => depthOf(items) <= deepest, `At most ${deepest} levels are kept.`)
    .optional(),
});

const consent = z.object({
  extension: roleExtension,
  status: z.enum(['draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error']),
  scope: z.object({
    coding: z
      .array(
        z.object({
          system: z.literal('http://terminology.hl7.org/CodeSystem/consentscope'),
          code: z.enum(['adr', 'research', 'patient-privacy', 'treatment']),
        }),
      )
      .length(1),
  }),
  category: z.array(concept).length(1, 'One category is kept.'),
  patient: reference,
  dateTime: authored,
  policyRule: z.object({ text: words(5000) }),
  provision: z.strictObject({ type: z.enum(['deny', 'permit']) }).optional(),
});

const refuse = (expression: string, diagnostics: string): never => refuseElements([{ expression, diagnostics }]);

function named(
  type: FilingType,
  { baseUrl }: BodyOptions,
  role: { readonly element: string; readonly reference: string },
  patient: { readonly element: string; readonly reference: string },
) {
  const roleElement = `${type}.${role.element}`;
  const patientElement = `${type}.${patient.element}`;
  return {
    roleElement,
    patientElement,
    roleId:
      idIn(role.reference, 'PractitionerRole', baseUrl) ??
      refuse(roleElement, 'A PractitionerRole of this server is expected: the provider and office that it is for.'),
    patientId:
      idIn(patient.reference, 'Patient', baseUrl) ?? refuse(patientElement, 'A Patient of this server is expected.'),
  };
}

const ofExtension = (extension: z.output<typeof roleExtension>) => ({
  element: 'extension[0].valueReference',
  reference: extension[0]!.valueReference.reference,
});

/** Each throws `unprocessable` that names each element that cannot be used. */
export const readFiling: Readonly<Record<FilingType, (body: unknown, options: BodyOptions) => NamedFiling>> = {
  Task: (body, options) => {
    const read = readBody(task, 'Task', body, options);
    const appointmentId =
      read.focus &&
      (idIn(read.focus.reference, 'Appointment', options.baseUrl) ??
        refuse('Task.focus.reference', 'An Appointment of this server is expected.'));
    return {
      ...named(
        'Task',
        options,
        { element: 'owner', reference: read.owner.reference },
        { element: 'for', reference: read.for.reference },
      ),
      appointmentId,
      values: {
        status: read.status,
        intent: read.intent,
        priority: read.priority ?? null,
        code_text: wordsOf(read.code),
        description: read.description,
        appointment_id: appointmentId ?? null,
        note: read.note?.[0]?.text ?? null,
        authored_at: read.authoredOn?.toISOString() ?? null,
      },
    };
  },
  QuestionnaireResponse: (body, options) => {
    const read = readBody(questionnaireResponse, 'QuestionnaireResponse', body, options);
    return {
      ...named('QuestionnaireResponse', options, ofExtension(read.extension), {
        element: 'subject',
        reference: read.subject.reference,
      }),
      values: {
        status: read.status,
        questionnaire: read.questionnaire ?? null,
        items: JSON.stringify(read.item ?? []),
        authored_at: read.authored?.toISOString() ?? null,
      },
    };
  },
  Consent: (body, options) => {
    const read = readBody(consent, 'Consent', body, options);
    return {
      ...named('Consent', options, ofExtension(read.extension), {
        element: 'patient',
        reference: read.patient.reference,
      }),
      values: {
        status: read.status,
        scope: read.scope.coding[0]!.code,
        category_text: wordsOf(read.category[0]) ?? refuse('Consent.category[0]', 'Words are expected.'),
        policy_text: read.policyRule.text,
        provision: read.provision?.type ?? null,
        authored_at: read.dateTime?.toISOString() ?? null,
      },
    };
  },
};
