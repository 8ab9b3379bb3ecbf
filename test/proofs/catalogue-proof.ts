// What the database's own catalogue says of the walls, in both organisations: nothing here reads a row of anybody.
import type { PoolClient } from 'pg';
import { emrMigrations, emrRoles } from '../../src/emr/index.ts';
import { createPool, inTransaction } from '../../src/platform/database/db.ts';
import { testDatabase } from '../../src/platform/database/test-database.ts';
import { portalMigrations, portalRoles } from '../../src/portal/index.ts';
import type { Proof, Saboteur } from './proof.ts';

interface House {
  readonly organisation: 'emr' | 'portal';
  readonly migrations: string;
  readonly roles: readonly string[];
  /** Roles that serve requests. */
  readonly serving: readonly string[];
  /** What leads every key. */
  readonly leads: string;
  /** Where rows stand on their way in: without row-level security, which COPY FROM refuses, and closed to whoever serves requests. */
  readonly staging: readonly string[];
  /** Key → why it does not begin with `leads`. */
  readonly otherKeys: Readonly<Record<string, string>>;
  /** Policy → why it shows every row. */
  readonly openPolicies: Readonly<Record<string, string>>;
  readonly saboteurs: Readonly<Record<string, string>>;
}

const bookkeeping = ['public.tidegate_migration'];

const houses: readonly House[] = [
  {
    organisation: 'emr',
    migrations: emrMigrations,
    roles: emrRoles,
    serving: ['emr_app'],
    leads: 'tenant_id',
    staging: ['import'],
    otherKeys: {},
    openPolicies: { 'public.tenant any_tenant': 'the list of clinics is what the sign-in page needs' },
    saboteurs: {
      'a table without row-level security': 'alter table document disable row level security',
      'a table whose owner is not bound': 'alter table coverage no force row level security',
      'a new table that somebody forgot':
        'create table note (tenant_id integer primary key); grant select on note to emr_app',
      'one column of a table that somebody forgot':
        'create table note (tenant_id integer primary key, t text); grant select (t) on note to emr_app',
      'staging that a request can read':
        'grant usage on schema import to emr_app; grant select on import.patient to emr_app',
      'a view that reads as its owner': 'alter view appointment_history set (security_invoker = false)',
      'a policy that shows every row': 'create policy all_of_it on patient for select to emr_app using (true)',
      'a policy for everybody': 'create policy all_of_it on patient for select using (true)',
      'a function that acts as its owner':
        'create function peek() returns bigint language sql security definer return (select count(*) from patient)',
      'a role that no policy binds': 'alter role emr_app bypassrls',
      'a superuser': 'alter role emr_import superuser',
      'a role that owns a table': 'alter table observation owner to emr_app',
      'a role that can become the owner': 'grant emr_owner to emr_app',
      'a key that leaves out the clinic': 'create unique index one_title on document (title)',
      'a reference across clinics':
        'alter table audit_event add constraint far unique (audit_id); alter table session add column a text references audit_event (audit_id)',
      'a right to empty a table': 'grant truncate on appointment to emr_app',
    },
  },
  {
    organisation: 'portal',
    migrations: portalMigrations,
    roles: portalRoles,
    serving: ['portal_app', 'connect_app'],
    leads: 'site_id',
    staging: ['intake'],
    otherKeys: Object.fromEntries(
      [
        'portal_user portal_user_pkey',
        'portal_user portal_user_by_email',
        'portal_session portal_session_pkey',
        'portal_session portal_session_user_id_fkey',
        'site_member site_member_user_id_fkey',
        'account_link account_link_user_id_fkey',
        'sign_in_attempt sign_in_attempt_pkey',
        'second_factor second_factor_pkey',
        'second_factor second_factor_user_id_fkey',
        'recovery_code recovery_code_pkey',
        'recovery_code recovery_code_user_id_fkey',
      ].map((key) => [key, 'a person may be a member of several sites, and signs in before one is chosen']),
    ),
    openPolicies: {
      'connect.connection of_worker':
        'the worker looks for connections that are due at any site, and serves no request',
      'connect.sync_run of_worker': 'the worker looks for runs that wait at any site, and serves no request',
      'public.write_back of_worker': 'the worker looks for acts that wait at any site, and serves no request',
      'connect.notice_settings of_worker':
        'the worker looks for digests that are due at any site, and serves no request',
      'connect.gap_notice of_worker': 'the worker looks for notices that are due at any site, and serves no request',
      'public.saved_fetch of_worker': 'the worker looks for fetches that wait at any site, and serves no request',
      'public.sync_wish of_worker': 'the worker looks for wishes of any site, and serves no request',
      'public.mail of_worker': 'the mailer looks for mail that is due at any site, and serves no request',
      'public.reminder_rule of_worker': 'the worker looks for sites that have rules, and serves no request',
      'public.calendar_file of_worker': 'the worker looks for sites with files in calendars, and serves no request',
      'public.portal_user of_worker': 'makes people, and serves no request',
    },
    saboteurs: {
      'a table without row-level security': 'alter table booking disable row level security',
      'a table whose owner is not bound': 'alter table booking no force row level security',
      'staging that a request can read':
        'grant usage on schema intake to portal_app; grant select on intake.staged_booking to portal_app',
      'people without row-level security': 'alter table portal_session disable row level security',
      'a role that no policy binds': 'alter role connect_app bypassrls',
      'a policy that shows every row': 'create policy all_of_it on booking for select to connect_app using (true)',
      'a key that leaves out the site': 'create unique index one_start on booking (start_at)',
    },
  },
];

