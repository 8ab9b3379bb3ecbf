import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('what a change would do is what it then does', { timeout: 400_000 }, () => expectProved('blast-radius'));
