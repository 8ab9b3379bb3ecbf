import pg from 'pg';
import { expect, test } from 'vitest';
import { createLog, errorForLog } from './log.ts';

test('a log line is JSON with a time, and withholds what looks like a secret', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', name: 'emr', destination: { write: (line) => lines.push(line) } });
  log.info({ office: 'lantern-hill', token: 'abc', headers: { authorization: 'Bearer abc' } }, 'answered');
  const line = JSON.parse(lines[0]!);
  expect(line).toMatchObject({ name: 'emr', msg: 'answered', office: 'lantern-hill', token: '[withheld]' });
  expect(line.headers.authorization).toBe('[withheld]');
  expect(Date.parse(line.time)).not.toBeNaN();
});

test('an error of the database keeps its code and constraint, and none of the values', () => {
  const error = new pg.DatabaseError('invalid input syntax for type date: "Agathe Tremblay"', 100, 'error');
  Object.assign(error, {
    code: '23505',
    detail: 'Key (name)=(Agathe Tremblay) already exists.',
    routine: '_bt_check_unique',
  });
  error.constraint = 'patient_pkey';
  const kept = JSON.stringify(errorForLog(error));
  expect(kept).toContain('patient_pkey');
  expect(kept).toContain('23505');
  expect(kept).not.toContain('Agathe');
});
