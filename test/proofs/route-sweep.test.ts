import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'no route of the EMR, the portal or Cloud Connect shows or tells anybody what he may not see',
  { timeout: 400_000 },
  () => expectProved('route-sweep'),
);
