import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('the walls stand in the database’s own catalogue', { timeout: 400_000 }, () => expectProved('catalogue'));
