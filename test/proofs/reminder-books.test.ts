import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('the books of reminders balance in random worlds', { timeout: 400_000 }, () => expectProved('reminder-books'));
