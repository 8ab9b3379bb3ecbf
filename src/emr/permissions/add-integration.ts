import type { Db } from '../../platform/database/db.ts';
import { newId, randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { AddIntegrationRequest } from '../contract/integrations.ts';
import type { AddedIntegration, IntegrationCredentials } from '../contract/security.ts';
import { isClientAddress, usableKeys } from '../oauth/client-keys.ts';
import { isWithin, knownScopes } from '../oauth/scopes.ts';
import { requireOffices } from '../people/create-user.ts';
import { insertUser, replaceMemberships } from '../people/people.sql.ts';
import { integrationUsername } from '../people/people.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './integrations.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;
type Credential = NonNullable<AddIntegrationRequest['credential']>;

/** Everything that its user may see and do. */
const everything = ['system/*.cruds'];

/** A secret that is made here, keys, or their address. Throws `invalid` with the field, where no key could ever be used. */
export function proofOf(credential: Credential): { readonly proof: sql.NewProof; readonly secret: string | null } {
  if (credential.proof === 'secret') {
    const secret = randomToken();
    return { proof: { secretHash: sha256(secret), jwks: null, jwksUri: null }, secret };
  }
  if (credential.proof === 'address') {
    const { jwksUri } = credential;
    if (!isClientAddress(jwksUri)) throw problem('invalid', 'emr.problem.client-keys', {}, { field: 'jwksUri' });
    return { proof: { secretHash: null, jwks: null, jwksUri }, secret: null };
  }
  const keys = usableKeys(credential.jwks);
  if (keys.length === 0) throw problem('invalid', 'emr.problem.client-keys', {}, { field: 'jwks' });
  return { proof: { secretHash: null, jwks: { keys }, jwksUri: null }, secret: null };
}

function requireScopes(scopes: readonly string[]): void {
  const unknown = scopes.find((scope) => !knownScopes.has(scope) || !isWithin(scope, everything));
  if (unknown !== undefined)
    throw problem('invalid', 'integrations.problem.scope', { scope: unknown }, { field: 'scopes' });
}

function requireReturnAddresses(addresses: readonly string[]): void {
  const bad = addresses.find((address) => !isClientAddress(address));
  if (bad !== undefined)
    throw problem('invalid', 'integrations.problem.return-address', { address: bad }, { field: 'redirectUris' });
}

/** The first integration of a clinic is the portal's, whose user has the name that the published procedure looks for. */
async function insertIntegrationUser(
  tx: Db,
  { tenantId, userId, name }: { readonly tenantId: number; readonly userId: string; readonly name: string },
): Promise<{ readonly username: string; readonly displayName: string }> {
  for (let number = 1; ; number += 1) {
    const username = integrationUsername(tenantId, number);
    const displayName = number === 1 ? username : name;
    if (await insertUser(tx, { tenantId, userId, kind: 'service', username, displayName, passwordHash: null }))
      return { username, displayName };
  }
}

/**
 * *Add integration*: an integration user, its client and its office memberships, and no grant at all. A secret is in the answer and nowhere
 * else; what is stored is its hash. 409 when another application of the clinic has this name.
 */
export function addIntegration(
  context: EmrContext,
  actor: Actor,
  request: AddIntegrationRequest & { readonly credential?: undefined },
  requestId?: string,
): Promise<IntegrationCredentials>;
export function addIntegration(
  context: EmrContext,
  actor: Actor,
  request: AddIntegrationRequest,
  requestId?: string,
): Promise<AddedIntegration>;
export async function addIntegration(
  context: EmrContext,
  actor: Actor,
  { name, officeIds, credential = { proof: 'secret' }, scopes = everything, redirectUris = [] }: AddIntegrationRequest,
  requestId?: string,
): Promise<AddedIntegration> {
  const { tenantId } = actor;
  const userId = newId();
  // The number in front lets the token endpoint find the clinic in the credential itself.
  const clientId = `${tenantId}-${randomToken(12)}`;
  requireScopes(scopes);
  requireReturnAddresses(redirectUris);
  const { proof, secret } = proofOf(credential);
  return asPrincipal(
    context.pool,
    actor,
    async (tx) => {
      await requireOffices(tx, tenantId, officeIds);
      await sql.lockIntegrations(tx, tenantId);
      if (await sql.isNameTaken(tx, tenantId, name))
        throw problem('conflict', 'integrations.problem.name-taken', { name }, { field: 'name' });
      const { username, displayName } = await insertIntegrationUser(tx, { tenantId, userId, name });
      await replaceMemberships(tx, tenantId, userId, officeIds);
      await sql.insertClient(tx, { tenantId, clientId, userId, name, proof, scopes, redirectUris });
      await recordAudit(tx, {
        tenantId,
        userId: actor.userId,
        action: 'add-integration',
        entity: 'user',
        entityId: userId,
        after: { username, clientId, officeIds, proof: credential.proof, scopes, redirectUris },
        requestId,
      });
      return {
        user: { userId, username, displayName, kind: 'service', active: true },
        clientId,
        clientSecret: secret,
        fhirBaseUrl: `${context.publicUrl}/fhir`,
      };
    },
    { scope: 'roster' },
  );
}
