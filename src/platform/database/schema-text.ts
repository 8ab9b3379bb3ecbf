// schema.sql: what the migrations add up to, for reading and for review. Written from the catalogue, because the embedded
// PostgreSQL brings no pg_dump, and because this text is the same on every machine: no owners, no settings, no order of
// creation. It is not executed. Objects of extensions and of the system are left out, and so is our own ledger of migrations.
import type { Db } from './db.ts';

export interface SchemaCounts {
  readonly schemas: number;
  readonly tables: number;
  readonly views: number;
  readonly functions: number;
  readonly policies: number;
  readonly grants: number;
}

export interface SchemaText {
  readonly text: string;
  readonly counts: SchemaCounts;
}

const ours = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;
const notLedger = `not (n.nspname = 'public' and c.relname = 'tidegate_migration')`;

interface TableRow extends Record<string, unknown> {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'v' | 'm';
  readonly secured: boolean;
  readonly forced: boolean;
  readonly options: string[] | null;
  readonly partitioned: string | null;
  readonly view: string | null;
  readonly columns: string[] | null;
  readonly constraints: string[] | null;
  readonly indexes: string[] | null;
  readonly triggers: string[] | null;
  readonly policies: { text: string }[] | null;
}

// Types, defaults and expressions are printed by the server relative to the search path: an empty one qualifies them all.
async function tablesOf(db: Db): Promise<TableRow[]> {
  const { rows } = await db.query<TableRow>(`
    select n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
           c.relrowsecurity as secured, c.relforcerowsecurity as forced, c.reloptions as options,
           case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end as partitioned,
           case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid, true) end as view,
      (select array_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                case when a.attcollation <> t.typcollation then 'collate ' || quote_ident(k.collname) end,
                case when a.attgenerated = 's' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
                     when a.attidentity <> '' then 'generated ' || case a.attidentity when 'a' then 'always' else 'by default' end || ' as identity'
                     when d.adbin is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end,
                case when a.attnotnull then 'not null' end) order by a.attnum)
         from pg_attribute a
         join pg_type t on t.oid = a.atttypid
         left join pg_collation k on k.oid = a.attcollation
         left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
      (select array_agg('constraint ' || quote_ident(o.conname) || ' ' || pg_get_constraintdef(o.oid, true)
                order by array_position(array['p', 'u', 'c', 'f', 'x']::"char"[], o.contype), o.conname)
         from pg_constraint o where o.conrelid = c.oid and o.contype in ('p', 'u', 'c', 'f', 'x')) as constraints,
      (select array_agg(pg_get_indexdef(i.indexrelid) order by ic.relname)
         from pg_index i join pg_class ic on ic.oid = i.indexrelid
        where i.indrelid = c.oid and not exists (select from pg_constraint o where o.conindid = i.indexrelid and o.conrelid = c.oid)) as indexes,
      (select array_agg(pg_get_triggerdef(g.oid, true) order by g.tgname) from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal) as triggers,
      (select jsonb_agg(jsonb_build_object('text', concat_ws(' ', quote_ident(p.polname), 'on', c.oid::regclass::text,
                case when not p.polpermissive then 'as restrictive' end,
                'for', case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
                'to', (select string_agg(case when role = 0 then 'public' else role::regrole::text end, ', ' order by role::regrole::text)
                         from unnest(p.polroles) as role),
                E'\\n  using (' || pg_get_expr(p.polqual, p.polrelid, true) || ')',
                E'\\n  with check (' || pg_get_expr(p.polwithcheck, p.polrelid, true) || ')')) order by p.polname)
         from pg_policy p where p.polrelid = c.oid) as policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm') and ${ours} and ${notLedger}
      and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
    order by 1, 2`);
  return rows;
}

async function functionsOf(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    select pg_get_functiondef(f.oid) as text
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace
    where ${ours} and f.prokind in ('f', 'p')
      and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = f.oid and e.deptype = 'e')
    order by n.nspname, f.proname, pg_get_function_identity_arguments(f.oid)`);
  return rows.map((row) => row.text.trim());
}

async function typesOf(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    select case t.typtype
             when 'e' then format('create type %s as enum (%s)', t.oid::regtype,
               (select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder) from pg_enum where enumtypid = t.oid))
             else format('create domain %s as %s %s', t.oid::regtype, format_type(t.typbasetype, t.typtypmod),
               (select string_agg(pg_get_constraintdef(o.oid, true), ' ' order by o.conname) from pg_constraint o where o.contypid = t.oid))
           end as text
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd') and ${ours}
    order by 1`);
  return rows.map((row) => row.text.trim());
}

