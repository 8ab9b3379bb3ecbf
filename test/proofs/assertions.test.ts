import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('hostile client assertions are refused, and one that was taken is taken once', { timeout: 400_000 }, () =>
  expectProved('assertions'),
);
