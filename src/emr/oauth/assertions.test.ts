// SMART Backend Services: what a client with keys must bring, and forty-five that it must not get in with. Two apps on one database stand
// for two processes; a third, made afterwards, for a restart.
import { createHmac, createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createHttp } from '../../platform/http/create-http.ts';
import { newId } from '../../platform/ids.ts';
import { createTestClinic, type TestClinic } from '../fhir/test-clinic.ts';
import { isKeyAddress, usableKeys } from './client-keys.ts';
import { registerOauth } from './oauth.routes.ts';

const clientId = '7001-keys';
const tokenUrl = 'http://emr.test/oauth/token';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const strangeRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const strangeEc = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwkOf = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...more });
const keySet = {
  keys: [jwkOf(rsa.publicKey, { kid: 'r', alg: 'RS384' }), jwkOf(ec.publicKey, { kid: 'e', alg: 'ES384' })],
};

let clinic: TestClinic;
let second: FastifyInstance;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  second = await another();
  await clinic.owner.query(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, jwks)
     values (7001, $1, 'service', 'keys', 'private_key_jwt', $2), (7001, '7001-other', 'service', 'other', 'private_key_jwt', $3)`,
    [
      clientId,
      JSON.stringify(keySet),
      JSON.stringify({ keys: [jwkOf(strangeRsa.publicKey, { kid: 's', alg: 'RS384' })] }),
    ],
  );
});
afterAll(async () => {
  await second?.close();
  await clinic?.close();
});

async function another(): Promise<FastifyInstance> {
  const app = createHttp({ log: clinic.context.log });
  registerOauth(app, clinic.context);
  await app.ready();
  return app;
}

type Json = Record<string, unknown>;
const encode = (part: Json | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const now = () => Math.floor(clinic.clock.now().getTime() / 1000);
const claims = (more: Json = {}): Json => ({
  iss: clientId,
  sub: clientId,
  aud: tokenUrl,
  jti: newId(),
  iat: now(),
  exp: now() + 240,
  ...more,
});
type Signer = (text: string) => Buffer;
const rs =
  (hash: string, key = rsa.privateKey): Signer =>
  (text) =>
    createSign(hash).update(text).sign(key);
const es =
  (key = ec.privateKey, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer =>
  (text) =>
    sign('sha384', Buffer.from(text), { key, dsaEncoding });
const made = (header: Json, payload: Json, signer: Signer): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${signer(text).toString('base64url')}`;
};
const rs384 = (more: Json = {}, header: Json = {}): string =>
  made({ alg: 'RS384', kid: 'r', typ: 'JWT', ...header }, claims(more), rs('sha384'));
const es384 = (more: Json = {}, header: Json = {}): string =>
  made({ alg: 'ES384', kid: 'e', typ: 'JWT', ...header }, claims(more), es());

