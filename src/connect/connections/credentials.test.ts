import { expect, it } from 'vitest';
import { addressOf, openCredential, sealCredential } from './credentials.ts';

const key = Buffer.alloc(32, 1);

it('opens what was sealed, and never seals one text into the same bytes twice', () => {
  for (const secret of ['s', 'a secret', 'é\u0000\n', 'k'.repeat(2000)]) {
    const sealed = sealCredential(secret, key, 'one');
    expect(openCredential(sealed, key, 'one')).toBe(secret);
    expect(sealed.equals(sealCredential(secret, key, 'one'))).toBe(false);
    expect(sealed.includes(secret) && secret.length > 1).toBe(false);
  }
});

it('does not open under another key, on another connection’s row, or with any byte changed or missing', () => {
  const sealed = sealCredential('a secret', key, 'one');
  expect(() => openCredential(sealed, Buffer.alloc(32, 2), 'one')).toThrow();
  expect(() => openCredential(sealed, key, 'two')).toThrow();
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(() => openCredential(changed, key, 'one')).toThrow();
    expect(() => openCredential(sealed.subarray(0, at), key, 'one')).toThrow();
  }
});

it('says that a stored secret cannot be opened, without throwing, where a person can enter it again', () => {
  const credentialSealed = sealCredential('a secret', key, 'one');
  const connection = { baseUrl: 'http://emr.test/fhir', clientId: 'client', credentialSealed, connectionId: 'one' };
  expect(addressOf(connection, key)).toEqual({
    baseUrl: 'http://emr.test/fhir',
    clientId: 'client',
    clientSecret: 'a secret',
  });
  expect(addressOf(connection, Buffer.alloc(32, 2))).toBeUndefined();
});
