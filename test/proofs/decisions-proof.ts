// One million decisions, by four that know nothing of each other: the reference (docs/domain.md), the policy in TypeScript, row-level
// security alone, and the product's own listing statements with row-level security out of the way. Where any two differ, the proof fails.
import type { PoolClient } from 'pg';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { emrMigrations, emrRoles } from '../../src/emr/index.ts';
import { compilePermissions, holdsPair, type Permissions } from '../../src/emr/permissions/permissions.ts';
import { columnSet, columnsNeeded } from '../../src/fhir/columns.ts';
import { createPool, inTransaction } from '../../src/platform/database/db.ts';
import { testDatabase } from '../../src/platform/database/test-database.ts';
import {
  fill,
  listedTypes,
  seenBehindRowSecurity,
  seenThroughPredicate,
  thingKey,
} from '../decisions/decision-database.ts';
import {
  type Clinic,
  columnNames,
  mayBeSeen,
  type ObjectType,
  objectTypes,
  randomWorld,
  small,
  type Thing,
  type User,
} from '../decisions/decision-worlds.ts';
import type { Proof, Saboteur } from './proof.ts';

const stated = { worlds: 500, decisions: 1_000_000, decisive: 10_000 } as const;
const reduced = { worlds: 6, decisions: 9_000, decisive: 100 } as const;
/** Of the decisions of a user's own clinic so many more about another one's. */
const foreignShare = 0.06;

const neededBy: Readonly<Record<Exclude<ObjectType, 'Location'>, number>> = {
  ...columnsNeeded,
  'old version of an Appointment': columnsNeeded.Appointment,
  'old version of a Patient': columnsNeeded.Patient,
  'old version of a Task': columnsNeeded.Task,
  'old version of a QuestionnaireResponse': columnsNeeded.QuestionnaireResponse,
  'old version of a Consent': columnsNeeded.Consent,
  'document saved for Ocean': columnsNeeded.DocumentReference,
  'result saved for Ocean': columnsNeeded.DiagnosticReport,
};

type Compile = typeof compilePermissions;

function policyOf(compile: Compile, user: User, now: Date): Permissions {
  return compile({
    active: user.active,
    offices: user.memberOf,
    rows: [...user.rows.values()].map(({ office, provider, columns, lapsesIn }) => ({
      officeId: office,
      providerId: provider,
      columns: columnSet(...columns),
      accessUntil: lapsesIn === null ? null : new Date(now.getTime() + lapsesIn * 1000),
    })),
    now,
  });
}

const allows = (policy: Permissions, { type, of }: Thing): boolean =>
  of.some(({ office, provider }) =>
    type === 'Location' ? policy.has(office) : holdsPair(policy, office, provider, neededBy[type]),
  );

interface Tally {
  decisions: number;
  allowed: number;
  readonly decisive: Record<string, number>;
  readonly wrong: string[];
}

/** What is changed for a saboteur. */
interface Planted {
  readonly sql?: string;
  readonly compile?: Compile;
  readonly reference?: typeof mayBeSeen;
  /** Several faults at once: the name of each, and the type that it has to show in. */
  readonly shownAs?: Readonly<Record<string, ObjectType>>;
}

const aside = new Error('only looked at');

interface Judging extends Planted {
  readonly random: () => number;
  readonly tally: Tally;
}