/** Every sentence that is wrong, and how many facts were looked at. */
interface Looked {
  facts: number;
  readonly wrong: string[];
}

async function look(tx: PoolClient, house: House): Promise<Looked> {
  const looked: Looked = { facts: 0, wrong: [] };
  const check = (holds: boolean, sentence: string) => {
    looked.facts += 1;
    if (!holds) looked.wrong.push(`${house.organisation}: ${sentence}`);
  };
  const rowsOf = async <R extends object>(sql: string, values: unknown[] = []) =>
    (await tx.query<R & Record<string, unknown>>(sql, values)).rows;
  const ours = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;

  const tables = await rowsOf<{
    name: string;
    schema: string;
    enabled: boolean;
    forced: boolean;
    readers: string[];
    emptiers: string[];
  }>(
    `select n.nspname || '.' || c.relname as name, n.nspname as schema, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
            array(select r from unnest($1::text[]) r
                   where has_schema_privilege(r, n.oid, 'usage')
                     and (has_table_privilege(r, c.oid, 'select') or has_any_column_privilege(r, c.oid, 'select'))) as readers,
            array(select r from unnest($1::text[]) r where has_table_privilege(r, c.oid, 'truncate')) as emptiers
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'm', 'f') and ${ours}`,
    [house.roles],
  );
  for (const { name, schema, enabled, forced, readers, emptiers } of tables) {
    const servers = readers.filter((role) => house.serving.includes(role));
    const isStaging = house.staging.includes(schema) && !enabled;
    check(isStaging || emptiers.length === 0, `${emptiers.join()} may empty ${name} past every policy`);
    if (isStaging) {
      check(servers.length === 0, `${servers.join()} reads ${name}, where rows are on their way in`);
    } else if (bookkeeping.includes(name)) {
      check(readers.length === 0, `${readers.join()} reads ${name}`);
    } else {
      check(enabled, `${name} has no row-level security; ${readers.join() || 'nobody'} reads it`);
      check(forced, `row-level security of ${name} does not bind its owner`);
    }
  }

  const views = await rowsOf<{ name: string; invoker: boolean }>(
    `select n.nspname || '.' || c.relname as name, coalesce(c.reloptions, '{}') @> '{security_invoker=true}' as invoker
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v' and ${ours}`,
  );
  for (const { name, invoker } of views) check(invoker, `the view ${name} reads as its owner`);

  const policies = await rowsOf<{ name: string; condition: string; roles: string[] }>(
    `select schemaname || '.' || tablename || ' ' || policyname as name,
            coalesce(qual, '') || ' ' || coalesce(with_check, '') as condition, roles::text[] as roles
       from pg_policies`,
  );
  for (const { name, condition, roles } of policies) {
    check(
      roles.every((role) => house.roles.includes(role)),
      `the policy ${name} is for ${roles.join()}`,
    );
    const isBound = /_in_force\(\)|current_setting|site_in|person_in/.test(condition);
    check(isBound || name in house.openPolicies, `the policy ${name} asks for nobody in force: ${condition.trim()}`);
  }
  for (const name of Object.keys(house.openPolicies))
    check(
      policies.some((one) => one.name === name),
      `there is no policy ${name} any more`,
    );

  const functions = await rowsOf<{ name: string; callers: string[] }>(
    `select n.nspname || '.' || p.proname as name,
            array(select r from unnest($1::text[]) r where has_function_privilege(r, p.oid, 'execute')
                     and has_schema_privilege(r, n.oid, 'usage')) as callers
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.prosecdef and ${ours}`,
    [house.serving],
  );
  for (const { name, callers } of functions)
    check(callers.length === 0, `${name} acts as its owner, and ${callers.join()} may call it`);

  const roles = await rowsOf<{ role: string; above: boolean; owns: string | null; becomes: string | null }>(
    `select r.rolname as role, r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication as above,
            (select min(c.oid::regclass::text) from pg_class c where c.relowner = r.oid) as owns,
            (select min(o.rolname) from pg_auth_members m join pg_roles o on o.oid = m.roleid where m.member = r.oid) as becomes
       from pg_roles r where r.rolname = any($1)`,
    [house.roles],
  );
  check(roles.length === house.roles.length, 'a role is missing');
  for (const { role, above, owns, becomes } of roles) {
    check(!above, `${role} stands above row-level security, or can make a role that does`);
    check(owns === null, `${role} owns ${owns}`);
    check(becomes === null, `${role} can become ${becomes}`);
  }

  const keys = await rowsOf<{ name: string; first: string | null; parts: number }>(
    `select c.oid::regclass::text || ' ' || i.relname as name, a.attname as first, x.indnkeyatts::integer as parts
       from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
       join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum = x.indkey[0]
      where x.indisunique and ${ours}
     union all
     select k.conrelid::regclass::text || ' ' || k.conname, a.attname, cardinality(k.conkey)
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
      where k.contype = 'f' and ${ours}`,
  );
  for (const { name, first } of keys) {
    if (bookkeeping.some((table) => `public.${name}`.startsWith(`${table} `))) continue;
    check(first === house.leads || name in house.otherKeys, `the key ${name} begins with ${first}`);
  }
  for (const name of Object.keys(house.otherKeys))
    check(
      keys.some((one) => one.name === name && one.first !== house.leads),
      `the key ${name} is listed as another one, and is none`,
    );
  return looked;
}

