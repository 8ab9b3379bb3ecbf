// Statements about subscriptions and the queue of what they have to be told. A claim is one guarded update with a lease; whoever writes
// of a claim later names its owner, so that a worker who comes back from a standstill changes nothing that another does now.
import type { Db } from '../../platform/database/db.ts';
import type { Caller } from '../oauth/caller.ts';
import { allows } from '../oauth/scopes.ts';
import type { NamedSubscription } from './subscription-body.ts';

type Owner = Pick<Caller, 'tenantId' | 'userId' | 'clientId'>;

export interface StoredSubscription
  extends Pick<NamedSubscription, 'off' | 'reason' | 'criteria' | 'endpoint' | 'impactEndpoint' | 'content' | 'endAt'> {
  readonly watches: string;
}

/** status, reason, criteria, watches, endpoint, content, end_at, secret_sealed, impact_endpoint. */
const asStored = (one: StoredSubscription & { readonly secretSealed: Buffer | null }): unknown[] => [
  one.off ? 'off' : 'requested',
  one.reason,
  one.criteria,
  one.watches,
  one.endpoint,
  one.content,
  one.endAt,
  one.secretSealed,
  one.impactEndpoint,
];

export async function countWaiting(db: Db, { tenantId, userId }: Owner): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*) as count from subscription where tenant_id = $1 and user_id = $2 and status <> 'off'`,
    [tenantId, userId],
  );
  return rows[0]!.count;
}

export async function insertSubscription(
  db: Db,
  { tenantId, userId, clientId }: Owner,
  subscriptionId: string,
  one: StoredSubscription & { readonly secretSealed: Buffer },
): Promise<void> {
  await db.query(
    `insert into subscription (tenant_id, subscription_id, user_id, client_id, status, reason, criteria, watches, endpoint, content, end_at,
                               secret_sealed, impact_endpoint)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [tenantId, subscriptionId, userId, clientId, ...asStored(one)],
  );
  await hint(db);
}

/** Holds it still until the transaction ends; its version. undefined: the user has no such subscription. */
export async function lockSubscription(
  db: Db,
  { tenantId, userId }: Owner,
  subscriptionId: string,
): Promise<number | undefined> {
  const { rows } = await db.query<{ version: number }>(
    `select version_id as version from subscription where tenant_id = $1 and user_id = $2 and subscription_id = $3 for update`,
    [tenantId, userId, subscriptionId],
  );
  return rows[0]?.version;
}

/** Asks for it anew: whatever it was, its address is tried again. What waits to be told stays, if it is of the same type. */
export async function updateSubscription(
  db: Db,
  { tenantId, clientId }: Owner,
  subscriptionId: string,
  one: StoredSubscription & { readonly secretSealed: Buffer | null },
): Promise<number> {
  await db.query(
    `delete from subscription_change c using subscription s
      where c.tenant_id = $1 and c.subscription_id = $2 and s.tenant_id = c.tenant_id and s.subscription_id = c.subscription_id
        and (s.watches <> $3 or $4)`,
    [tenantId, subscriptionId, one.watches, one.off],
  );
  const { rows } = await db.query<{ version: number }>(
    `update subscription
        set client_id = $3, status = $4, reason = $5, criteria = $6, watches = $7, endpoint = $8, content = $9, end_at = $10,
            secret_sealed = coalesce($11, secret_sealed), impact_endpoint = $12, problem = null, failures = 0, due_at = now(), claimed_by = null, leased_until = null,
            version_id = version_id + 1, last_updated = clock_timestamp()
      where tenant_id = $1 and subscription_id = $2 returning version_id as version`,
    [tenantId, subscriptionId, clientId, ...asStored(one)],
  );
  await hint(db);
  return rows[0]!.version;
}

export async function deleteSubscription(db: Db, { tenantId }: Owner, subscriptionId: string): Promise<void> {
  await db.query('delete from subscription where tenant_id = $1 and subscription_id = $2', [tenantId, subscriptionId]);
}

