import { expect, it } from 'vitest';
import { sealSecret } from '../../platform/sealed.ts';
import { addressOf } from './credentials.ts';

const key = Buffer.alloc(32, 1);

it('says that a stored secret cannot be opened, without throwing, where a person can enter it again', () => {
  const credentialSealed = sealSecret('a secret', key, 'one');
  const connection = { baseUrl: 'http://emr.test/fhir', clientId: 'client', credentialSealed, connectionId: 'one' };
  expect(addressOf(connection, key)).toEqual({
    baseUrl: 'http://emr.test/fhir',
    clientId: 'client',
    clientSecret: 'a secret',
  });
  expect(addressOf(connection, Buffer.alloc(32, 2))).toBeUndefined();
});
