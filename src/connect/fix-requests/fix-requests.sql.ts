import type { Db } from '../../platform/database/db.ts';
import type { AskedOffice } from '../contract/fix-requests.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';

export interface StoredFixRequest extends ConnectionKey {
  readonly fixRequestId: string;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly gapIds: readonly string[];
  /** Kept before there were removals, its schedules have no `remove` and no `why`. */
  readonly asked: { readonly user: string | null; readonly offices: readonly AskedOffice[] };
  readonly token: string;
}

export async function insertFixRequest(tx: Db, one: StoredFixRequest): Promise<void> {
  await tx.query(
    `insert into connect.fix_request (site_id, fix_request_id, connection_id, requested_by, requested_at, expires_at, gap_ids, asked, token)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      one.siteId,
      one.fixRequestId,
      one.connectionId,
      one.requestedBy,
      one.requestedAt,
      one.expiresAt,
      one.gapIds,
      JSON.stringify(one.asked),
      one.token,
    ],
  );
}

export interface ListedFixRequest extends StoredFixRequest {
  /** Display name of who requested it. */
  readonly requester: string;
  readonly manageSecurityUrl: string | null;
}

/** The latest first; with an id that one alone. */
export async function listFixRequests(
  db: Db,
  siteId: number,
  { fixRequestId = null, limit }: { readonly fixRequestId?: string | null; readonly limit: number },
): Promise<ListedFixRequest[]> {
  const { rows } = await db.query<ListedFixRequest & Record<string, unknown>>(
    `select r.site_id as "siteId", r.fix_request_id as "fixRequestId", r.connection_id as "connectionId", r.requested_by as "requestedBy",
            r.requested_at as "requestedAt", r.expires_at as "expiresAt", r.gap_ids as "gapIds", r.asked, r.token,
            coalesce(u.display_name, r.requested_by) as requester, e.manage_security_url as "manageSecurityUrl"
       from connect.fix_request r
       left join portal_user u on u.user_id = r.requested_by
       left join connect.emr_state e on e.site_id = r.site_id and e.connection_id = r.connection_id
      where r.site_id = $1 and ($2::text is null or r.fix_request_id = $2)
      order by r.requested_at desc, r.fix_request_id limit $3`,
    [siteId, fixRequestId, limit],
  );
  return rows;
}