/** All decisions of a world, in a transaction that is undone. */
async function judge(tx: PoolClient, clinics: readonly Clinic[], judging: Judging): Promise<void> {
  const { random, tally, sql = '', compile = compilePermissions, reference = mayBeSeen } = judging;
  if (sql) await tx.query(sql);
  const now = await fill(tx, clinics);
  const users = clinics.flatMap((clinic) => clinic.users);
  const walls = new Map<User, Set<string>>();
  await tx.query('set local role emr_app');
  for (const user of users) walls.set(user, await seenBehindRowSecurity(tx, user));
  // Again the superuser, whom no policy binds.
  await tx.query('reset role');
  for (const clinic of clinics) {
    const foreign = clinics.filter((one) => one !== clinic).flatMap(({ things }) => things);
    const known = new Set(clinic.things.map(({ type, tenant, id }) => thingKey(type, tenant, id)));
    const share = (clinic.things.length * foreignShare) / foreign.length;
    for (const user of clinic.users) {
      const wall = walls.get(user)!;
      const predicate = await seenThroughPredicate(tx, user);
      const policy = policyOf(compile, user, now);
      const say = (thing: string, what: string) =>
        tally.wrong.push(`user ${user.tenant}/${user.id}, ${thing}: ${what}`);
      for (const key of wall) if (!known.has(key)) say(key, 'row-level security shows it, and it is not of his clinic');
      for (const key of predicate) if (!known.has(key)) say(key, 'the predicate shows it, and it is not of his clinic');
      for (const thing of [...clinic.things, ...foreign.filter(() => random() < share)]) {
        const expected = reference(user, thing);
        const key = thingKey(thing.type, thing.tenant, thing.id);
        const answers = {
          // The policy is asked about its own clinic; another one's things never come before it.
          policy: thing.tenant === user.tenant && allows(policy, thing),
          'row-level security': wall.has(key),
          ...(listedTypes.includes(thing.type) ? { predicate: predicate.has(key) } : {}),
        };
        tally.decisions += 1;
        if (expected) tally.allowed += 1;
        for (const column of columnNames) if (reference(user, thing, column) !== expected) tally.decisive[column]! += 1;
        for (const [who, answer] of Object.entries(answers))
          if (answer !== expected) say(key, `the reference says ${expected}, ${who} says ${answer}`);
      }
    }
  }
}

const visible = '(g.columns & 32) = 32';
const unlapsed = '(g.access_until is null or g.access_until > now())';
const heldGrant = (where: string, { columns = 'g.columns', membership = 'm.office_id = g.office_id' } = {}) => `
  create or replace view held_grant with (security_invoker = true) as
  select distinct g.tenant_id, g.user_id, g.office_id, g.provider_id, ${columns} as columns
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and ${membership}
    join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id
   where ${where}`;

const mine = 'g.tenant_id = tenant_in_force() and g.user_id = user_in_force()';
const needed = '(g.columns & (needed | 32::smallint)) = (needed | 32::smallint)';
const member = 'm.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id';
const pairInForce = (where: string, { pair = 'g.office_id, g.provider_id', from = '', membership = member } = {}) => `
  create or replace function pair_in_force(needed smallint) returns table (office_id text, provider_id text)
    language sql stable parallel safe begin atomic
      select distinct ${pair} from permission_grant g ${from}
        join app_user u on u.tenant_id = g.tenant_id and u.user_id = g.user_id
       where ${where} and exists (select from office_membership m where ${membership});
    end`;
/** Names that a fault brings in by itself: asking a table that the function guards would never end. */
const anyOf = (letter: string) =>
  `join (values ('${letter}0'), ('${letter}1'), ('${letter}2'), ('${letter}3')) s (id) on true`;

/** Table → its policy, and a type that shows when it fails. */
const policies: Readonly<Record<string, readonly [policy: string, type: ObjectType]>> = {
  office: ['of_member', 'Location'],
  provider: ['of_visible_pair', 'Practitioner'],
  provider_schedule: ['of_visible_pair', 'Schedule'],
  open_hours: ['of_scheduling_pair', 'Slot'],
  appointment: ['of_scheduling_pair', 'Appointment'],
  appointment_version: ['of_scheduling_pair', 'old version of an Appointment'],
  patient: ['of_patient_pair', 'Patient'],
  patient_version: ['of_patient_pair', 'old version of a Patient'],
  binary_chunk: ['of_emr_pair', 'Binary'],
  saved_for_ocean: ['of_item_pair', 'document saved for Ocean'],
  document: ['of_pair', 'DocumentReference'],
  encounter: ['of_pair', 'Encounter'],
  diagnostic_report: ['of_pair', 'DiagnosticReport'],
  observation: ['of_pair', 'Observation'],
  account: ['of_pair', 'Account'],
  charge_item: ['of_pair', 'ChargeItem'],
  coverage: ['of_pair', 'Coverage'],
  task: ['of_scheduling_pair', 'Task'],
  task_version: ['of_scheduling_pair', 'old version of a Task'],
  questionnaire_response: ['of_pair', 'QuestionnaireResponse'],
  questionnaire_response_version: ['of_pair', 'old version of a QuestionnaireResponse'],
  consent: ['of_pair', 'Consent'],
  consent_version: ['of_pair', 'old version of a Consent'],
};
const ofPair = Object.keys(policies).filter((table) => policies[table]![0] === 'of_pair');

