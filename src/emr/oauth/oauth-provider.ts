// oidc-provider, cut down to what clients of an EMR need: the token endpoint with client credentials, and the authorization code with PKCE
// for an application that an administrator approves. What it leaves to us: where clients, tokens and codes are kept (oauth-adapter.ts), how a
// secret is compared, how far ahead an assertion may expire, that an assertion is used once even when two requests bring it at the same
// moment, and who may approve (approve-access.ts).
import { generateKeyPairSync, hkdfSync, timingSafeEqual } from 'node:crypto';
import { errors, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { sha256 } from '../../platform/ids.ts';
import type { EmrContext } from '../context.ts';
import { createKeySource } from './client-keys.ts';
import { asTenant, tenantOfCredential } from './credential.ts';
import { findActiveClient, isFirstUse } from './oauth.sql.ts';
import { adapterFor } from './oauth-adapter.ts';
import { recordTokens } from './record-tokens.ts';
import { isWithin, knownScopes } from './scopes.ts';
import { clientAuthMethods, defaultScope, signingAlgorithms } from './smart-configuration.ts';

export const tokenLifetimeSeconds = 300;
/** RFC 6749 §4.1.2 wants it short: the application exchanges it at once. */
const codeLifetimeSeconds = 60;
/** An administrator may have to find his authenticator app first. */
const requestLifetimeSeconds = 900;
/** SMART Backend Services: an assertion expires at most five minutes after it was made. */
const assertionLifetimeSeconds = 300;
const clockToleranceSeconds = 15;

/** What names the request that waits for this browser's administrator. A name of its own: cookies do not know ports. */
export const requestCookie = 'tidegate_emr_request';
/** The page *Approve third-party access*. */
export const approvalPath = (requestId: string): string => `/third-party-access/${requestId}`;

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
    extraClientMetadata: { properties: ['registered', 'allowed'] },
    responseTypes: ['code'],
    scopes: [...knownScopes],
    clockTolerance: clockToleranceSeconds,
    routes: { authorization: '/authorize', revocation: '/revoke' },
    ttl: {
      ClientCredentials: tokenLifetimeSeconds,
      AccessToken: tokenLifetimeSeconds,
      AuthorizationCode: codeLifetimeSeconds,
      Interaction: requestLifetimeSeconds,
      Session: requestLifetimeSeconds,
    },
    pkce: { required: () => true },
    interactions: {
      policy: alwaysAsked(),
      url: (_ctx, interaction) => approvalPath(interaction.uid),
    },
    extraParams: { aud: (ctx, aud, client) => assertAsked(context, ctx, aud, client) },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    expiresWithSession: () => false,
    issueRefreshToken: () => false,
    // Nothing is signed: what the library wants is made at start and forgotten.
    jwks: { keys: [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as never] },
    cookies: {
      // The same for every process of this EMR, and after a restart.
      keys: [Buffer.from(hkdfSync('sha256', context.sealingKey, '', 'cookies of oauth', 32)).toString('hex')],
      names: { session: 'tidegate_emr_oauth', interaction: requestCookie, resume: 'tidegate_emr_resume' },
      short: { httpOnly: true, sameSite: 'lax', path: '/' },
    },
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
    renderError: (ctx, out) => renderProblem(ctx, out),
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
  giveWhatIsAllowed(provider);
  nameTenants(provider);
  keepNoSession(provider, context);
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
    const given = sha256(actual);
    // After a rotation two are good for a while.
    return this.clientSecret.split('.').some((one) => timingSafeEqual(Buffer.from(one, 'hex'), given));
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

/** No answer of an earlier day counts: an administrator who is signed in sees the page, each time, and decides. */
function alwaysAsked(): interactionPolicy.DefaultPolicy {
  const { base, Check, Prompt } = interactionPolicy;
  const policy = base();
  policy.clear();
  const approved = ({ oidc }: KoaContextWithOIDC) =>
    oidc.result?.login !== undefined && oidc.result.consent !== undefined;
  policy.add(
    new Prompt(
      { name: 'consent', requestable: true },
      new Check('not_approved', 'an EMR administrator has to approve', 'consent_required', (ctx) => !approved(ctx)),
    ),
  );
  return policy;
}

/** The FHIR server that a token is for can only be this one (SMART App Launch), and what is asked for something that may be approved. */
function assertAsked(context: EmrContext, ctx: KoaContextWithOIDC, aud: unknown, client: object): void {
  if (aud !== undefined && aud !== `${context.publicUrl}/fhir`)
    throw new errors.InvalidRequest(`aud must be ${context.publicUrl}/fhir`);
  const asked = String(ctx.oidc.params?.['scope'] ?? '');
  const { registered } = client as ClientOfOurs;
  const known = asked.split(' ').filter((scope) => knownScopes.has(scope) && isWithin(scope, registered.split(' ')));
  if (known.length === 0) throw new errors.InvalidScope(`ask for some of ${registered}`, asked);
  ctx.oidc.params!['scope'] = known.join(' ');
}

/** What the adapter adds to a client of the library's: scopes with a space between. */
interface ClientOfOurs {
  readonly clientId: string;
  readonly registered: string;
  /** Empty: no administrator has approved it, or he took that back. */
  readonly allowed: string;
}

/** A browser is told on a page of ours, a program in JSON. */
function renderProblem(ctx: KoaContextWithOIDC, out: object): void {
  const asked = ctx.oidc.route === 'authorization' || ctx.oidc.route === 'resume';
  if (asked && ctx.accepts('json', 'html') === 'html') {
    const { error } = out as { readonly error?: string };
    ctx.status = 303;
    ctx.redirect(`${approvalPath('refused')}?${new URLSearchParams({ problem: String(error) })}`);
    return;
  }
  ctx.type = 'json';
  ctx.body = out;
}

interface OfTenant {
  readonly clientId: string;
  generateTokenId(): string;
}

/** Tokens and codes begin with the number of the clinic, as client ids do. */
function nameTenants({ ClientCredentials, AccessToken, AuthorizationCode }: Provider): void {
  for (const { prototype } of [ClientCredentials, AccessToken, AuthorizationCode]) {
    const token = prototype as unknown as OfTenant;
    const idOfLibrary = token.generateTokenId;
    token.generateTokenId = function generateTokenId() {
      return `${tenantOfCredential(this.clientId)}.${idOfLibrary.call(this)}`;
    };
  }
}

/**
 * Client credentials: of what is asked for that which is registered, or approved where that is needed. What is not among it is left out, and
 * the answer says what was given (RFC 6749 §3.3); nothing left is refused.
 */
function giveWhatIsAllowed({ ClientCredentials }: Provider): void {
  const token = ClientCredentials.prototype as unknown as {
    readonly client: ClientOfOurs;
    scope: string | undefined;
    save(): Promise<string>;
  };
  const saveOfLibrary = token.save;
  token.save = async function save() {
    const { allowed } = this.client;
    if (allowed === '') throw new errors.UnauthorizedClient('no EMR administrator has approved this application');
    const may = allowed.split(' ');
    const asked = this.scope?.split(' ') ?? (isWithin(defaultScope, may) ? [defaultScope] : may);
    const given = asked.filter((scope) => knownScopes.has(scope) && isWithin(scope, may));
    if (given.length === 0) throw new errors.InvalidScope(`ask for some of ${allowed}`, asked.join(' '));
    this.scope = given.join(' ');
    return saveOfLibrary.call(this);
  };
}

/** The library's own session is kept nowhere, so its cookie would name nothing. What it sets goes by https where the EMR does. */
function keepNoSession(provider: Provider, { publicUrl }: EmrContext): void {
  provider.use(async (ctx, next) => {
    ctx.cookies.secure = publicUrl.startsWith('https:');
    await next();
    const set = ctx.response.get('set-cookie') as unknown as string | readonly string[];
    if (!Array.isArray(set)) return;
    ctx.set(
      'set-cookie',
      set.filter((one) => !one.startsWith(provider.cookieName('session'))),
    );
  });
}

/** The library builds the expected audience from the Host header, which is the client's to choose and a proxy's to change. */
function expectPublicAudience(provider: Provider): void {
  const oidcContext = provider.OIDCContext.prototype as unknown as { clientJwtAuthExpectedAudience(): Set<string> };
  const audiences = [provider.issuer, `${provider.issuer}/token`];
  oidcContext.clientJwtAuthExpectedAudience = () => new Set(audiences);
}
