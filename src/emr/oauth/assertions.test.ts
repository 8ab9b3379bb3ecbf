// SMART Backend Services: what a client with keys must bring, where its keys may be, and how access ends. What it must not get in with is
// the proof of assertions.
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sha256 } from '../../platform/ids.ts';
import { createTestClinic, type TestClinic } from '../fhir/test-clinic.ts';
import { isClientAddress, usableKeys } from './client-keys.ts';
import {
  assertionsBy,
  assertionType,
  clientId,
  es,
  insertKeyClients,
  jwkOf,
  keySet,
  made,
  rs,
  rsa,
  strangeEc,
  tokenUrl,
} from './test-assertions.ts';

let clinic: TestClinic;
let { claims, rs384, es384, now } = {} as ReturnType<typeof assertionsBy>;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  await insertKeyClients(clinic.owner);
  ({ claims, rs384, es384, now } = assertionsBy(clinic.clock));
});
afterAll(async () => {
  await clinic?.close();
});

const bring = (client_assertion: string) =>
  clinic.app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      client_assertion_type: assertionType,
      client_assertion,
    }).toString(),
  });

describe('an assertion that is well made', () => {
  it.each([
    ['RS384', () => rs384()],
    ['ES384', () => es384()],
    ['without kid', () => made({ alg: 'RS384' }, claims(), rs('sha384'))],
    ['for the issuer', () => rs384({ aud: 'http://emr.test/oauth' })],
    ['for this endpoint alone, as a list', () => rs384({ aud: [tokenUrl] })],
    ['five minutes ahead', () => rs384({ exp: now() + 300 })],
  ])('is taken: %s', async (_what, assertion) => {
    const answer = await bring(assertion());
    expect([answer.statusCode, answer.json().expires_in]).toEqual([200, 300]);
  });
});

describe('credentials of two kinds, while both are good', () => {
  const own = { iss: '7001-both', sub: '7001-both' };
  const secret = 'the secret from before the keys';
  const bringSecret = () =>
    clinic.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: '7001-both',
        client_secret: secret,
      }).toString(),
    });
  const strange = () => made({ alg: 'ES384', kid: 'new' }, claims(own), es(strangeEc.privateKey));
  const both = async () => [(await bring(rs384(own))).statusCode, (await bringSecret()).statusCode];

  it('are told apart by what the request brings, and the old one is good until its time', async () => {
    const until = new Date(clinic.clock.now().getTime() + 3_600_000);
    await clinic.owner.query(
      `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, jwks, former_secret_hash, former_until)
       values (7001, '7001-both', 'service', 'both', 'private_key_jwt', $1, $2, $3)`,
      [JSON.stringify(keySet), sha256(secret), until],
    );
    expect(await both()).toEqual([200, 200]);
    expect((await bring(strange())).statusCode).toBe(401);
    await clinic.owner.query(`update oauth_client set former_until = $1 where client_id = '7001-both'`, [
      new Date(clinic.clock.now().getTime() - 1),
    ]);
    expect(await both()).toEqual([200, 401]);
    // The other way round, and keys of the same name that are two different ones.
    await clinic.owner.query(
      `update oauth_client set jwks = $1, former_secret_hash = null, former_jwks = $2, former_until = $3 where client_id = '7001-both'`,
      [JSON.stringify({ keys: [jwkOf(strangeEc.publicKey, { kid: 'e' })] }), JSON.stringify(keySet), until],
    );
    expect((await bring(es384(own))).statusCode).toBe(200);
    expect((await bring(made({ alg: 'ES384', kid: 'e' }, claims(own), es(strangeEc.privateKey)))).statusCode).toBe(200);
    await clinic.owner.query(
      `update oauth_client set auth_method = 'client_secret_post', secret_hash = $1, jwks = null, former_jwks = $2 where client_id = '7001-both'`,
      [sha256(secret), JSON.stringify(keySet)],
    );
    expect(await both()).toEqual([200, 200]);
  });
});