/** The channel of hints. */
export const hints = 'subscription_change';
const hint = (db: Db) => db.query(`select pg_notify('${hints}', '')`);

/**
 * Ends those whose time is over, or whose client or user is, or whose approval is gone or in force without a scope to search what they
 * watch: nobody is told in the name of somebody who may not ask any more.
 */
export async function endSubscriptions(db: Db, tenantId: number): Promise<void> {
  const unapproved = await listUnapproved(db, tenantId);
  await db.query(
    `with ended as (
       update subscription s
          set status = 'off', problem = case when s.end_at <= now() then null else 'client-ended' end, claimed_by = null, leased_until = null,
              version_id = s.version_id + 1, last_updated = clock_timestamp()
         from oauth_client c, app_user u
        where s.tenant_id = $1 and s.status <> 'off' and c.tenant_id = s.tenant_id and c.client_id = s.client_id
          and u.tenant_id = s.tenant_id and u.user_id = s.user_id
          and (s.end_at <= now() or not c.active or not u.active or s.subscription_id = any($2::text[]))
       returning s.subscription_id)
     delete from subscription_change q using ended e where q.tenant_id = $1 and q.subscription_id = e.subscription_id`,
    [tenantId, unapproved],
  );
}

/** Of clients that need an approval: those that the one in force, if there is one, does not carry. An approval may replace a wider one. */
async function listUnapproved(db: Db, tenantId: number): Promise<string[]> {
  const { rows } = await db.query<{ subscriptionId: string; watches: string; scopes: string[] | null }>(
    `select s.subscription_id as "subscriptionId", s.watches, a.scopes
       from subscription s
       join oauth_client c on c.tenant_id = s.tenant_id and c.client_id = s.client_id and c.redirect_uris <> '{}'
       left join oauth_approval a on a.tenant_id = c.tenant_id and a.client_id = c.client_id and a.ended_at is null
      where s.tenant_id = $1 and s.status <> 'off'`,
    [tenantId],
  );
  return rows
    .filter(({ watches, scopes }) => !scopes || (watches !== 'permissions' && !allows(scopes, watches, 's')))
    .map(({ subscriptionId }) => subscriptionId);
}

export interface ClaimedSubscription {
  readonly tenantId: number;
  readonly subscriptionId: string;
  readonly userId: string;
  readonly status: 'requested' | 'active' | 'error';
  readonly criteria: string;
  readonly endpoint: string;
  readonly content: NamedSubscription['content'];
  readonly secretSealed: Buffer;
  readonly failures: number;
  readonly notified: number;
  /** Of the user, now. */
  readonly permissionVersion: string;
}

/** One that has something to tell, or has never told anything; it belongs to `owner` until the lease is over. */
export async function claimSubscription(
  db: Db,
  tenantId: number,
  owner: string,
  leaseMs: number,
): Promise<ClaimedSubscription | undefined> {
  const { rows } = await db.query<ClaimedSubscription>(
    `with due as (
       select s.subscription_id from subscription s
        where s.tenant_id = $1 and s.status <> 'off' and s.due_at <= now() and coalesce(s.leased_until <= now(), true)
          and (s.status = 'requested'
               or (s.watches = 'permissions'
                   and s.permission_version is distinct from permission_version(s.tenant_id, s.user_id))
               or exists (select from subscription_change c
                           where c.tenant_id = s.tenant_id and c.subscription_id = s.subscription_id))
        order by s.due_at limit 1 for update skip locked)
     update subscription s
        set claimed_by = $2, leased_until = now() + $3 * interval '1 millisecond'
       from due where s.tenant_id = $1 and s.subscription_id = due.subscription_id
     returning s.tenant_id as "tenantId", s.subscription_id as "subscriptionId", s.user_id as "userId", s.status, s.criteria, s.endpoint,
               s.content, s.secret_sealed as "secretSealed", s.failures, s.notified,
               permission_version(s.tenant_id, s.user_id) as "permissionVersion"`,
    [tenantId, owner, leaseMs],
  );
  return rows[0];
}

