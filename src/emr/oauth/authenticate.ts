import { sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { noteWho } from '../audit/access.ts';
import type { EmrContext } from '../context.ts';
import type { Caller } from './caller.ts';
import { asTenant, tenantOfCredential } from './credential.ts';
import { findUserOfToken } from './oauth.sql.ts';

/**
 * Whom an `Authorization: Bearer …` header speaks for. Client and user are looked up at each request, so taking either away ends
 * access at once. Throws Problem `unauthenticated`, the same for every reason.
 */
export async function authenticate(
  { pool, clock }: Pick<EmrContext, 'pool' | 'clock'>,
  authorization: string | undefined,
): Promise<Caller> {
  const token = /^Bearer ([A-Za-z0-9._~+/-]{1,200})$/i.exec(authorization ?? '')?.[1];
  const tenantId = token === undefined ? undefined : tenantOfCredential(token);
  if (token === undefined || tenantId === undefined) throw problem('unauthenticated', 'fhir.token');
  const user = await asTenant(pool, tenantId, (tx) => findUserOfToken(tx, tenantId, sha256(token), clock.now()));
  if (!user) throw problem('unauthenticated', 'fhir.token');
  noteWho({ tenantId, ...user });
  return { tenantId, ...user };
}
