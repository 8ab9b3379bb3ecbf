import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('no disaster removes a booking and each is named; real removals stop no run', { timeout: 400_000 }, () =>
  expectProved('disasters'),
);
