import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  clientIdOf,
  clientSecret,
  clinicId,
  createTestClinic,
  otherClinicId,
  type TestClinic,
} from '../fhir/test-clinic.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
});
afterAll(() => clinic?.close());

const post = (form: Record<string, string>) =>
  clinic.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'client_credentials', ...form }).toString(),
  });
const withSecret = (client_secret = clientSecret, client_id = clientIdOf(clinicId)) =>
  post({ client_id, client_secret });
const statusWith = async (token: string) =>
  (await clinic.app.inject({ url: '/fhir/Location', headers: { authorization: `Bearer ${token}` } })).statusCode;

describe('a client with a secret', () => {
  it('gets a token of five minutes that names its clinic, and is stored as a hash', async () => {
    const answer = await withSecret();
    expect([answer.statusCode, answer.body.length > 0]).toEqual([200, true]);
    const token = answer.json<{ access_token: string; expires_in: number; scope: string; token_type: string }>();
    expect(token).toMatchObject({ expires_in: 300, token_type: 'Bearer', scope: 'system/*.read' });
    expect(token.access_token).toMatch(/^7001\.[\w-]{40,}$/);
    const { rows } = await clinic.owner.query<{ text: string }>('select t::text as text from oauth_token t');
    expect(rows.some(({ text }) => text.includes(token.access_token.slice(5)))).toBe(false);
    expect(await statusWith(token.access_token)).toBe(200);
    clinic.clock.advance(301_000);
    expect(await statusWith(token.access_token)).toBe(401);
    clinic.clock.advance(-301_000);
  });

  it('is refused with a wrong secret, an unknown id and the other clinic’s prefix alike', async () => {
    for (const answer of [
      await withSecret('wrong'),
      await withSecret(clientSecret, '7001-nobody'),
      await withSecret(clientSecret, '9999-client'),
      await withSecret(clientSecret, 'client'),
    ]) {
      expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([401, 'invalid_client']);
    }
  });

  it('takes a token of its own back at once, and nobody else’s', async () => {
    const tokenOf = async (client = clientIdOf(clinicId)) =>
      (await withSecret(clientSecret, client)).json<{ access_token: string }>().access_token;
    const revoke = (token: string, form: Record<string, string> = {}) =>
      clinic.app.inject({
        method: 'POST',
        url: '/oauth/revoke',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({
          client_id: clientIdOf(clinicId),
          client_secret: clientSecret,
          token,
          ...form,
        }).toString(),
      });
    const [own, other] = [await tokenOf(), await tokenOf(clientIdOf(otherClinicId))];
    expect((await revoke(own, { client_secret: 'wrong' })).statusCode).toBe(401);
    expect(await statusWith(own)).toBe(200);
    // RFC 7009 §2.2: what is no token of the client's is answered as if it had been taken back.
    for (const token of [other, 'no token', '7001.nothing', own]) {
      expect((await revoke(token)).statusCode, token).toBe(200);
    }
    expect([await statusWith(own), await statusWith(other)]).toEqual([401, 200]);
  });

  it('loses access at once with its client or its user', async () => {
    const { access_token: token } = (await withSecret()).json<{ access_token: string }>();
    for (const table of ['oauth_client', 'app_user']) {
      await clinic.owner.query(`update ${table} set active = false where tenant_id = 7001`);
      expect(await statusWith(token), table).toBe(401);
      expect((await withSecret()).statusCode, table).toBe(401);
      await clinic.owner.query(`update ${table} set active = true where tenant_id = 7001`);
      expect(await statusWith(token), table).toBe(200);
    }
  });
});

describe('a client with a key', () => {
  const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const clientId = '7001-key';

  it.each(['RS384', 'ES384'])(
    'gets a token for an assertion signed with %s, once, and not one that lives too long',
    async (alg) => {
      const { privateKey, publicKey } = await generateKeyPair(alg);
      await clinic.owner.query(
        `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, jwks)
       values (7001, $1, 'service', 'key', 'private_key_jwt', $2)
       on conflict (tenant_id, client_id) do update set jwks = excluded.jwks`,
        [clientId, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg, use: 'sig' }] })],
      );
      const assertion = (seconds: number, jti: string, audience = 'http://emr.test/oauth/token') =>
        new SignJWT({})
          .setProtectedHeader({ alg })
          .setIssuer(clientId)
          .setSubject(clientId)
          .setAudience(audience)
          .setJti(jti)
          .setExpirationTime(new Date(clinic.clock.now().getTime() + seconds * 1000))
          .sign(privateKey);
      const present = async (client_assertion: string) =>
        (await post({ client_assertion_type: assertionType, client_assertion })).statusCode;
      const first = await assertion(240, `${alg}-1`);
      // Five at the same moment: the library's own look-then-store would let several through.
      const together = await Promise.all([1, 2, 3, 4, 5].map(() => present(first)));
      expect(together.sort()).toEqual([200, 401, 401, 401, 401]);
      expect(await present(await assertion(900, `${alg}-2`))).toBe(401);
      expect(await present(await assertion(240, `${alg}-3`, 'http://elsewhere/token'))).toBe(401);
      expect(await present(await assertion(240, `${alg}-4`))).toBe(200);
    },
  );
});

it('the SMART configuration tells what the token endpoint takes, without a token', async () => {
  const answer = await clinic.app.inject('/fhir/.well-known/smart-configuration');
  expect(answer.json()).toMatchObject({
    token_endpoint: 'http://emr.test/oauth/token',
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
  });
  const metadata = await clinic.app.inject('/fhir/metadata');
  expect(metadata.json()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' });
});
