import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'pages drawn from all three apps have nothing that axe finds, and are used by the keyboard alone',
  {
    timeout: 300_000,
  },
  () => expectProved('a11y'),
);
