import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('the chart shows what the matrix opens, and nothing else', { timeout: 400_000 }, () =>
  expectProved('chart-masks'),
);
