import type { Db } from '../../platform/database/db.ts';
import type { ListedUser } from '../contract/security.ts';
import type { UserKind } from '../contract/session.ts';
import type { OfficeRole, SecurityUser } from '../contract/users.ts';

/** Sessions that began and were seen after these instants are still open. */
export interface OpenSince {
  readonly createdAfter: Date;
  readonly seenAfter: Date;
}

/** Everybody, the integration user first: that is whom people come here for. Needs the roster's scope for the names of offices. */
export async function listSecurityUsers(db: Db, tenantId: number, open: OpenSince): Promise<SecurityUser[]> {
  const { rows } = await db.query<SecurityUser>(
    `select u.user_id as "userId", u.username, u.display_name as "displayName", u.kind, u.active,
            coalesce(m.offices, '[]') as offices, coalesce(s.sessions, 0) as sessions, f.user_id is not null as "secondFactor"
       from app_user u
       left join (select m.user_id, json_agg(json_build_object('officeId', m.office_id, 'name', o.name, 'role', m.role)
                                             order by lower(o.name), o.office_id) as offices
                    from office_membership m
                    join office o on o.tenant_id = m.tenant_id and o.office_id = m.office_id
                   where m.tenant_id = $1
                   group by m.user_id) m on m.user_id = u.user_id
       left join (select user_id, count(*)::integer as sessions from user_session
                   where tenant_id = $1 and created_at > $2 and last_seen_at > $3 and next is null
                   group by user_id) s on s.user_id = u.user_id
       left join second_factor f on f.tenant_id = u.tenant_id and f.user_id = u.user_id
      where u.tenant_id = $1
      order by u.kind <> 'service', lower(u.display_name), u.user_id`,
    [tenantId, open.createdAfter, open.seenAfter],
  );
  return rows;
}

/** Whoever makes or unmakes an administrator of a clinic takes turns until the transaction ends: two could else unmake each other. */
export async function lockAdministrators(db: Db, tenantId: number): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`administrators ${tenantId}`]);
}

/** Whether another active administrator is left without this user. */
export async function hasOtherAdministrator(db: Db, tenantId: number, userId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from app_user where tenant_id = $1 and user_id <> $2 and kind = 'administrator' and active limit 1`,
    [tenantId, userId],
  );
  return rowCount === 1;
}

/** Locks the user's row: changes of one user take turns. */
export async function lockUser(db: Db, tenantId: number, userId: string): Promise<ListedUser | undefined> {
  const { rows } = await db.query<ListedUser>(
    `select user_id as "userId", username, display_name as "displayName", kind, active
       from app_user where tenant_id = $1 and user_id = $2 for update`,
    [tenantId, userId],
  );
  return rows[0];
}

export interface UserFields {
  readonly displayName?: string | undefined;
  readonly kind?: UserKind | undefined;
  readonly active?: boolean | undefined;
  readonly passwordHash?: string | undefined;
}

/** Writes the fields that are there. */
export async function updateUser(db: Db, tenantId: number, userId: string, fields: UserFields): Promise<void> {
  await db.query(
    `update app_user
        set display_name = coalesce($3, display_name), kind = coalesce($4, kind), active = coalesce($5, active),
            password_hash = coalesce($6, password_hash)
      where tenant_id = $1 and user_id = $2`,
    [tenantId, userId, fields.displayName, fields.kind, fields.active, fields.passwordHash],
  );
}

/** Ends every session of a user; how many there were. */
export async function deleteSessionsOf(db: Db, tenantId: number, userId: string): Promise<number> {
  const { rowCount } = await db.query('delete from session where tenant_id = $1 and user_id = $2', [tenantId, userId]);
  return rowCount ?? 0;
}

/** Ends every access token of a user's clients. */
export async function deleteTokensOf(db: Db, tenantId: number, userId: string): Promise<void> {
  await db.query(
    `delete from oauth_token t using oauth_client c
      where t.tenant_id = $1 and c.tenant_id = t.tenant_id and c.client_id = t.client_id and c.user_id = $2`,
    [tenantId, userId],
  );
}

export interface OfficeMembership {
  readonly officeId: string;
  readonly role: OfficeRole;
}

export async function listOfficeRoles(db: Db, tenantId: number, userId: string): Promise<OfficeMembership[]> {
  const { rows } = await db.query<OfficeMembership>(
    `select office_id as "officeId", role from office_membership where tenant_id = $1 and user_id = $2 order by office_id`,
    [tenantId, userId],
  );
  return rows;
}

/** Sets roles at offices; a role of null ends the membership. */
export async function setOfficeRoles(
  db: Db,
  tenantId: number,
  userId: string,
  roles: readonly { readonly officeId: string; readonly role: OfficeRole | null }[],
): Promise<void> {
  const kept = roles.filter(({ role }) => role !== null);
  const left = roles.filter(({ role }) => role === null);
  await db.query('delete from office_membership where tenant_id = $1 and user_id = $2 and office_id = any ($3)', [
    tenantId,
    userId,
    left.map(({ officeId }) => officeId),
  ]);
  await db.query(
    `insert into office_membership (tenant_id, user_id, office_id, role)
     select $1, $2, office_id, role from unnest($3::text[], $4::text[]) as wanted (office_id, role)
     on conflict (tenant_id, user_id, office_id) do update set role = excluded.role`,
    [tenantId, userId, kept.map(({ officeId }) => officeId), kept.map(({ role }) => role)],
  );
}
