import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'twelve Canadian zones have the hours that the IANA data gives them, and an appointment has one hour wherever it is shown',
  { timeout: 300_000 },
  () => expectProved('zones'),
);
