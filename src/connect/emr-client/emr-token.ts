// Signing in at an EMR: SMART Backend Services. Where tokens are given is found by discovery; a client proves itself by a shared
// secret or by a key of its own.
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import { EmrError } from './emr-error.ts';
import type { EmrHttp } from './emr-http.ts';

export interface Credential {
  readonly clientId: string;
  /** A secret, or a private key (PEM or JWK): with a key each token is asked for with a signed assertion. */
  readonly clientSecret: string;
}

/** Seconds that a signed assertion holds: SMART allows five minutes at most. */
const assertionSeconds = 240;

export interface PrivateKey {
  readonly key: KeyObject;
  readonly algorithm: 'RS384' | 'ES384';
  readonly keyId: string | undefined;
}

/** undefined: it is a secret. Throws EmrError for a key that cannot be used. */
export function privateKeyIn(secret: string): PrivateKey | undefined {
  const text = secret.trim();
  try {
    if (text.startsWith('-----BEGIN')) {
      const key = createPrivateKey(text);
      return { key, algorithm: key.asymmetricKeyType === 'ec' ? 'ES384' : 'RS384', keyId: undefined };
    }
    if (text.startsWith('{')) {
      const jwk = JSON.parse(text) as JsonWebKey & { kid?: string };
      const key = createPrivateKey({ key: jwk, format: 'jwk' });
      return { key, algorithm: jwk.kty === 'EC' ? 'ES384' : 'RS384', keyId: jwk.kid };
    }
  } catch {
    throw new EmrError('token', 'sync.emr.key-unusable');
  }
  return undefined;
}

const oauthUris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

interface Extension {
  readonly url?: string;
  readonly valueUri?: string;
  readonly extension?: readonly Extension[];
}

/** The token endpoint, from the SMART configuration, or from the CapabilityStatement of servers that have none. */
export async function discoverTokenEndpoint(http: EmrHttp, base: string): Promise<string> {
  const smart = await http.request(`${base}/.well-known/smart-configuration`, { accept: 'application/json' });
  if (smart.statusCode === 200) {
    const { token_endpoint: endpoint } = await http.json(smart);
    if (typeof endpoint === 'string') return endpoint;
  } else await smart.body.dump();
  const metadata = await http.request(`${base}/metadata`, {});
  if (metadata.statusCode === 200) {
    const { rest } = await http.json(metadata);
    const extensions = (
      rest as readonly { readonly security?: { readonly extension?: readonly Extension[] } }[] | undefined
    )?.[0]?.security?.extension;
    const endpoint = extensions
      ?.find((one) => one.url === oauthUris)
      ?.extension?.find((one) => one.url === 'token')?.valueUri;
    if (endpoint !== undefined) return endpoint;
  } else await metadata.body.dump();
  throw new EmrError('address', 'sync.emr.no-discovery', { status: smart.statusCode });
}

export interface TokenSource {
  /** A token that is good for some seconds more. */
  get(): Promise<string>;
  /** Forgets the one that was refused. */
  forget(): void;
}

export function createTokenSource(
  http: EmrHttp,
  base: string,
  credential: Credential,
  { clock, scope }: { readonly clock: Clock; readonly scope: string },
): TokenSource {
  let endpoint: string | undefined;
  let token: { readonly value: string; readonly goodUntil: number } | undefined;

  async function ask(): Promise<string> {
    endpoint ??= await discoverTokenEndpoint(http, base);
    const key = privateKeyIn(credential.clientSecret);
    const proof: Record<string, string> = key
      ? {
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await assertion(key, credential.clientId, endpoint, clock),
        }
      : { client_secret: credential.clientSecret };
    const answer = await http.request(endpoint, {
      method: 'POST',
      accept: 'application/json',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: credential.clientId,
        scope,
        ...proof,
      }).toString(),
    });
    const { statusCode } = answer;
    if (statusCode !== 200) {
      await answer.body.dump();
      throw new EmrError('token', 'sync.emr.token-refused', { status: statusCode });
    }
    const { access_token: value, expires_in: seconds } = await http.json(answer);
    if (typeof value !== 'string') throw new EmrError('token', 'sync.emr.token-refused', { status: statusCode });
    const goodMs = (typeof seconds === 'number' ? Math.max(0, seconds - 10) : 50) * 1000;
    token = { value, goodUntil: performance.now() + goodMs };
    return value;
  }

  let asking: Promise<string> | undefined;
  return {
    get: () => {
      if (token && token.goodUntil > performance.now()) return Promise.resolve(token.value);
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    forget: () => {
      token = undefined;
    },
  };
}

function assertion(
  { key, algorithm, keyId }: PrivateKey,
  clientId: string,
  audience: string,
  clock: Clock,
): Promise<string> {
  const now = Math.floor(clock.now().getTime() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(newId())
    .setIssuedAt(now)
    .setExpirationTime(now + assertionSeconds)
    .sign(key);
}
