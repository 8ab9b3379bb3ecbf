import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('FHIR and the portal show what the matrix opens, and nothing else', { timeout: 400_000 }, () =>
  expectProved('masks'),
);
