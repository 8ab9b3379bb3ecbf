// Reading a resource that a client wants to write. What cannot be used is refused by the FHIRPath of the element, all of it at once; an
// element that this record does not keep is refused too, because a client that believes it stored is silently wrong. `Prefer:
// handling=lenient` leaves such elements out.
import { z } from 'zod';
import { parseReference } from '../../fhir/search-query.ts';
import { isPlainText } from '../../platform/plain-text.ts';
import { problem } from '../../platform/problem.ts';

export interface ElementIssue {
  /** FHIRPath: `Appointment.participant[1].actor.reference`. */
  readonly expression: string;
  /** For programmers; never a value. */
  readonly diagnostics: string;
}

export interface BodyOptions {
  readonly baseUrl: string;
  readonly lenient: boolean;
}

/** Part of every resource, and never ours to keep. `text` is a rendering of the rest. */
const ofEveryResource = ['resourceType', 'id', 'meta', 'text', 'language'];

export function refuseElements(issues: readonly ElementIssue[]): never {
  throw problem('unprocessable', 'fhir.element', {}, { issues });
}

const pathText = (type: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    type,
  );

/** The body as `schema` reads it. Throws `invalid` for another resource, `unprocessable` that names each element. */
export function readBody<S extends z.ZodObject>(
  schema: S,
  type: string,
  body: unknown,
  { lenient }: BodyOptions,
): z.output<S> {
  const named = (body as { readonly resourceType?: unknown } | null | undefined)?.resourceType;
  if (typeof body !== 'object' || body === null || named !== type)
    throw problem('invalid', 'fhir.resource-expected', { type });
  const result = schema.safeParse(body);
  const issues: ElementIssue[] = (result.error?.issues ?? []).map(({ path, message }) => ({
    expression: pathText(type, path),
    diagnostics: message,
  }));
  if (!lenient) {
    const known = [...Object.keys(schema.shape), ...ofEveryResource];
    for (const name of Object.keys(body)) {
      if (!known.includes(name))
        issues.push({ expression: `${type}.${name}`, diagnostics: 'This element is not kept.' });
    }
  }
  const { tag } = ((body as { readonly meta?: unknown }).meta ?? {}) as { readonly tag?: unknown };
  if (JSON.stringify(tag ?? null).includes('"SUBSETTED"')) {
    // Written back, it would take away all that was not asked for.
    issues.push({ expression: `${type}.meta.tag`, diagnostics: 'This is a part of a resource.' });
  }
  if (issues.length > 0) refuseElements(issues);
  return result.data as z.output<S>;
}

/** Text as FHIR has it: no control character, no surrounding space, not empty. */
export const words = (maximum: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maximum)
    .refine(isPlainText, 'FHIR has no control characters but tab, line feed and carriage return.');

export const instant = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/,
    'An instant with seconds and a time zone is expected: 2026-11-24T09:00:00-05:00.',
  )
  .transform((text) => new Date(text))
  .refine(
    (date) => !Number.isNaN(date.getTime()) && date.getUTCFullYear() >= 1900 && date.getUTCFullYear() < 2200,
    'There is no such instant, or it is far away.',
  );

export const reference = z.object({ reference: z.string().min(1).max(1000) });

export const concept = z.object({
  text: words(200).optional(),
  coding: z.array(z.object({ code: words(200).optional(), display: words(200).optional() })).optional(),
});

/** What people call it. */
export const wordsOf = (one: z.output<typeof concept> | undefined): string | null =>
  one?.text ?? one?.coding?.[0]?.display ?? one?.coding?.[0]?.code ?? null;

/** The id that a reference names, if it is one of `type` and of this server. */
export function idIn(text: string, type: string, baseUrl: string): string | undefined {
  const found = parseReference(text, baseUrl);
  return found?.type === type ? found.id : undefined;
}
