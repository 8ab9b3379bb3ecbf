// The two walls, each taken away, and the faults that are planted in the one that is left. All as SQL on the test's own database;
// what a fault replaces is read from the database first and put back as it was.
import type { Pool } from '../../src/platform/database/db.ts';

/** Only held_grant is left: row-level security is switched off on every table. */
export const withoutRowSecurity = `
  do $$ declare t text; begin
    for t in select relname from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity loop
      execute format('alter table %I disable row level security', t);
    end loop;
  end $$`;

const openView = (condition = 'true') => `
  create or replace view held_grant with (security_invoker = true) as
  select 7001 as tenant_id, 'service'::text collate "C" as user_id, o.id collate "C" as office_id, p.id collate "C" as provider_id,
         63::smallint as columns
    from (values ('north'), ('south')) o (id) cross join (values ('abel'), ('baker')) p (id)
   where ${condition}`;

/** Only row-level security is left: the first wall says yes to everything. */
export const withoutHeldGrant = openView();

const heldGrant = (columns: string, from: string, where: string) => `
  create or replace view held_grant with (security_invoker = true) as
  select distinct g.tenant_id, g.user_id, ${columns}
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
    ${from}
   where ${where}`;

const visible = '(g.columns & 32) = 32';
const notLapsed = '(g.access_until is null or g.access_until > now())';
const ofSamePair = 'g.office_id, g.provider_id, g.columns';

/** In the first wall, row-level security being off. */
export const faultsOfHeldGrant: Readonly<Record<string, string>> = {
  'office ignored': heldGrant(
    's.office_id, g.provider_id, g.columns',
    'join provider_schedule s on s.tenant_id = g.tenant_id and s.provider_id = g.provider_id',
    `${visible} and ${notLapsed}`,
  ),
  'provider ignored': heldGrant(
    'g.office_id, s.provider_id, g.columns',
    'join provider_schedule s on s.tenant_id = g.tenant_id and s.office_id = g.office_id',
    `${visible} and ${notLapsed}`,
  ),
  'Visible ignored': heldGrant('g.office_id, g.provider_id, (g.columns | 32)::smallint as columns', '', notLapsed),
  'expiry ignored': heldGrant(ofSamePair, '', visible),
  'one surface unfiltered': `${openView(`current_query() ilike 'copy%'`)}
   union all
  select g.tenant_id, g.user_id, ${ofSamePair}
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
   where ${visible} and ${notLapsed} and not current_query() ilike 'copy%'`,
};

const pairInForce = (columns: string, from: string, needed: string, lapse: string) => `
  create or replace function pair_in_force(needed smallint) returns table (office_id text, provider_id text)
    language sql stable parallel safe
    begin atomic
      select ${columns} from permission_grant g ${from}
       where g.tenant_id = tenant_in_force() and g.user_id = user_in_force() and (g.columns & ${needed}) = ${needed} and ${lapse}
         and exists (select 1 from office_membership m
                      where m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id);
    end`;

const needed = '(needed | 32::smallint)';
const anyOffice = `join (values ('north'), ('south')) o (id) on true`;
const anyProvider = `join (values ('abel'), ('baker')) p (id) on true`;

/** In the second wall, held_grant being open. */
export const faultsOfRowSecurity: Readonly<Record<string, string>> = {
  'office ignored': pairInForce('o.id, g.provider_id', anyOffice, needed, notLapsed),
  'provider ignored': pairInForce('g.office_id, p.id', anyProvider, needed, notLapsed),
  'Visible ignored': pairInForce('g.office_id, g.provider_id', '', 'needed', notLapsed),
  'expiry ignored': pairInForce('g.office_id, g.provider_id', '', needed, 'true'),
  'one table unfiltered': `alter table appointment disable row level security`,
};

/** Runs `work` in a database changed by `change`, and puts walls and row-level security back as they were. */
export async function changed<T>(owner: Pool, changes: readonly string[], work: () => Promise<T>): Promise<T> {
  const { rows } = await owner.query<{ view: string; fn: string; tables: string[] }>(
    `select pg_get_viewdef('held_grant'::regclass) as view, pg_get_functiondef('pair_in_force'::regproc) as fn,
            array(select relname::text from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity) as tables`,
  );
  const before = rows[0]!;
  try {
    for (const change of changes) await owner.query(change);
    return await work();
  } finally {
    await owner.query(`create or replace view held_grant with (security_invoker = true) as ${before.view}`);
    await owner.query(before.fn);
    for (const table of before.tables) await owner.query(`alter table ${table} enable row level security`);
  }
}
