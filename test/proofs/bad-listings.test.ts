import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('bad listings lose nothing: after two runs the portal has what the EMR permits', { timeout: 400_000 }, () =>
  expectProved('bad-listings'),
);
