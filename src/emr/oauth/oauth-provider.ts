// oidc-provider, cut down to what a synchroniser needs: the token endpoint with client credentials. What it leaves to us: where
// clients and tokens are kept (PostgreSQL, hashed), how a secret is compared, how far ahead an assertion may expire, and that an
// assertion is used once even when two requests bring it at the same moment.
import { generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { type Adapter, errors, Provider } from 'oidc-provider';
import { randomToken, sha256 } from '../../platform/ids.ts';
import type { EmrContext } from '../context.ts';
import { resourceTypes } from '../fhir/resources.ts';
import { createKeySource, type KeySource, usableKeys } from './client-keys.ts';
import { asTenant, tenantOfCredential } from './credential.ts';
import { deleteToken, findActiveClient, findToken, insertToken, isFirstUse } from './oauth.sql.ts';
import { recordTokens } from './record-tokens.ts';
import { scopesFor } from './scopes.ts';
import { clientAuthMethods, defaultScope, signingAlgorithms } from './smart-configuration.ts';

export const tokenLifetimeSeconds = 300;
const scopes = scopesFor([...resourceTypes, 'Slot', 'ValueSet', 'AuditEvent']);
/** SMART Backend Services: an assertion expires at most five minutes after it was made. */
const assertionLifetimeSeconds = 300;
const clockToleranceSeconds = 15;

export function createOauthProvider(context: EmrContext): Provider {
  const keySource = createKeySource(context);
  const provider = new Provider(`${context.publicUrl}/oauth`, {
    adapter: (name: string) => adapterFor(name, context, keySource),
    clientAuthMethods: [...clientAuthMethods],
    enabledJWA: { clientAuthSigningAlgValues: [...signingAlgorithms] },
    clientDefaults: {
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
    },
    responseTypes: [],
    scopes: [...scopes],
    clockTolerance: clockToleranceSeconds,
    routes: { revocation: '/revoke' },
    ttl: { ClientCredentials: tokenLifetimeSeconds },
    // Nothing is signed and no cookie is set by client credentials; the library wants both keys all the same.
    jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as never] },
    cookies: { keys: [randomToken()] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      // RFC 7009. Somebody else's token is answered as if there were none; the library would say whether there is.
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      dPoP: { enabled: false },
    },
    clientBasedCORS: () => false,
    renderError: (ctx, out) => {
      ctx.type = 'json';
      ctx.body = out;
    },
    assertJwtClientAuthClaimsAndHeader: async (_ctx, claims, header, client) => {
      await assertWellMade(context, client.clientId, claims, header);
      const ahead = Number(claims['exp']) - Math.floor(context.clock.now().getTime() / 1000);
      if (!(ahead <= assertionLifetimeSeconds + clockToleranceSeconds)) {
        throw new errors.InvalidClientAuth('the client_assertion expires more than five minutes ahead');
      }
    },
  });
  keepSecretsHashed(provider);
  refuseReplays(provider, context);
  nameTenantInTokens(provider);
  expectPublicAudience(provider);
  recordTokens(provider, context);
  provider.on('server_error', (_ctx, error) => context.log.error({ err: error }, 'the token endpoint failed'));
  return provider;
}

/** What the library passes over: who else the assertion is for, and where its header says that keys are. */
async function assertWellMade(
  { pool, clock }: EmrContext,
  clientId: string,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
): Promise<void> {
  const refuse = (what: string): never => {
    throw new errors.InvalidClientAuth(what);
  };
  // Whoever else it is for could bring it here.
  if (Array.isArray(claims['aud']) && claims['aud'].length !== 1) refuse('aud must name this token endpoint alone');
  if (typeof claims['jti'] !== 'string' || claims['jti'].length > 200)
    refuse('jti must be a text of at most 200 characters');
  const now = clock.now().getTime() / 1000;
  if (claims['iat'] !== undefined && !(Number(claims['iat']) <= now + clockToleranceSeconds))
    refuse('iat is in the future');
  if (header['typ'] !== undefined && String(header['typ']).toUpperCase() !== 'JWT') refuse('typ must be JWT');
  // The library would take a payload that says it is not encoded, and read it as if it were.
  if (header['crit'] !== undefined || header['b64'] !== undefined) refuse('no extension of the header is understood');
  if (header['jku'] !== undefined) {
    const tenantId = tenantOfCredential(clientId)!;
    const client = await asTenant(pool, tenantId, (tx) => findActiveClient(tx, tenantId, clientId));
    if (header['jku'] !== client?.jwksUri) refuse('jku is not the registered address of keys');
  }
}

