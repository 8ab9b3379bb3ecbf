// What an integration proves itself with is replaced: for as long as the administrator says, what was before works beside it, so that nobody
// has to change both sides at one moment.
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { ClientKeys, ClientKeysRequest } from '../contract/integrations.ts';
import type { IntegrationCredentials } from '../contract/security.ts';
import { usableKeys } from '../oauth/client-keys.ts';
import { findUser } from '../people/people.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { proofOf } from './add-integration.ts';
import * as sql from './integrations.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

interface Rotation {
  readonly userId: string;
  readonly proof: sql.NewProof;
  readonly keepHours: number;
  readonly action: string;
  readonly after?: object;
  readonly requestId: string | undefined;
}

/** A revoked client comes back with what is new, and with nothing of before. Throws `not-found` for who is no integration user. */
async function rotate(
  tx: Db,
  { clock }: EmrContext,
  actor: Actor,
  { userId, proof, keepHours, action, after, requestId }: Rotation,
): Promise<{ readonly clientId: string; readonly formerUntil: Date | null }> {
  const { tenantId } = actor;
  const now = clock.now();
  const client = await sql.lockClient(tx, tenantId, userId);
  if (!client) throw problem('not-found', 'problem.not-found');
  const { clientId, active } = client;
  const formerUntil = keepHours > 0 && active ? new Date(now.getTime() + keepHours * 3_600_000) : null;
  await sql.replaceProof(tx, tenantId, clientId, { proof, keepUntil: formerUntil, now });
  if (!formerUntil) await sql.deleteTokensOfClient(tx, tenantId, clientId);
  await recordAudit(tx, {
    tenantId,
    userId: actor.userId,
    action,
    entity: 'user',
    entityId: userId,
    after: { clientId, formerUntil, ...after },
    requestId,
  });
  return { clientId, formerUntil };
}

/** A new secret. Without `keepHours` what was before ends at once, and every token with it. */
export async function replaceCredentials(
  context: EmrContext,
  actor: Actor,
  { userId, keepHours = 0 }: { readonly userId: string; readonly keepHours?: number },
  requestId?: string,
): Promise<IntegrationCredentials> {
  const { proof, secret } = proofOf({ proof: 'secret' });
  return asPrincipal(context.pool, actor, async (tx) => {
    const action = 'replace-credentials';
    const { clientId, formerUntil } = await rotate(tx, context, actor, { userId, proof, keepHours, action, requestId });
    const user = await findUser(tx, actor.tenantId, userId);
    return {
      user: user!,
      clientId,
      clientSecret: secret!,
      fhirBaseUrl: `${context.publicUrl}/fhir`,
      formerUntil: formerUntil?.toISOString() ?? null,
    };
  });
}

/** Public keys, or the address where the client keeps them. `invalid` where no key of the set can be used. */
export async function replaceClientKeys(
  context: EmrContext,
  actor: Actor,
  userId: string,
  { jwks, jwksUri, keepHours }: ClientKeysRequest,
  requestId?: string,
): Promise<ClientKeys> {
  const { proof } = proofOf(jwksUri === undefined ? { proof: 'keys', jwks } : { proof: 'address', jwksUri });
  const keyIds = jwks ? usableKeys(jwks).map(({ kid }) => kid ?? null) : [];
  return asPrincipal(context.pool, actor, async (tx) => {
    const { clientId, formerUntil } = await rotate(tx, context, actor, {
      userId,
      proof,
      keepHours,
      action: 'replace-client-keys',
      after: { keyIds, jwksUri: jwksUri ?? null },
      requestId,
    });
    return { clientId, keyIds, jwksUri: jwksUri ?? null, formerUntil: formerUntil?.toISOString() ?? null };
  });
}
