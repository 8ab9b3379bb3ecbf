import { expect, test } from 'vitest';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { parse } from './parse.ts';

const schema = z.object({
  days: z.coerce.number().int().min(1).max(400),
  offices: z.array(z.object({ id: z.string() })),
});

test('what fits the schema comes back as the schema reads it', () => {
  expect(parse(schema, { days: '14', offices: [] }, 'query')).toEqual({ days: 14, offices: [] });
});

test('what does not fit is one problem that names every field, by its path', () => {
  try {
    parse(schema, { days: 9999, offices: [{ id: 'a' }, { id: 3 }] }, 'body');
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    const { kind, key, extra } = error as Problem;
    expect({ kind, key }).toEqual({ kind: 'invalid', key: 'problem.invalid' });
    expect(extra['where']).toBe('body');
    expect((extra['fields'] as { path: string }[]).map((field) => field.path)).toEqual(['days', 'offices.1.id']);
  }
});
