import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('every surface of both doors shows what the matrix opens, and nothing else', { timeout: 400_000 }, () =>
  expectProved('surfaces'),
);
