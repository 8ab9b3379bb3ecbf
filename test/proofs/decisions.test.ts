import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('reference, policy, row-level security and predicate decide alike', { timeout: 400_000 }, () =>
  expectProved('decisions'),
);
