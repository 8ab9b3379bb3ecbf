import { inTransaction } from '../../platform/database/db.ts';
import { newId, randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { absoluteLimitMs, idleLimitMs } from '../../platform/session/limits.ts';
import { verifyPassword } from '../../platform/session/password.ts';
import { secondsToWait } from '../../platform/session/throttle.ts';
import { noteWho } from '../audit/access.ts';
import type { EmrContext } from '../context.ts';
import type { SignInRequest } from '../contract/session.ts';
import * as sql from './session.sql.ts';

const dayMs = 86_400_000;

/** The clinic that a sign-in is for: the one named, or the only one. undefined: there is no such clinic. */
async function findTenant(context: EmrContext, named: number | undefined): Promise<number | undefined> {
  const tenants = await sql.listTenants(context.pool);
  if (named !== undefined) return tenants.find((one) => one.tenantId === named)?.tenantId;
  if (tenants.length !== 1) throw problem('invalid', 'emr.problem.which-clinic');
  return tenants[0]!.tenantId;
}

/**
 * Checks the password and opens a session; returns the cookie's value, `<tenant id>.<token>`. Unknown clinic, unknown name, wrong
 * password, no longer active and service user are one answer (401) that takes one time. After five failures in a row 429 with the
 * seconds, whether or not there is such a user.
 */
export async function signIn(context: EmrContext, request: SignInRequest): Promise<string> {
  const { pool, clock } = context;
  const refused = () => problem('unauthenticated', 'problem.bad-credentials');
  const tenantId = await findTenant(context, request.tenantId);
  if (tenantId === undefined) {
    await verifyPassword(undefined, request.password);
    throw refused();
  }
  // A name that is no user's is not kept: people type their password there.
  noteWho({ tenantId, userId: null });
  const settings = { 'tidegate.tenant_id': String(tenantId) };
  const usernameHash = sha256(request.username.toLowerCase());
  // The attempt counts as a failure from before the password is looked at until it has proved right: a thousand guesses sent at
  // once would otherwise all find a clean record.
  const user = await inTransaction(
    pool,
    async (tx) => {
      const seconds = secondsToWait(await sql.lockFailures(tx, tenantId, usernameHash), clock.now());
      if (seconds > 0) throw problem('too-many', 'problem.too-many', { seconds });
      await sql.recordFailure(tx, tenantId, usernameHash, clock.now());
      return sql.findCredentials(tx, tenantId, request.username);
    },
    { settings },
  );
  // Outside any transaction: hashing takes tens of milliseconds and would hold a connection.
  if (user) noteWho({ tenantId, userId: user.userId });
  const matches = await verifyPassword(user?.passwordHash ?? undefined, request.password);
  if (!user || !matches || !user.active || user.kind === 'service') throw refused();
  const token = randomToken();
  const now = clock.now();
  await inTransaction(
    pool,
    async (tx) => {
      await sql.forgetFailures(tx, tenantId, usernameHash, new Date(now.getTime() - dayMs));
      await sql.deleteEndedSessions(tx, tenantId, {
        createdBy: new Date(now.getTime() - absoluteLimitMs),
        seenBy: new Date(now.getTime() - idleLimitMs),
      });
      await sql.insertSession(tx, { tenantId, sessionId: newId(), tokenHash: sha256(token), userId: user.userId, now });
    },
    { settings },
  );
  return `${tenantId}.${token}`;
}
