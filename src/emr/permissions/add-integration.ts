import { newId, randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type {
  AddIntegrationRequest,
  ClientKeys,
  ClientKeysRequest,
  IntegrationCredentials,
} from '../contract/security.ts';
import { isKeyAddress, usableKeys } from '../oauth/client-keys.ts';
import { requireOffices } from '../people/create-user.ts';
import { findUser, insertUser, replaceMemberships } from '../people/people.sql.ts';
import { integrationUsername } from '../people/people.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { insertClient, replaceKeys, replaceSecret } from './integration.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/**
 * *Add integration*: the service user, its client credentials and its office memberships, and no grant at all. The secret is in the
 * answer and nowhere else; what is stored is its hash. 409 when the clinic has its integration user already.
 */
export async function addIntegration(
  context: EmrContext,
  actor: Actor,
  { name, officeIds }: AddIntegrationRequest,
  requestId?: string,
): Promise<IntegrationCredentials> {
  const { tenantId } = actor;
  const username = integrationUsername(tenantId);
  const userId = newId();
  // The number in front lets the token endpoint find the clinic in the credential itself.
  const clientId = `${tenantId}-${randomToken(12)}`;
  const clientSecret = randomToken();
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await requireOffices(tx, tenantId, officeIds);
      const made = await insertUser(tx, {
        tenantId,
        userId,
        kind: 'service',
        username,
        displayName: username,
        passwordHash: null,
      });
      if (!made) throw problem('conflict', 'emr.problem.integration-there', { username });
      await replaceMemberships(tx, tenantId, userId, officeIds);
      await insertClient(tx, { tenantId, clientId, userId, name, secretHash: sha256(clientSecret) });
      await recordAudit(tx, {
        tenantId,
        userId: actor.userId,
        action: 'add-integration',
        entity: 'user',
        entityId: userId,
        after: { username, clientId, officeIds },
        requestId,
      });
      return {
        user: { userId, username, displayName: username, kind: 'service', active: true },
        clientId,
        clientSecret,
        fhirBaseUrl: `${context.publicUrl}/fhir`,
      };
    },
    { scope: 'roster' },
  );
}

/** A new secret for the integration user's client; the old one and every token got with it end at once. */
export async function replaceCredentials(
  context: EmrContext,
  actor: Actor,
  userId: string,
  requestId?: string,
): Promise<IntegrationCredentials> {
  const { tenantId } = actor;
  const clientSecret = randomToken();
  return asPrincipal(context.pool, actor, async (tx) => {
    const clientId = await replaceSecret(tx, tenantId, userId, sha256(clientSecret));
    const user = await findUser(tx, tenantId, userId);
    if (!user || clientId === undefined) throw problem('not-found', 'problem.not-found');
    await recordAudit(tx, {
      tenantId,
      userId: actor.userId,
      action: 'replace-credentials',
      entity: 'user',
      entityId: userId,
      after: { clientId },
      requestId,
    });
    return { user, clientId, clientSecret, fhirBaseUrl: `${context.publicUrl}/fhir` };
  });
}

/**
 * Public keys, or the address where the client keeps them, in place of the secret or of the keys before; what it proved itself with
 * until now and every token got with it end at once. `invalid` where no key of the set can be used.
 */
export async function replaceClientKeys(
  context: EmrContext,
  actor: Actor,
  userId: string,
  { jwks, jwksUri }: ClientKeysRequest,
  requestId?: string,
): Promise<ClientKeys> {
  const keys = jwks ? usableKeys(jwks) : [];
  if (jwksUri === undefined ? keys.length === 0 : !isKeyAddress(jwksUri)) {
    throw problem('invalid', 'emr.problem.client-keys', {}, { field: jwksUri === undefined ? 'jwks' : 'jwksUri' });
  }
  const { tenantId } = actor;
  return asPrincipal(context.pool, actor, async (tx) => {
    const stored = jwksUri === undefined ? { jwks: { keys }, jwksUri: null } : { jwks: null, jwksUri };
    const clientId = await replaceKeys(tx, tenantId, userId, stored);
    if (clientId === undefined) throw problem('not-found', 'problem.not-found');
    await recordAudit(tx, {
      tenantId,
      userId: actor.userId,
      action: 'replace-client-keys',
      entity: 'user',
      entityId: userId,
      after: { clientId, keyIds: keys.map(({ kid }) => kid ?? null), jwksUri: jwksUri ?? null },
      requestId,
    });
    return { clientId, keyIds: keys.map(({ kid }) => kid ?? null), jwksUri: jwksUri ?? null };
  });
}
