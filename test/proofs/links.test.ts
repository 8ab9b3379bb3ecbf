import { test } from 'vitest';
import { expectProved } from './proved.ts';

test('nobody but the patient changes anything by a link, and the patient is told the truth', { timeout: 300_000 }, () =>
  expectProved('links'),
);
