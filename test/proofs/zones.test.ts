import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('twelve Canadian zones have the hours that the IANA data gives them', { timeout: 180_000 }, () =>
  expectProved('zones'),
);
