import type { z } from 'zod';
import { isPlainText } from '../plain-text.ts';
import { problem } from '../problem.ts';

export type RequestPart = 'body' | 'query' | 'params';

/**
 * `value` as `schema` reads it. Throws Problem `invalid` whose `extra` names the part and each field that was wrong: also those whose text
 * has control characters, which none of our records keeps.
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, where: RequestPart): z.output<S> {
  const result = schema.safeParse(value);
  const fields = [
    ...(result.error?.issues ?? []).map(({ path, code, message }) => ({
      path: path.map(String).join('.'),
      code,
      message,
    })),
    ...pathsOfControls(value).map((path) => ({ path, code: 'custom', message: 'has control characters' })),
  ];
  if (result.success && fields.length === 0) return result.data;
  throw problem('invalid', 'problem.invalid', {}, { where, fields });
}

function pathsOfControls(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return isPlainText(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => pathsOfControls(one, path === '' ? name : `${path}.${name}`));
}
