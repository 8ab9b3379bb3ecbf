import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('a missing cell shows as the symptoms that are predicted, and granting it heals them', { timeout: 400_000 }, () =>
  expectProved('symptoms'),
);