/** `client_secret` of the library's client is the stored hash, so the secret itself is nowhere. */
function keepSecretsHashed(provider: Provider): void {
  const client = provider.Client.prototype as unknown as {
    clientSecret: string;
    compareClientSecret(actual: string): boolean;
  };
  client.compareClientSecret = function compareClientSecret(actual) {
    return timingSafeEqual(Buffer.from(this.clientSecret, 'hex'), sha256(actual));
  };
}

/** The library looks first and stores afterwards; two requests at once would both find nothing. */
function refuseReplays(provider: Provider, { pool, clock }: EmrContext): void {
  const detection = provider.ReplayDetection as unknown as {
    unique(issuer: string, jti: string, expires: number): Promise<boolean>;
  };
  detection.unique = async (issuer, jti, expires) => {
    const tenantId = tenantOfCredential(issuer);
    if (tenantId === undefined) return false;
    const expiresAt = new Date(expires * 1000);
    return asTenant(pool, tenantId, (tx) =>
      isFirstUse(tx, { tenantId, clientId: issuer, jtiHash: sha256(jti), expiresAt, now: clock.now() }),
    );
  };
}

function nameTenantInTokens(provider: Provider): void {
  const token = provider.ClientCredentials.prototype as unknown as {
    clientId: string;
    scope: string | undefined;
    generateTokenId(): string;
  };
  const idOfLibrary = token.generateTokenId;
  token.generateTokenId = function generateTokenId() {
    const asked = this.scope?.split(' ').filter((one) => scopes.includes(one)) ?? [];
    // No scope asked for: the default (RFC 6749 §3.3). What is not known is left out, and the answer says what was given.
    this.scope = asked.length > 0 ? asked.join(' ') : defaultScope;
    return `${tenantOfCredential(this.clientId)}.${idOfLibrary.call(this)}`;
  };
}

/** The library builds the expected audience from the Host header, which is the client's to choose and a proxy's to change. */
function expectPublicAudience(provider: Provider): void {
  const oidcContext = provider.OIDCContext.prototype as unknown as { clientJwtAuthExpectedAudience(): Set<string> };
  const audiences = [provider.issuer, `${provider.issuer}/token`];
  oidcContext.clientJwtAuthExpectedAudience = () => new Set(audiences);
}

function adapterFor(name: string, { pool, clock }: EmrContext, keySource: KeySource): Adapter {
  const unused = async (): Promise<never> => {
    throw new Error(`${name} is not kept here`);
  };
  return {
    upsert: async (id, payload, expiresIn = tokenLifetimeSeconds) => {
      const tenantId = tenantOfCredential(id);
      if (name !== 'ClientCredentials' || tenantId === undefined) return unused();
      const { clientId = '', scope } = payload;
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + expiresIn * 1000);
      await asTenant(pool, tenantId, (tx) =>
        insertToken(tx, { tenantId, tokenHash: sha256(id), clientId, payload: { scope }, expiresAt, now }),
      );
    },
    find: async (id) => {
      const tenantId = tenantOfCredential(id);
      if (tenantId === undefined) return undefined;
      if (name === 'ClientCredentials') {
        const token = await asTenant(pool, tenantId, (tx) => findToken(tx, tenantId, sha256(id)));
        return token && { kind: name, jti: id, clientId: token.clientId, exp: token.expiresAt.getTime() / 1000 };
      }
      if (name !== 'Client') return undefined;
      const client = await asTenant(pool, tenantId, (tx) => findActiveClient(tx, tenantId, id));
      if (!client) return undefined;
      const keys = client.jwksUri === null ? usableKeys(client.jwks) : await keySource(client.jwksUri);
      if (client.authMethod === 'private_key_jwt' && keys.length === 0) return undefined;
      return {
        client_id: client.clientId,
        token_endpoint_auth_method: client.authMethod,
        ...(client.secretHash === null ? {} : { client_secret: client.secretHash }),
        ...(client.authMethod === 'private_key_jwt' ? { jwks: { keys } } : {}),
      } as never;
    },
    findByUserCode: unused,
    findByUid: unused,
    consume: unused,
    destroy: async (id) => {
      const tenantId = tenantOfCredential(id);
      if (name !== 'ClientCredentials' || tenantId === undefined) return unused();
      await asTenant(pool, tenantId, (tx) => deleteToken(tx, tenantId, sha256(id)));
    },
    revokeByGrantId: unused,
  };
}