const present = async (form: Record<string, string>, app: FastifyInstance = clinic.app) =>
  app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/*.rs', ...form }).toString(),
  });
const bring = (client_assertion: string, more: Record<string, string> = {}, app?: FastifyInstance) =>
  present({ client_assertion_type: assertionType, client_assertion, ...more }, app);

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

const hostile: readonly (readonly [what: string, assertion: () => string, form?: Record<string, string>])[] = [
  ['alg none', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['alg None', () => `${encode({ alg: 'None' })}.${encode(claims())}.`],
  ['no signature', () => `${rs384().split('.').slice(0, 2).join('.')}.`],
  ['two parts', () => rs384().split('.').slice(0, 2).join('.')],
  ['four parts', () => `${rs384()}.x`],
  ['HS256 with the public key as the secret', () => hmac('HS256', 'sha256')],
  ['HS384 with the public key as the secret', () => hmac('HS384', 'sha384')],
  ['RS256', () => made({ alg: 'RS256', kid: 'r' }, claims(), rs('sha256'))],
  ['RS512', () => made({ alg: 'RS512', kid: 'r' }, claims(), rs('sha512'))],
  ['PS384', () => made({ alg: 'PS384', kid: 'r' }, claims(), rs('sha384'))],
  ['ES256', () => made({ alg: 'ES256', kid: 'e' }, claims(), es())],
  ['no alg', () => made({ kid: 'r' }, claims(), rs('sha384'))],
  ['RS384 signed with another hash', () => made({ alg: 'RS384', kid: 'r' }, claims(), rs('sha256'))],
  ['ES384 in DER', () => made({ alg: 'ES384', kid: 'e' }, claims(), es(ec.privateKey, 'der'))],
  ['an all-zero ES384 signature', () => made({ alg: 'ES384', kid: 'e' }, claims(), () => Buffer.alloc(96))],
  ['RS384 for the EC key', () => made({ alg: 'RS384', kid: 'e' }, claims(), rs('sha384'))],
  ['a stranger’s RSA key', () => made({ alg: 'RS384', kid: 'r' }, claims(), rs('sha384', strangeRsa.privateKey))],
  ['a stranger’s EC key', () => made({ alg: 'ES384', kid: 'e' }, claims(), es(strangeEc.privateKey))],
  ['the key of another client', () => made({ alg: 'RS384', kid: 's' }, claims(), rs('sha384', strangeRsa.privateKey))],
  ['an unknown kid', () => made({ alg: 'RS384', kid: 'x' }, claims(), rs('sha384', strangeRsa.privateKey))],
  [
    'a key of its own in jwk',
    () => made({ alg: 'RS384', jwk: jwkOf(strangeRsa.publicKey, {}) }, claims(), rs('sha384', strangeRsa.privateKey)),
  ],
  ['a key address of its own in jku', () => rs384({}, { jku: 'https://evil.example/keys' })],
  [
    'a certificate address with a stranger’s key',
    () => made({ alg: 'RS384', x5u: 'https://evil.example' }, claims(), rs('sha384', strangeRsa.privateKey)),
  ],
  ['a header that must be understood and is not', () => rs384({}, { crit: ['exp-later'], 'exp-later': true })],
  ['a payload that is not encoded', () => rs384({}, { b64: false, crit: ['b64'] })],
  ['another typ', () => rs384({}, { typ: 'at+jwt' })],
  ['claims changed after signing', () => tampered()],
  [
    'a header changed after signing',
    () => `${encode({ alg: 'RS384', kid: 'r', x: 1 })}.${rs384().split('.').slice(1).join('.')}`,
  ],
  ['an audience elsewhere', () => rs384({ aud: 'https://elsewhere.example/token' })],
  ['an audience as the Host header has it', () => rs384({ aud: 'http://localhost:80/oauth/token' })],
  ['an audience that is longer', () => rs384({ aud: `${tokenUrl}/` })],
  ['audiences here and elsewhere', () => rs384({ aud: [tokenUrl, 'https://elsewhere.example'] })],
  ['no audience', () => rs384({ aud: undefined })],
  ['another issuer', () => rs384({ iss: '7001-other' })],
  ['another subject', () => rs384({ sub: '7001-other' })],
  ['no issuer', () => rs384({ iss: undefined })],
  ['no subject', () => rs384({ sub: undefined })],
  ['the other clinic’s client', () => rs384({ iss: '7002-keys', sub: '7002-keys' })],
  ['no jti', () => rs384({ jti: undefined })],
  ['a jti that is no text', () => rs384({ jti: 7 })],
  ['a jti without end', () => rs384({ jti: 'x'.repeat(201) })],
  ['no exp', () => rs384({ exp: undefined })],
  ['expired', () => rs384({ exp: now() - 60 })],
  ['more than five minutes ahead', () => rs384({ exp: now() + 330 })],
  ['exp as a text', () => rs384({ exp: String(now() + 240) })],
  ['exp in milliseconds', () => rs384({ exp: clinic.clock.now().getTime() })],
  ['not before tomorrow', () => rs384({ nbf: now() + 86_400 })],
  ['made in the future', () => rs384({ iat: now() + 3600 })],
  ['no JSON', () => `${encode('{')}.${encode(claims())}.x`],
  ['a client_id that differs', () => rs384(), { client_id: '7001-other' }],
  [
    'another assertion type',
    () => rs384(),
    { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
  ],
  ['a secret beside it', () => rs384(), { client_secret: 'x' }],
];
const hmac = (alg: string, hash: string): string =>
  made({ alg, kid: 'r' }, claims(), (text) =>
    createHmac(hash, rsa.publicKey.export({ type: 'spki', format: 'pem' }))
      .update(text)
      .digest(),
  );
function tampered(): string {
  const [header, payload, signature] = rs384().split('.') as [string, string, string];
  const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), exp: now() + 200 };
  return `${header}.${encode(changed)}.${signature}`;
}

describe('a hostile assertion', () => {
  it.each(hostile.map(([what, assertion, form]) => ({ what, assertion, form })))(
    'is refused: $what',
    async ({ assertion, form }) => {
      const answer = await bring(assertion(), form);
      expect([400, 401]).toContain(answer.statusCode);
      expect(answer.json()).toMatchObject({ error: expect.stringMatching(/^invalid_(client|request)$/) });
      expect(answer.body).not.toContain('access_token');
    },
  );

  it('comes in at least forty-five kinds', () => {
    expect(hostile.length).toBeGreaterThanOrEqual(45);
    process.stderr.write(`assertions: ${hostile.length} hostile ones refused\n`);
  });
});

describe('an assertion that comes again', () => {
  it('is refused by every process and after a restart', async () => {
    const assertion = rs384();
    const apps = [clinic.app, second, clinic.app, second, clinic.app, second];
    const statuses = (await Promise.all(apps.map((app) => bring(assertion, {}, app)))).map(
      ({ statusCode }) => statusCode,
    );
    expect(statuses.sort()).toEqual([200, 401, 401, 401, 401, 401]);
    const restarted = await another();
    expect((await bring(assertion, {}, restarted)).statusCode).toBe(401);
    await restarted.close();
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
    expect(['https://a.example/k', 'http://localhost:9/k'].map(isKeyAddress)).toEqual([true, true]);
    for (const address of ['http://a.example/k', 'file:///etc/passwd', 'https://u:p@a.example', 'x']) {
      expect(isKeyAddress(address), address).toBe(false);
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
