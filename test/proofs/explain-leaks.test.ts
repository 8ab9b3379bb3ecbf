import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('an explanation tells nothing of whom the asker may not see', { timeout: 400_000 }, () =>
  expectProved('explain-leaks'),
);
