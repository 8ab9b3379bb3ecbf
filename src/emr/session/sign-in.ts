import { inTransaction } from '../../platform/database/db.ts';
import { randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { verifyPassword } from '../../platform/session/password.ts';
import { secondsToWait } from '../../platform/session/throttle.ts';
import type { EmrContext } from '../context.ts';
import type { SignInRequest } from '../contract/session.ts';
import * as sql from './session.sql.ts';

/** The clinic that a sign-in is for: the one named, or the only one. */
async function tenantOf(context: EmrContext, named: number | undefined): Promise<number> {
  if (named !== undefined) return named;
  const tenants = await sql.listTenants(context.pool);
  if (tenants.length !== 1) throw problem('invalid', 'emr.problem.which-clinic');
  return tenants[0]!.tenantId;
}

/**
 * Checks the password and opens a session; returns the cookie's value, `<tenant id>.<token>`. Unknown name, wrong password, no
 * longer active and service user are one answer (401) that takes one time. After five failures in a row 429 with the seconds.
 */
export async function signIn(context: EmrContext, request: SignInRequest): Promise<string> {
  const { pool, clock } = context;
  const tenantId = await tenantOf(context, request.tenantId);
  const settings = { 'tidegate.tenant_id': String(tenantId) };
  const usernameHash = sha256(request.username.toLowerCase());
  const { failures, user } = await inTransaction(
    pool,
    async (tx) => ({
      failures: await sql.findFailures(tx, tenantId, usernameHash),
      user: await sql.findCredentials(tx, tenantId, request.username),
    }),
    { settings, readOnly: true },
  );
  const seconds = secondsToWait(failures, clock.now());
  if (seconds > 0) throw problem('too-many', 'problem.too-many', { seconds });
  // Outside any transaction: hashing takes tens of milliseconds and would hold a connection.
  const matches = await verifyPassword(user?.passwordHash ?? undefined, request.password);
  const token = randomToken();
  const opened = await inTransaction(
    pool,
    async (tx) => {
      if (!user || !matches || !user.active || user.kind === 'service') {
        await sql.recordFailure(tx, tenantId, usernameHash, clock.now());
        return false;
      }
      await sql.forgetFailures(tx, tenantId, usernameHash);
      await sql.insertSession(tx, tenantId, sha256(token), user.userId, clock.now());
      return true;
    },
    { settings },
  );
  if (!opened) throw problem('unauthenticated', 'problem.bad-credentials');
  return `${tenantId}.${token}`;
}
