import { expect, it } from 'vitest';
import { appointmentTypesRequest } from '../../contract/open-hours.ts';
import { codeOf } from './code-of.ts';

it('makes a code that the server takes of any word, and no two alike', () => {
  const taken = new Set<string>();
  const words = ['Room 2', 'room-2', 'Échographie prénatale', '—', '日本', '-x-', 'a'.repeat(200), 'a'.repeat(200)];
  const types = words.map((display) => {
    const code = codeOf(display, taken);
    taken.add(code);
    return { code, display };
  });
  expect(types.map(({ code }) => code).slice(0, 6)).toEqual([
    'room-2',
    'room-2-2',
    'echographie-prenatale',
    'word',
    'word-2',
    'x',
  ]);
  expect(appointmentTypesRequest.parse({ types }).types).toHaveLength(words.length);
  expect(taken.size).toBe(words.length);
});
