import { z } from 'zod';
import type { Demographics } from '../people/patients.sql.ts';
import {
  type BodyOptions,
  concept,
  type ElementIssue,
  idIn,
  readBody,
  reference,
  refuseElements,
  words,
} from './resource-body.ts';

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'A whole date is expected: 1970-02-03.')
  .refine((text) => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false, 'There is no such day.');

const body = z.object({
  id: z.string().optional(),
  active: z.boolean().optional(),
  identifier: z
    .array(z.object({ type: concept.optional(), system: z.string().optional(), value: words(100) }))
    .max(1)
    .optional(),
  name: z
    .array(z.object({ family: words(200), given: z.array(words(200)).min(1).max(5) }))
    .min(1)
    .max(1),
  telecom: z
    .array(z.object({ system: z.enum(['phone', 'email', 'sms']), value: words(200) }))
    .max(4)
    .optional(),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  birthDate: day.optional(),
  communication: z
    .array(z.object({ language: concept, preferred: z.boolean().optional() }))
    .max(2)
    .optional(),
  generalPractitioner: z.array(reference).max(1).optional(),
});

/** Whom a client means by generalPractitioner: a schedule by its PractitionerRole, or a provider who works in one office. */
export type NamedAttachment = { readonly roleId: string } | { readonly providerId: string } | undefined;

export interface NamedPatient {
  readonly id: string | undefined;
  readonly demographics: Demographics;
  readonly attachment: NamedAttachment;
}

/** Throws `unprocessable` that names each element that cannot be used. */
export function readPatient(value: unknown, options: BodyOptions): NamedPatient {
  const read = readBody(body, 'Patient', value, options);
  const issues: ElementIssue[] = [];
  const say = (element: string, diagnostics: string) => issues.push({ expression: `Patient.${element}`, diagnostics });
  const [identifier] = read.identifier ?? [];
  if (identifier?.system !== undefined && !options.lenient) {
    say('identifier[0].system', 'The chart number of this clinic is kept, and it has no system.');
  }
  const telecom = (...systems: readonly string[]): string | null => {
    const found = (read.telecom ?? []).flatMap((one, index) =>
      systems.includes(one.system) ? [{ ...one, index }] : [],
    );
    if (found.length > 1 && !options.lenient) say(`telecom[${found[1]!.index}]`, `One ${systems[0]} is kept.`);
    return found[0]?.value ?? null;
  };
  const [spoken] = [...(read.communication ?? [])].sort(
    (a, b) => Number(b.preferred ?? false) - Number(a.preferred ?? false),
  );
  const code = spoken?.language.coding?.[0]?.code?.toLowerCase().split('-')[0] ?? 'en';
  const language = code === 'en' || code === 'fr' ? code : undefined;
  if (language === undefined && !options.lenient) say('communication', 'en or fr is expected.');
  const [named] = read.generalPractitioner ?? [];
  const roleId = named && idIn(named.reference, 'PractitionerRole', options.baseUrl);
  const providerId = named && idIn(named.reference, 'Practitioner', options.baseUrl);
  if (named && !roleId && !providerId) {
    say('generalPractitioner[0].reference', 'A PractitionerRole or a Practitioner of this server is expected.');
  }
  const [name] = read.name;
  const demographics: Demographics = {
    family: name!.family,
    given: name!.given.join(' '),
    birthDate: read.birthDate ?? null,
    gender: read.gender ?? null,
    phone: telecom('phone', 'sms'),
    email: telecom('email'),
    language: language ?? 'en',
    // A system that was left out on request belongs to a number that is not the chart's.
    chartNumber: identifier && identifier.system === undefined ? identifier.value : null,
    active: read.active ?? true,
  };
  if (issues.length > 0) refuseElements(issues);
  return {
    id: read.id,
    demographics,
    attachment: roleId ? { roleId } : providerId ? { providerId } : undefined,
  };
}
