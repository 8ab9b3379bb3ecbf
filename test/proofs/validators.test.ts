import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'every resource that the EMR answers with is valid by two validators and by FHIR’s rules of JSON',
  {
    timeout: 180_000,
  },
  () => expectProved('validators'),
);
