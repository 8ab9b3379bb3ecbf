// Assertions of a client with keys: well made ones, and all that must not get in. Only tests import this.
import { createHmac, createSign, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { Pool } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';

export const clientId = '7001-keys';
export const tokenUrl = 'http://emr.test/oauth/token';
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
export const strangeRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const strangeEc = generateKeyPairSync('ec', { namedCurve: 'P-384' });
export const jwkOf = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...more });
export const keySet = {
  keys: [jwkOf(rsa.publicKey, { kid: 'r', alg: 'RS384' }), jwkOf(ec.publicKey, { kid: 'e', alg: 'ES384' })],
};

/** The client, and another one of the same clinic with a key of its own. */
export async function insertKeyClients(owner: Pool): Promise<void> {
  await owner.query(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, jwks)
     values (7001, $1, 'service', 'keys', 'private_key_jwt', $2), (7001, '7001-other', 'service', 'other', 'private_key_jwt', $3)`,
    [
      clientId,
      JSON.stringify(keySet),
      JSON.stringify({ keys: [jwkOf(strangeRsa.publicKey, { kid: 's', alg: 'RS384' })] }),
    ],
  );
}

export type Json = Record<string, unknown>;
const encode = (part: Json | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
type Signer = (text: string) => Buffer;
export const rs =
  (hash: string, key = rsa.privateKey): Signer =>
  (text) =>
    createSign(hash).update(text).sign(key);
export const es =
  (key = ec.privateKey, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer =>
  (text) =>
    sign('sha384', Buffer.from(text), { key, dsaEncoding });
export const made = (header: Json, payload: Json, signer: Signer): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${signer(text).toString('base64url')}`;
};

export interface HostileAssertion {
  readonly what: string;
  readonly assertion: () => string;
  /** What stands beside it in the form. */
  readonly form?: Record<string, string>;
}

/** By a clock: an assertion is good for minutes. */
export function assertionsBy(clock: { now(): Date }) {
  const now = () => Math.floor(clock.now().getTime() / 1000);
  const claims = (more: Json = {}): Json => ({
    iss: clientId,
    sub: clientId,
    aud: tokenUrl,
    jti: newId(),
    iat: now(),
    exp: now() + 240,
    ...more,
  });
  const rs384 = (more: Json = {}, header: Json = {}): string =>
    made({ alg: 'RS384', kid: 'r', typ: 'JWT', ...header }, claims(more), rs('sha384'));
  const es384 = (more: Json = {}, header: Json = {}): string =>
    made({ alg: 'ES384', kid: 'e', typ: 'JWT', ...header }, claims(more), es());

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

  const kinds: readonly (readonly [what: string, assertion: () => string, form?: Record<string, string>])[] = [
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
    [
      'the key of another client',
      () => made({ alg: 'RS384', kid: 's' }, claims(), rs('sha384', strangeRsa.privateKey)),
    ],
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
    ['exp in milliseconds', () => rs384({ exp: clock.now().getTime() })],
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

  const hostile = kinds.map(
    ([what, assertion, form]): HostileAssertion => ({ what, assertion, ...(form ? { form } : {}) }),
  );
  return { now, claims, rs384, es384, hostile };
}
