import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'a deliverer killed anywhere leaves every press with one effect or none, and the truth about it',
  { timeout: 600_000 },
  () => expectProved('write-back'),
);
