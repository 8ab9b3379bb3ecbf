import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('the books of reminders balance in random worlds', { timeout: 120_000 }, () => expectProved('reminder-books'));