async function sequencesOf(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    select format('create sequence %s as %s start %s increment %s', c.oid::regclass, format_type(s.seqtypid, null), s.seqstart, s.seqincrement) as text
    from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
    where ${ours} and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i')
    order by 1`);
  return rows.map((row) => row.text);
}

/** What each role but the owner may do: one line for a role, an object and, where given so, its columns. */
async function grantsOf(db: Db): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(`
    with entry as (
      select 1 as sort, 'schema ' || quote_ident(n.nspname) as object, acl.grantee, acl.privilege_type, null::text as column_name
      from pg_namespace n, aclexplode(n.nspacl) acl where ${ours} and acl.grantee <> n.nspowner
      union all
      select 2, case c.relkind when 'S' then 'sequence ' else '' end || c.oid::regclass::text, acl.grantee, acl.privilege_type, null
      from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) acl
      where ${ours} and ${notLedger} and acl.grantee <> c.relowner
      union all
      select 2, c.oid::regclass::text, acl.grantee, acl.privilege_type, quote_ident(a.attname)
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace, aclexplode(a.attacl) acl
      where ${ours} and acl.grantee <> c.relowner
      union all
      -- No list means the default, which lets everybody execute.
      select 3, 'function ' || f.oid::regprocedure::text, acl.grantee, acl.privilege_type, null
      from pg_proc f join pg_namespace n on n.oid = f.pronamespace, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) acl
      where ${ours} and acl.grantee <> f.proowner
    ), verb as (
      select sort, object, grantee, lower(privilege_type)
             || coalesce(' (' || string_agg(column_name, ', ' order by column_name) || ')', '') as verb
      from entry group by sort, object, grantee, privilege_type, column_name is null
    )
    select format('grant %s on %s to %s;', string_agg(verb, ', ' order by verb), object,
                  case when grantee = 0 then 'public' else grantee::regrole::text end) as text
    from verb group by sort, object, grantee
    order by case when grantee = 0 then '' else grantee::regrole::text end, sort, object`);
  return rows.map((row) => row.text);
}

async function rolesOf(db: Db, names: readonly string[]): Promise<string[]> {
  const { rows } = await db.query<{ text: string }>(
    `select concat_ws(' ', 'create role', quote_ident(rolname), case when rolcanlogin then 'login' else 'nologin' end,
              case when rolsuper then 'superuser' else 'nosuperuser' end,
              case when rolbypassrls then 'bypassrls' else 'nobypassrls' end) || ';' as text
     from pg_roles where rolname = any($1) order by rolname`,
    [names],
  );
  return rows.map((row) => row.text);
}

const body = (parts: readonly string[]): string => parts.map((part) => `  ${part}`).join(',\n');

function tableText(table: TableRow): string {
  // A name as regclass prints it under an empty search path: always qualified, quoted only where it must be.
  const name = `${quoted(table.schema)}.${quoted(table.name)}`;
  const lines: string[] = [];
  if (table.view !== null) {
    const options = table.options ? ` with (${table.options.join(', ')})` : '';
    lines.push(
      `create ${table.kind === 'm' ? 'materialized view' : 'view'} ${name}${options} as\n${table.view.trim()}`,
    );
  } else {
    const inside = body([...(table.columns ?? []), ...(table.constraints ?? [])]);
    lines.push(`create table ${name} (\n${inside}\n)${table.partitioned ? ` partition by ${table.partitioned}` : ''};`);
  }
  for (const index of table.indexes ?? []) lines.push(`${index};`);
  for (const trigger of table.triggers ?? []) lines.push(`${trigger};`);
  if (table.view === null) {
    lines.push(table.secured ? `alter table ${name} enable row level security;` : '-- row-level security: off');
    if (table.forced) lines.push(`alter table ${name} force row level security;`);
  }
  for (const policy of table.policies ?? []) lines.push(`create policy ${policy.text.replaceAll(/ +\n/g, '\n')};`);
  return lines.join('\n');
}

const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** The schema of the database as text, and how much it found. `roles` are the organisation's run-time roles. */
export async function schemaText(db: Db, roles: readonly string[]): Promise<SchemaText> {
  const before = await db.query<{ path: string }>(`select current_setting('search_path') as path`);
  await db.query(`select set_config('search_path', '', false)`);
  try {
    const schemas = await db.query<{ name: string }>(
      `select n.nspname::text as name from pg_namespace n where ${ours} order by 1`,
    );
    const tables = await tablesOf(db);
    const functions = await functionsOf(db);
    const grants = await grantsOf(db);
    const sections: [string, string[]][] = [
      ['Roles', await rolesOf(db, roles)],
      ['Schemas', schemas.rows.map(({ name }) => `create schema ${quoted(name)};`)],
      ['Types', (await typesOf(db)).map((text) => `${text};`)],
      ['Sequences', (await sequencesOf(db)).map((text) => `${text};`)],
      ['Functions', functions.map((text) => `${text};`)],
      ['Tables and views', tables.map(tableText)],
      ['Grants', grants],
    ];
    const written = sections
      .filter(([, parts]) => parts.length > 0)
      .map(([title, parts]) => {
        const gap = title === 'Functions' || title === 'Tables and views' ? '\n\n' : '\n';
        return `-- ${title}\n\n${parts.join(gap)}`;
      });
    const text = `-- Generated from the migrations by \`npm run schema:write\`, for reading. Do not edit; do not execute.\n\n${written.join('\n\n')}\n`;
    return {
      text,
      counts: {
        schemas: schemas.rows.length,
        tables: tables.filter((table) => table.view === null).length,
        views: tables.filter((table) => table.view !== null).length,
        functions: functions.length,
        policies: tables.reduce((sum, table) => sum + (table.policies?.length ?? 0), 0),
        grants: grants.length,
      },
    };
  } finally {
    await db.query(`select set_config('search_path', $1, false)`, [before.rows[0]!.path]);
  }
}
