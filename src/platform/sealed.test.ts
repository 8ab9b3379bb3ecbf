import { expect, it } from 'vitest';
import { openSecret, sealSecret } from './sealed.ts';

const key = Buffer.alloc(32, 1);

it('opens what was sealed, and never seals one text into the same bytes twice', () => {
  for (const secret of ['s', 'a secret', 'é\u0000\n', 'k'.repeat(2000)]) {
    const sealed = sealSecret(secret, key, 'one');
    expect(openSecret(sealed, key, 'one')).toBe(secret);
    expect(sealed.equals(sealSecret(secret, key, 'one'))).toBe(false);
    expect(sealed.includes(secret) && secret.length > 1).toBe(false);
  }
});

it('does not open under another key, on another row, or with any byte changed or missing', () => {
  const sealed = sealSecret('a secret', key, 'one');
  expect(() => openSecret(sealed, Buffer.alloc(32, 2), 'one')).toThrow();
  expect(() => openSecret(sealed, key, 'two')).toThrow();
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => openSecret(changed, key, 'one')).toThrow();
    expect(() => openSecret(sealed.subarray(0, at), key, 'one')).toThrow();
  }
});
