import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('what a change would do is what it then does', { timeout: 180_000 }, () => expectProved('blast-radius'));
