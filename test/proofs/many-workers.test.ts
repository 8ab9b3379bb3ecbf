import { test } from 'vitest';
import { expectProved } from './proved.ts';

test(
  'many workers share many connections, a sick EMR slows nobody, and a dead worker loses nothing',
  { timeout: 600_000 },
  () => expectProved('many-workers'),
);