describe('keys at an address of the client', () => {
  let server: Server;
  let served: { status: number; body: string };
  let asked = 0;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(served.status, { 'content-type': 'application/json', 'cache-control': 'max-age=604800' });
      response.end(served.body);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    await clinic.owner.query(
      `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, jwks_uri)
       values (7001, '7001-address', 'service', 'address', 'private_key_jwt', $1)`,
      [`http://127.0.0.1:${port}/keys`],
    );
  });
  afterAll(() => new Promise((closed) => server?.close(closed)));

  const own = { iss: '7001-address', sub: '7001-address' };
  const status = async (assertion: string) => (await bring(assertion)).statusCode;
  const strange = () => made({ alg: 'ES384', kid: 'new' }, claims(own), es(strangeEc.privateKey));

  it('are asked for, kept a minute however long the client says, and a key that is taken away is good no longer', async () => {
    served = { status: 200, body: JSON.stringify(keySet) };
    expect(await status(rs384(own))).toBe(200);
    expect(await status(es384(own))).toBe(200);
    expect(asked).toBe(1);
    expect(await status(strange())).toBe(401);
    served = { status: 200, body: JSON.stringify({ keys: [jwkOf(strangeEc.publicKey, { kid: 'new' })] }) };
    clinic.clock.advance(61_000);
    expect(await status(strange())).toBe(200);
    expect(await status(rs384(own))).toBe(401);
    expect(asked).toBe(2);
    clinic.clock.advance(-61_000);
  });

  it.each([
    ['away', { status: 503, body: '' }],
    ['moved', { status: 302, body: '' }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['without keys', { status: 200, body: '{"keys":[]}' }],
    ['larger than a set of keys', { status: 200, body: `{"keys":[],"x":"${'x'.repeat(70_000)}"}` }],
  ])('let nobody in when they are %s', async (_what, answer) => {
    clinic.clock.advance(180_000);
    served = answer;
    expect(
      await status(
        made(
          { alg: 'ES384', kid: 'new' },
          { ...claims(own), iat: undefined, exp: Math.floor(Date.now() / 1000) + 240 },
          es(strangeEc.privateKey),
        ),
      ),
    ).toBe(401);
  });

  it('are those that can be used, without their private parts, at an address that can be trusted', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const odd = [jwkOf(weak, {}), jwkOf(p256, {}), { kty: 'oct', k: 'x' }, jwkOf(rsa.publicKey, { use: 'enc' }), null];
    expect(usableKeys({ keys: odd })).toEqual([]);
    expect(usableKeys({ keys: [rsa.privateKey.export({ format: 'jwk' })] })[0]).not.toHaveProperty('d');
    expect(usableKeys('x')).toEqual([]);
    expect(['https://a.example/k', 'http://localhost:9/k'].map(isClientAddress)).toEqual([true, true]);
    for (const address of ['http://a.example/k', 'file:///etc/passwd', 'https://u:p@a.example', 'x']) {
      expect(isClientAddress(address), address).toBe(false);
    }
  });
});

describe('taking access away', () => {
  const tokenOf = async (): Promise<string> => (await bring(rs384())).json<{ access_token: string }>().access_token;
  const read = async (token: string) =>
    (await clinic.app.inject({ url: '/fhir/Appointment', headers: { authorization: `Bearer ${token}` } })).statusCode;

  it.each([
    ['the client', 'oauth_client', 'client_id', clientId],
    ['the user', 'app_user', 'user_id', 'service'],
  ])('from %s ends its tokens at once', async (_who, table, column, id) => {
    const token = await tokenOf();
    expect(await read(token)).toBe(200);
    await clinic.owner.query(`update ${table} set active = false where tenant_id = 7001 and ${column} = $1`, [id]);
    expect(await read(token)).toBe(401);
    expect((await bring(rs384())).statusCode).toBe(401);
    await clinic.owner.query(`update ${table} set active = true where tenant_id = 7001`);
  });

  it('from a grant takes it from the very next request of the same token', async () => {
    const token = await tokenOf();
    const seen = async () => {
      const answer = await clinic.app.inject({
        url: '/fhir/Appointment?_summary=count',
        headers: { authorization: `Bearer ${token}` },
      });
      return answer.json<{ total: number }>().total;
    };
    await clinic.setGrant(['north', 'abel'], 63);
    expect(await seen()).toBeGreaterThan(0);
    await clinic.setGrant(['north', 'abel'], 0);
    expect(await seen()).toBe(0);
  });
});
