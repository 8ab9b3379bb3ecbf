import type { Db } from './db.ts';

interface RoleFacts {
  readonly role: string;
  readonly superuser: string | null;
  readonly bypassing: string | null;
  readonly owner: string | null;
  readonly owned: string | null;
}

/**
 * Refuses to run on a role that row-level security does not bind. A superuser and a BYPASSRLS role see every row, the
 * owner of a table can switch its policies off, and a member of any of them can become it (`set role`).
 * `name` is the setting or service that the connection belongs to, for the error's sentence.
 */
export async function checkRuntimeRole(db: Db, name: string): Promise<void> {
  const { rows } = await db.query<RoleFacts & Record<string, unknown>>(`
    with reachable as (
      select r.oid, r.rolname, r.rolsuper, r.rolbypassrls
      from pg_roles r
      where pg_has_role(session_user, r.oid, 'member') or pg_has_role(current_user, r.oid, 'member')
    )
    select
      current_user::text as role,
      -- A superuser is a member of every role: name it itself, not whom it could become.
      (select min(rolname)::text from reachable where rolsuper and (rolname = current_user or not exists
        (select from reachable own where own.rolname = current_user and own.rolsuper))) as superuser,
      (select min(rolname)::text from reachable where rolbypassrls) as bypassing,
      owned.owner,
      owned.owned
    from (select 1) one
    left join lateral (
      select r.rolname::text as owner, c.oid::regclass::text as owned
      from pg_class c
      join reachable r on r.oid = c.relowner
      join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
      order by 2
      limit 1
    ) owned on true`);
  const facts = rows[0]!;
  const as = (other: string) => (other === facts.role ? '' : `, as a member of "${other}"`);
  const refuse = (why: string) => {
    throw new Error(
      `${name}: the database role "${facts.role}" ${why}; row-level security would not bind it. ` +
        'Use a login role that owns nothing, without SUPERUSER and BYPASSRLS.',
    );
  };
  if (facts.superuser !== null) refuse(`is a superuser${as(facts.superuser)}`);
  if (facts.bypassing !== null) refuse(`has BYPASSRLS${as(facts.bypassing)}`);
  if (facts.owner !== null) refuse(`owns the table ${facts.owned}${as(facts.owner)}`);
}
