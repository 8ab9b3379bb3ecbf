import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('a worker killed at any step leaves the portal whole, and another one ends the run', { timeout: 600_000 }, () =>
  expectProved('kill-sync'),
);
