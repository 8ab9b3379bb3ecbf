import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('whatever happens in whatever order, what the portal shows can be so', { timeout: 400_000 }, () =>
  expectProved('model'),
);