/** One fault for each of these tables, all planted at once; each has to show in its own type. */
const inEach = (what: string, among: readonly string[], fault: (table: string, policy: string) => string) => ({
  sql: among.map((table) => fault(table, policies[table]![0])).join('; '),
  shownAs: Object.fromEntries(among.map((table) => [`wall: ${table} ${what}`, policies[table]![1]])),
});

const saboteursOf: Readonly<Record<string, Planted>> = {
  'predicate: no Visible': { sql: heldGrant(`u.active and ${unlapsed}`, { columns: '(g.columns | 32)::smallint' }) },
  'predicate: the lapse ignored': { sql: heldGrant(`u.active and ${visible}`) },
  'predicate: this instant still holds': {
    sql: heldGrant(`u.active and ${visible} and (g.access_until is null or g.access_until >= now())`),
  },
  'predicate: the deactivated kept': { sql: heldGrant(`${visible} and ${unlapsed}`) },
  'predicate: any office for membership': {
    sql: heldGrant(`u.active and ${visible} and ${unlapsed}`, { membership: 'true' }),
  },
  'predicate: one column for all': {
    sql: heldGrant(`u.active and ${visible} and ${unlapsed}`, { columns: '63::smallint' }),
  },
  'wall: no Visible': { sql: pairInForce(`u.active and ${mine} and ${unlapsed} and (g.columns & needed) = needed`) },
  'wall: the lapse ignored': { sql: pairInForce(`u.active and ${mine} and ${needed}`) },
  'wall: this instant still holds': {
    sql: pairInForce(`u.active and ${mine} and ${needed} and coalesce(g.access_until, 'infinity') >= now()`),
  },
  'wall: the deactivated kept': { sql: pairInForce(`${mine} and ${needed} and ${unlapsed}`) },
  'wall: membership ignored': {
    sql: pairInForce(`u.active and ${mine} and ${needed} and ${unlapsed}`, { membership: 'true' }),
  },
  'wall: another user’s grants': {
    sql: pairInForce(`u.active and g.tenant_id = tenant_in_force() and ${needed} and ${unlapsed}`),
  },
  'wall: another clinic’s grants': {
    // Tables of the clinic's administration are bound by tenant as well, which would cover for it.
    sql: `alter table permission_grant disable row level security; alter table app_user disable row level security;
      alter table office_membership disable row level security;
      ${pairInForce(`u.active and g.user_id = user_in_force() and ${needed} and ${unlapsed}`)}`,
  },
  'wall: the office ignored': {
    sql: pairInForce(`u.active and ${mine} and ${needed} and ${unlapsed}`, {
      pair: 's.id, g.provider_id',
      from: anyOf('o'),
    }),
  },
  'wall: the provider ignored': {
    sql: pairInForce(`u.active and ${mine} and ${needed} and ${unlapsed}`, {
      pair: 'g.office_id, s.id',
      from: anyOf('p'),
    }),
  },
  'wall: tables without row-level security': inEach(
    'without row-level security',
    Object.keys(policies),
    (table) => `alter table ${table} disable row level security`,
  ),
  'wall: policies dropped': inEach(
    'without its policy',
    Object.keys(policies),
    (table, policy) => `drop policy ${policy} on ${table}`,
  ),
  'wall: tables behind Scheduling': inEach(
    'behind another’s column',
    ofPair,
    (table) => `alter policy of_pair on ${table} using (tenant_id = tenant_in_force()
      and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p))`,
  ),
  'wall: a table that forgets the clinic': {
    sql: `alter policy of_scheduling_pair on appointment
      using ((office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(2::smallint) p))`,
  },
  'policy: the office ignored': {
    compile: (of) => compilePermissions({ ...of, offices: [...of.rows].map(({ officeId }) => officeId) }),
  },
  'policy: the lapse ignored': { compile: (of) => compilePermissions({ ...of, now: new Date(0) }) },
  'policy: the deactivated kept': { compile: (of) => compilePermissions({ ...of, active: true }) },
  'policy: every column ticked': {
    compile: (of) => compilePermissions({ ...of, rows: [...of.rows].map((row) => ({ ...row, columns: 63 })) }),
  },
  'reference: one column short': { reference: (user, thing, flipped) => mayBeSeen(user, thing, flipped ?? 'Labs') },
};

