import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('versions, batches and what a write answers are what the matrix opens', { timeout: 400_000 }, () =>
  expectProved('write-masks'),
);
