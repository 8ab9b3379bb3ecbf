// The predicate stands three times: in TypeScript, in the view held_grant and in the function that row-level security asks. Here
// random clinics go through all three, and each of the three is broken once to see that this test would notice.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPool, inTransaction, type Pool, type PoolClient } from '../../platform/database/db.ts';
import { type TestDatabase, testDatabase } from '../../platform/database/test-database.ts';
import { emrMigrations, emrRoles } from '../index.ts';
import { compilePermissions, holdsPair } from './permissions.ts';

let database: TestDatabase;
let owner: Pool;
beforeAll(async () => {
  const adminUrl = inject('adminUrl');
  database = await testDatabase({ adminUrl, organisation: 'emr', migrations: emrMigrations, roles: emrRoles });
  owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 1, applicationName: 'test' });
  await owner.query(`
    insert into tenant (tenant_id, name) values (1, 'one'), (2, 'two');
    insert into office (tenant_id, office_id, name, zone) select t, o, o, 'America/Toronto' from unnest(array[1, 2]) t, unnest(array['a', 'b']) o;
    insert into provider (tenant_id, provider_id, given, family) select t, p, p, p from unnest(array[1, 2]) t, unnest(array['p', 'q']) p;
    insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
    select t, o, p, o || p, o || p from unnest(array[1, 2]) t, unnest(array['a', 'b']) o, unnest(array['p', 'q']) p`);
});
afterAll(async () => {
  await owner?.end();
  await database?.drop();
});

const tenants = [1, 2];
const users = ['u', 'v'];
const offices = ['a', 'b'];
const providers = ['p', 'q'];
const allMasks = Array.from({ length: 64 }, (_, mask) => mask);

interface World {
  readonly active: readonly string[];
  readonly members: readonly string[];
  /** Key of tenant, user, office and provider → columns, and in how many seconds the row lapses (null: never, 0: this instant). */
  readonly grants: readonly { readonly key: string; readonly columns: number; readonly lapsesIn: number | null }[];
}

const keys = (...parts: readonly (readonly (string | number)[])[]): string[] =>
  parts.reduce<string[]>(
    (made, part) => made.flatMap((head) => part.map((one) => (head ? `${head} ${one}` : `${one}`))),
    [''],
  );
const userKeys = keys(tenants, users);
const memberKeys = keys(tenants, users, offices);
const grantKeys = keys(tenants, users, offices, providers);
const emptyWorld: World = { active: [], members: [], grants: [] };

const world: fc.Arbitrary<World> = fc.record({
  active: fc.subarray(userKeys, { minLength: 2 }),
  members: fc.subarray(memberKeys, { minLength: 3 }),
  grants: fc.uniqueArray(
    fc.record({
      key: fc.constantFrom(...grantKeys),
      columns: fc.oneof(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 32, max: 63 })),
      lapsesIn: fc.constantFrom(null, -3600, 0, 3600),
    }),
    { selector: ({ key }) => key, maxLength: 16 },
  ),
});

/** Puts the world into the transaction; what the transaction calls now() is the instant at which everything is judged. */
async function make(tx: PoolClient, { active, members, grants }: World): Promise<Date> {
  const split = (all: readonly string[]) => JSON.stringify(all.map((one) => one.split(' ')));
  await tx.query(
    `insert into app_user (tenant_id, user_id, kind, username, display_name, active)
     select (k ->> 0)::integer, k ->> 1, 'staff', k ->> 1, k ->> 1, $2::jsonb @> jsonb_build_array(k) from jsonb_array_elements($1::jsonb) k`,
    [split(userKeys), split(active)],
  );
  await tx.query(
    `insert into office_membership (tenant_id, user_id, office_id)
     select (k ->> 0)::integer, k ->> 1, k ->> 2 from jsonb_array_elements($1::jsonb) k`,
    [split(members)],
  );
  await tx.query(
    `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until_day, access_until)
     select (k ->> 0)::integer, k ->> 1, k ->> 2, k ->> 3, c, until::date, until
       from jsonb_array_elements($1::jsonb) with ordinality as key (k, n)
       join unnest($2::smallint[], $3::float[]) with ordinality as g (c, lapses_in, n) using (n),
            lateral (select now() + lapses_in * interval '1 second') as lapse (until)`,
    [split(grants.map(({ key }) => key)), grants.map(({ columns }) => columns), grants.map(({ lapsesIn }) => lapsesIn)],
  );
  return (await tx.query<{ now: Date }>('select now()')).rows[0]!.now;
}

type Predicate = typeof compilePermissions;

function heldInTypeScript(compile: Predicate, now: Date, { active, members, grants }: World, user: string): string[] {
  const permissions = compile({
    active: active.includes(user),
    offices: members.filter((key) => key.startsWith(`${user} `)).map((key) => key.split(' ')[2]!),
    rows: grants
      .filter(({ key }) => key.startsWith(`${user} `))
      .map(({ key, columns, lapsesIn }) => {
        const [, , officeId, providerId] = key.split(' ') as [string, string, string, string];
        return {
          officeId,
          providerId,
          columns,
          accessUntil: lapsesIn === null ? null : new Date(now.getTime() + lapsesIn * 1000),
        };
      }),
    now,
  });
  return keys(offices, providers).flatMap((pair) => {
    const [office, provider] = pair.split(' ') as [string, string];
    return allMasks.filter((mask) => holdsPair(permissions, office, provider, mask)).map((mask) => `${pair} ${mask}`);
  });
}

