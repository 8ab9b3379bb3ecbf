import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey, Said } from '../sync/sync.sql.ts';

export const watched = ['Appointment', 'Patient', '$permission-coverage'] as const;
export type Watched = (typeof watched)[number];

export interface Subscribed extends ConnectionKey {
  readonly watches: Watched;
  readonly addressKey: string;
  readonly secretSealed: Buffer;
  readonly emrId: string | null;
  readonly state: 'asked' | 'active' | 'refused';
  /** It was refused, and not so long ago that asking again could be expected to help. */
  readonly isResting: boolean;
}

const columns = `site_id as "siteId", connection_id as "connectionId", watches, address_key as "addressKey", secret_sealed as "secretSealed",
  emr_id as "emrId", state, ask_after > now() as "isResting"`;

export async function listSubscribed(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Subscribed[]> {
  const { rows } = await db.query<Subscribed & Record<string, unknown>>(
    `select ${columns} from connect.subscription where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  return rows;
}

/** What the screens say of a subscription. */
export interface Announcing {
  readonly state: Subscribed['state'];
  readonly heardAt: Date | null;
  readonly problem: Said | null;
}

export async function listAnnouncing(db: Db, { siteId, connectionId }: ConnectionKey): Promise<Announcing[]> {
  const { rows } = await db.query<Announcing & Record<string, unknown>>(
    `select state, heard_at as "heardAt", problem from connect.subscription where site_id = $1 and connection_id = $2 order by watches`,
    [siteId, connectionId],
  );
  return rows;
}

export async function insertSubscribed(tx: Db, one: Omit<Subscribed, 'emrId' | 'state' | 'isResting'>): Promise<void> {
  await tx.query(
    `insert into connect.subscription (site_id, connection_id, watches, address_key, secret_sealed, state)
     values ($1, $2, $3, $4, $5, 'asked')`,
    [one.siteId, one.connectionId, one.watches, one.addressKey, one.secretSealed],
  );
}

/** As the EMR has it now. After each refusal it is left alone for twice as long: ten minutes, twenty, at last a day. */
export async function writeSubscribed(
  tx: Db,
  { siteId, connectionId, watches }: Pick<Subscribed, 'siteId' | 'connectionId' | 'watches'>,
  now: { readonly emrId: string | null; readonly state: Subscribed['state']; readonly problem: Said | null },
): Promise<void> {
  await tx.query(
    `update connect.subscription
        set emr_id = $4, state = $5, problem = $6, checked_at = now(),
            refusals = case when $5 = 'refused' then refusals + 1 else 0 end,
            ask_after = case when $5 = 'refused' then now() + least(interval '1 day', interval '10 minutes' * 2 ^ least(refusals, 10))
                             else '-infinity' end
      where site_id = $1 and connection_id = $2 and watches = $3`,
    [siteId, connectionId, watches, now.emrId, now.state, now.problem && JSON.stringify(now.problem)],
  );
}

/** What was asked of another EMR, or under an address that is none any more. */
export async function forgetSubscribed(
  tx: Db,
  { siteId, connectionId }: ConnectionKey,
  watches?: Watched,
): Promise<void> {
  await tx.query(
    'delete from connect.subscription where site_id = $1 and connection_id = $2 and ($3::text is null or watches = $3)',
    [siteId, connectionId, watches ?? null],
  );
}

/** In a transaction that names the key (`tidegate.announcement`): whose address it is. */
export async function findByKey(db: Db, addressKey: string): Promise<Subscribed | undefined> {
  const { rows } = await db.query<Subscribed & Record<string, unknown>>(
    `select ${columns} from connect.subscription where address_key = $1`,
    [addressKey],
  );
  return rows[0];
}

/**
 * Notes an announcement. new: it had not come. again: its sender sent it anew, under a later time. replay: somebody repeats what was
 * already here.
 */
export async function noteAnnouncement(
  tx: Db,
  { siteId, connectionId, watches }: Subscribed,
  {
    webhookId,
    signedAt,
    forgottenMs,
  }: { readonly webhookId: string; readonly signedAt: Date; readonly forgottenMs: number },
): Promise<'new' | 'again' | 'replay'> {
  const key = [siteId, connectionId, watches];
  await tx.query(
    `delete from connect.announcement where site_id = $1 and connection_id = $2 and watches = $3
        and signed_at < now() - $4 * interval '1 millisecond'`,
    [...key, forgottenMs],
  );
  const { rows } = await tx.query<{ made: boolean }>(
    `insert into connect.announcement as known (site_id, connection_id, watches, webhook_id, signed_at) values ($1, $2, $3, $4, $5)
     on conflict (site_id, connection_id, watches, webhook_id) do update set signed_at = excluded.signed_at
      where known.signed_at < excluded.signed_at
     returning xmax = 0 as made`,
    [...key, webhookId, signedAt],
  );
  await tx.query(
    'update connect.subscription set heard_at = now() where site_id = $1 and connection_id = $2 and watches = $3',
    key,
  );
  return rows[0] === undefined ? 'replay' : rows[0].made ? 'new' : 'again';
}
