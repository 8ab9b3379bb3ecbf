import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'every request that touches people’s data is on record, once, and the record cannot be changed unseen',
  { timeout: 400_000 },
  () => expectProved('audit'),
);
