import type { z } from 'zod';
import { problem } from '../problem.ts';

export type RequestPart = 'body' | 'query' | 'params';

/** `value` as `schema` reads it. Throws Problem `invalid` whose `extra` names the part and each field that was wrong. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, where: RequestPart): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join('.'),
    code: issue.code,
    message: issue.message,
  }));
  throw problem('invalid', 'problem.invalid', {}, { where, fields });
}