const aside = new Error('only looked at');

export const proveCatalogue: Proof = async ({ adminUrl, say }) => {
  const failures: string[] = [];
  const saboteurs: Saboteur[] = [];
  let cases = 0;
  for (const house of houses) {
    const { organisation, migrations, roles } = house;
    const database = await testDatabase({ adminUrl, organisation, migrations, roles: [...roles] });
    const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 1, applicationName: 'proof' });
    const lookAt = async (fault?: string): Promise<Looked> => {
      let looked: Looked = { facts: 0, wrong: [] };
      await inTransaction(owner, async (tx) => {
        if (fault) await tx.query(fault);
        looked = await look(tx, house);
        throw aside;
      }).catch((error: unknown) => {
        if (error !== aside) throw error;
      });
      return looked;
    };
    try {
      const { facts, wrong } = await lookAt();
      say(`${organisation}: ${facts} facts, ${wrong.length} wrong`);
      cases += facts;
      failures.push(...wrong);
      for (const [name, fault] of Object.entries(house.saboteurs)) {
        const found = (await lookAt(fault)).wrong.filter((one) => !wrong.includes(one));
        say(`saboteur, ${organisation}, ${name}: ${found[0] ?? 'NOT CAUGHT'}`);
        saboteurs.push({ name: `${organisation}, ${name}`, caught: found.length > 0 });
      }
    } finally {
      await owner.end();
      await database.drop();
    }
  }
  return { cases, failures, saboteurs };
};