export interface QueuedChange {
  readonly resourceId: string;
  readonly number: string;
  readonly deleted: boolean;
  readonly queuedAt: Date;
}

/** The oldest, as many as one notification names. */
export async function listChanges(
  db: Db,
  { tenantId, subscriptionId }: ClaimedSubscription,
  limit: number,
): Promise<QueuedChange[]> {
  const { rows } = await db.query<QueuedChange>(
    `select resource_id as "resourceId", number::text, deleted, queued_at as "queuedAt" from subscription_change
      where tenant_id = $1 and subscription_id = $2 order by number limit $3`,
    [tenantId, subscriptionId, limit],
  );
  return rows;
}

/** False where it is another's by now: then nothing is written. */
export async function finishTold(
  db: Db,
  { tenantId, subscriptionId, status, permissionVersion }: ClaimedSubscription,
  owner: string,
  { changes, sent }: { readonly changes: readonly QueuedChange[]; readonly sent: boolean },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update subscription
        set status = case when $5 then 'active' else status end, problem = case when $5 then null else problem end,
            failures = case when $5 then 0 else failures end, notified = notified + $5::integer,
            permission_version = $4, due_at = now(), claimed_by = null, leased_until = null,
            version_id = version_id + ($5 and $6 <> 'active')::integer,
            last_updated = case when $5 and $6 <> 'active' then clock_timestamp() else last_updated end
      where tenant_id = $1 and subscription_id = $2 and claimed_by = $3`,
    [tenantId, subscriptionId, owner, permissionVersion, sent, status],
  );
  if (rowCount !== 1) return false;
  // What changed again meanwhile has another number and stays.
  await db.query(
    `delete from subscription_change c using unnest($3::text[], $4::bigint[]) told (resource_id, number)
      where c.tenant_id = $1 and c.subscription_id = $2 and c.resource_id = told.resource_id and c.number = told.number`,
    [tenantId, subscriptionId, changes.map(({ resourceId }) => resourceId), changes.map(({ number }) => number)],
  );
  return true;
}

/** It is tried again after the wait; with `off` never again, and what waits is let go. */
export async function finishFailed(
  db: Db,
  { tenantId, subscriptionId, status }: ClaimedSubscription,
  owner: string,
  { problem, waitMs, off }: { readonly problem: string; readonly waitMs: number; readonly off: boolean },
): Promise<void> {
  const { rowCount } = await db.query(
    `update subscription
        set status = $4, problem = $5, failures = failures + 1, due_at = now() + $6 * interval '1 millisecond', claimed_by = null,
            leased_until = null, version_id = version_id + ($7 <> $4)::integer,
            last_updated = case when $7 <> $4 then clock_timestamp() else last_updated end
      where tenant_id = $1 and subscription_id = $2 and claimed_by = $3`,
    [tenantId, subscriptionId, owner, off ? 'off' : 'error', problem, waitMs, status],
  );
  if (rowCount !== 1 || !off) return;
  await db.query('delete from subscription_change where tenant_id = $1 and subscription_id = $2', [
    tenantId,
    subscriptionId,
  ]);
}

export interface ImpactAddress {
  readonly subscriptionId: string;
  readonly endpoint: string;
  readonly secretSealed: Buffer;
}

/** Where the client of this user is asked; of several the youngest. undefined: nowhere. */
export async function findImpactAddress(
  db: Db,
  { tenantId, userId }: Pick<Owner, 'tenantId' | 'userId'>,
): Promise<ImpactAddress | undefined> {
  const { rows } = await db.query<ImpactAddress>(
    `select s.subscription_id as "subscriptionId", s.impact_endpoint as endpoint, s.secret_sealed as "secretSealed"
       from subscription s
       join oauth_client c on c.tenant_id = s.tenant_id and c.client_id = s.client_id and c.active
      where s.tenant_id = $1 and s.user_id = $2 and s.status <> 'off' and s.impact_endpoint is not null
        and (s.end_at is null or s.end_at > now())
      order by s.last_updated desc, s.subscription_id limit 1`,
    [tenantId, userId],
  );
  return rows[0];
}
