import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('a mailer killed anywhere sends no mail twice, and what may have been sent is a task', { timeout: 400_000 }, () =>
  expectProved('mail'),
);
