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

test('text with control characters is a problem of its field, and line ends and tabs are none', () => {
  const texts = z.object({ notes: z.array(z.string()) });
  const lines = { notes: ['one\n\ttwo\r\n'] };
  expect(parse(texts, lines, 'body')).toEqual(lines);
  for (const control of ['\u0000', '\u0001', '\u001f']) {
    try {
      parse(texts, { notes: ['fine', `x${control}`] }, 'body');
      expect.unreachable();
    } catch (error) {
      expect((error as Problem).extra['fields']).toMatchObject([{ path: 'notes.1' }]);
    }
  }
});