/** As the role that serves requests, for the user in force, through row-level security of the tables themselves. */
async function heldInSql(tx: PoolClient, user: string): Promise<{ view: string[]; walls: string[] }> {
  const [tenantId, userId] = user.split(' ');
  await tx.query(`select set_config('tidegate.tenant_id', $1, true), set_config('tidegate.user_id', $2, true)`, [
    tenantId,
    userId,
  ]);
  const { rows } = await tx.query<{ view: string[]; walls: string[] }>(
    `select array(select concat_ws(' ', h.office_id, h.provider_id, mask)
                    from held_grant h, unnest($2::smallint[]) mask where h.user_id = $1 and (h.columns & mask) = mask) as view,
            array(select concat_ws(' ', p.office_id, p.provider_id, mask)
                    from unnest($2::smallint[]) mask, lateral pair_in_force(mask) p) as walls`,
    [userId, allMasks],
  );
  return rows[0]!;
}

const sorted = (held: readonly string[]): string => held.toSorted().join('\n');
const aside = new Error('only looked at');

/** Throws where two of the three disagree. The database is as it was afterwards. */
async function judge(one: World, fault: string, compile: Predicate): Promise<number> {
  let questions = 0;
  await inTransaction(owner, async (tx) => {
    if (fault) await tx.query(fault);
    const now = await make(tx, one);
    await tx.query('set local role emr_app');
    for (const user of userKeys) {
      const { view, walls } = await heldInSql(tx, user);
      const expected = sorted(heldInTypeScript(compile, now, one, user));
      if (sorted(view) !== expected) throw new Error(`held_grant disagrees about ${user}`);
      if (sorted(walls) !== expected) throw new Error(`row-level security disagrees about ${user}`);
      questions += offices.length * providers.length * allMasks.length;
    }
    throw aside;
  }).catch((error: unknown) => {
    if (error !== aside) throw error;
  });
  return questions;
}

async function search(numRuns: number, { fault = '', compile = compilePermissions } = {}) {
  let questions = 0;
  const property = fc.asyncProperty(world, async (one) => {
    questions += await judge(one, fault, compile);
  });
  const found = await fc.check(property, { numRuns, examples: [[emptyWorld]], endOnFailure: true });
  return { questions, found };
}

describe('who holds what', () => {
  it('is nobody anything in the empty world, in all three forms', async () => {
    expect(await judge(emptyWorld, '', compilePermissions)).toBe(userKeys.length * 4 * 64);
    const now = new Date();
    expect(userKeys.flatMap((user) => heldInTypeScript(compilePermissions, now, emptyWorld, user))).toEqual([]);
  });

  it('is one answer in TypeScript, in held_grant and in row-level security, whatever the clinic', async () => {
    const { questions, found } = await search(200);
    process.stdout.write(`predicate: ${found.numRuns} clinics, ${questions} questions, seed ${found.seed}\n`);
    expect(found.failed, `${found.errorInstance} seed ${found.seed} ${JSON.stringify(found.counterexample)}`).toBe(
      false,
    );
    expect(questions).toBeGreaterThanOrEqual(200 * 4 * 4 * 64);
  });

  const view = (condition: string, columns = 'g.columns', offices = 'm.office_id = g.office_id') => `
    create or replace view held_grant with (security_invoker = true) as
    select distinct g.tenant_id, g.user_id, g.office_id, g.provider_id, ${columns} as columns
      from permission_grant g
      join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and ${offices}
      join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id
     where ${condition}`;
  const wall = (condition: string) => `
    create or replace function pair_in_force(needed smallint) returns table (office_id text, provider_id text)
      language sql stable parallel safe begin atomic
        select g.office_id, g.provider_id from permission_grant g
          join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
          join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id
         where ${condition};
      end`;
  const [visible, unlapsed] = ['(g.columns & 32) = 32', '(g.access_until is null or g.access_until > now())'];
  const mine = 'g.tenant_id = tenant_in_force() and g.user_id = user_in_force()';
  const needed = '(g.columns & (needed | 32::smallint)) = (needed | 32::smallint)';

  it.each<[string, { fault?: string; compile?: Predicate }]>([
    ['the view asks for no Visible', { fault: view(`u.active and ${unlapsed}`) }],
    ['the view keeps what has lapsed', { fault: view(`u.active and ${visible}`) }],
    [
      'the view keeps what lapses this instant',
      { fault: view(`u.active and ${visible} and (g.access_until is null or g.access_until >= now())`) },
    ],
    ['the view keeps the deactivated', { fault: view(`${visible} and ${unlapsed}`) }],
    [
      'the view takes any office for membership',
      { fault: view(`u.active and ${visible} and ${unlapsed}`, 'g.columns', 'true') },
    ],
    [
      'row-level security asks for no Visible',
      { fault: wall(`u.active and ${mine} and ${unlapsed} and (g.columns & needed) = needed`) },
    ],
    ['row-level security keeps what has lapsed', { fault: wall(`u.active and ${mine} and ${needed}`) }],
    [
      'row-level security takes one column for all',
      { fault: wall(`u.active and ${mine} and ${unlapsed} and ${visible}`) },
    ],
    ['row-level security forgets the user', { fault: wall(`u.active and ${unlapsed} and ${needed}`) }],
    ['TypeScript forgets the office', { compile: (of) => compilePermissions({ ...of, offices }) }],
    ['TypeScript forgets the lapse', { compile: (of) => compilePermissions({ ...of, now: new Date(0) }) }],
  ])('turns red when %s', async (_what, planted) => {
    const { found } = await search(200, planted);
    expect(found.failed).toBe(true);
    expect(String(found.errorInstance)).toContain('disagrees');
  });
});
