import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('a certificate that was touched is refused, and one that was not is believed', () => expectProved('certificates'));