export const proveDecisions: Proof = async ({ adminUrl, full, seed, say }) => {
  const count = full ? stated : reduced;
  const database = await testDatabase({
    adminUrl,
    organisation: 'emr',
    migrations: emrMigrations,
    roles: [...emrRoles],
  });
  const owner = createPool(adminUrl.replace(/\/[^/]*$/, `/${database.name}`), { max: 1, applicationName: 'proof' });
  const random = seededRandom(seed);
  const newTally = (): Tally => ({
    decisions: 0,
    allowed: 0,
    decisive: Object.fromEntries(columnNames.map((column) => [column, 0])),
    wrong: [],
  });
  const look = (clinics: readonly Clinic[], tally: Tally, planted: Planted = {}) =>
    inTransaction(owner, async (tx) => {
      await judge(tx, clinics, { random, tally, ...planted });
      throw aside;
    }).catch((error: unknown) => {
      if (error !== aside) throw error;
    });
  try {
    const tally = newTally();
    for (let world = 1; world <= count.worlds; world += 1) {
      await look(randomWorld(random), tally);
      if (world % 50 === 0) say(`${world} worlds, ${tally.decisions} decisions, ${tally.wrong.length} differences`);
    }
    const share = tally.allowed / tally.decisions;
    const decisive = columnNames.map((column) => `${column} ${tally.decisive[column]}`).join(', ');
    say(
      `${count.worlds} worlds, ${objectTypes.length} types, ${tally.decisions} decisions, ${tally.wrong.length} differences; ` +
        `${(share * 100).toFixed(1)} % allowed; decided by ${decisive}`,
    );
    const failures = [...tally.wrong];
    if (tally.decisions < count.decisions) failures.push(`only ${tally.decisions} decisions`);
    if (share < 0.3 || share > 0.7) failures.push(`${(share * 100).toFixed(1)} % were allowed`);
    for (const column of columnNames)
      if (tally.decisive[column]! < count.decisive) failures.push(`${column} decided ${tally.decisive[column]} times`);

    const saboteurs: Saboteur[] = [];
    for (const [name, planted] of Object.entries(saboteursOf)) {
      const missed = new Map(Object.entries(planted.shownAs ?? { [name]: undefined }));
      for (let tries = 0; tries < 20 && missed.size > 0; tries += 1) {
        const found = newTally();
        await look(randomWorld(random, small), found, planted);
        for (const [fault, type] of missed) {
          const seen = found.wrong.find((one) => type === undefined || one.includes(`, ${type}/`));
          if (seen === undefined) continue;
          say(`saboteur, ${fault}: ${seen}`);
          saboteurs.push({ name: fault, caught: true });
          missed.delete(fault);
        }
      }
      saboteurs.push(...[...missed.keys()].map((fault) => ({ name: fault, caught: false })));
    }
    // Healthy again: what was red was red because of the fault.
    const after = newTally();
    await look(randomWorld(random), after);
    failures.push(...after.wrong.map((one) => `after the saboteurs, ${one}`));
    return { cases: tally.decisions + after.decisions, failures, saboteurs };
  } finally {
    await owner.end();
    await database.drop();
  }
};
