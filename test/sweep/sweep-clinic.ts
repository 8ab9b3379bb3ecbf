// The clinic of the sweep: everything that belongs to a pair says so in its text, so that a leak is seen whatever it is in; and people who
// ask, each with a session of the screens and a client of their own.
import { fillChart } from '../../src/emr/fhir/test-chart-records.ts';
import {
  clientSecret,
  clinicId,
  createTestClinic,
  otherClinicId,
  type Pair,
  pairs,
  type TestClinic,
} from '../../src/emr/fhir/test-clinic.ts';
import { createEmr, type Emr, emrMigrations } from '../../src/emr/index.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';

export interface Asker {
  readonly name: string;
  readonly tenantId: number;
  readonly headers: { readonly screens: Record<string, string>; readonly programs: Record<string, string> };
  /** Whether a text that was marked with this may be in what he is answered. */
  mayRead(mark: string): boolean;
}

export interface SweepClinic {
  readonly clinic: TestClinic;
  readonly emr: Emr;
  /** Holds everything on north/abel, where all objects are, and nothing else. */
  readonly holder: Asker;
  readonly askers: readonly Asker[];
  readonly exportId: string;
  close(): Promise<void>;
}

const marked: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['appointment', ['reason', 'type_text']],
  ['appointment_version', ['reason', 'type_text']],
  ['document', ['title', 'folder']],
  ['encounter', ['note', 'type_text']],
  ['diagnostic_report', ['name', 'conclusion']],
  ['observation', ['name']],
  ['charge_item', ['description']],
  ['coverage', ['payor']],
  ['task', ['description', 'note']],
  ['questionnaire_response', ['questionnaire']],
  ['consent', ['category_text', 'policy_text']],
];

/** Everything on `holds`; a member of the offices that they are in. */
interface Kind {
  readonly name: string;
  readonly user: string;
  readonly tenantId?: number;
  readonly kind: 'staff' | 'administrator';
  readonly holds: readonly Pair[];
  readonly active?: boolean;
}

const of = (test: (pair: Pair) => boolean): readonly Pair[] => pairs.filter(test);
const isObjects = ([office, provider]: Pair) => office === 'north' && provider === 'abel';

const kinds: readonly Kind[] = [
  { name: 'who holds it', user: 'holder', kind: 'staff', holds: of(isObjects) },
  { name: 'another office', user: 'elsewhere', kind: 'staff', holds: of(([office]) => office === 'south') },
  { name: 'another provider', user: 'another', kind: 'staff', holds: of(([, provider]) => provider === 'baker') },
  { name: 'an administrator without a grant', user: 'administrator', kind: 'administrator', holds: [] },
  { name: 'another clinic', user: 'stranger', tenantId: otherClinicId, kind: 'administrator', holds: pairs },
  { name: 'deactivated', user: 'gone', kind: 'staff', holds: of(isObjects), active: false },
];

export async function openSweepClinic(adminUrl: string): Promise<SweepClinic> {
  const clinic = await createTestClinic(adminUrl, emrMigrations);
  const { owner, database, context } = clinic;
  for (const tenantId of [clinicId, otherClinicId]) await fillChart(owner, tenantId);
  await owner.query(
    `update appointment set version_id = version_id + 1, last_updated = clock_timestamp();
     update patient set version_id = version_id + 1, last_updated = clock_timestamp()`,
  );
  for (const [table, columns] of marked)
    await owner.query(
      `update ${table} set ${columns.map((column) => `${column} = 'MARK-' || case when tenant_id = ${clinicId} then '' else 'other-' end || office_id || '-' || provider_id`).join(', ')}`,
    );
  // Known by the pair that he is of; the one of two pairs by both.
  for (const table of ['patient', 'patient_version'])
    await owner.query(
      `update ${table} set family = 'MARK-' || case when tenant_id = ${clinicId} then '' else 'other-' end || replace(patient_id, 'of-', '')`,
    );
  // The other clinic has nothing with the objects' ids: what it is shown of them can only be ours.
  const objects = `tenant_id = ${otherClinicId} and office_id = 'north' and provider_id = 'abel'`;
  for (const table of [
    'task',
    'questionnaire_response',
    'consent',
    'observation',
    'charge_item',
    'diagnostic_report',
    'account',
    'coverage',
    'encounter',
    'document',
  ])
    await owner.query(`delete from ${table} where ${objects}`);
  await owner.query(`delete from binary_content where ${objects}`);
  await owner.query(`delete from appointment where ${objects}`);
  await owner.query(`delete from appointment_version where ${objects}`);
  await owner.query(`delete from patient_pair where ${objects}`);
  for (const table of ['patient_version', 'patient'])
    await owner.query(`delete from ${table} where tenant_id = ${otherClinicId} and patient_id = 'of-north-abel'`);
  // Of the holder's pair: one booking that was deleted, and one entry of each type that was withdrawn.
  await owner.query(`delete from appointment where tenant_id = ${clinicId} and appointment_id = 'north-abel.of-two'`);
  for (const [table, id] of [
    ['document', 'document_id'],
    ['encounter', 'encounter_id'],
    ['diagnostic_report', 'report_id'],
    ['observation', 'observation_id'],
    ['charge_item', 'charge_item_id'],
    ['task', 'task_id'],
    ['questionnaire_response', 'response_id'],
    ['consent', 'consent_id'],
  ] as const)
    await owner.query(
      `update ${table} set status = 'entered-in-error' where tenant_id = ${clinicId} and ${id} = 'north-abel.of-two'`,
    );
  await owner.query(
    `insert into app_user (tenant_id, user_id, kind, username, display_name) values (${clinicId}, 'only-ours', 'staff', 'only-ours', 'MARK-user'), (${otherClinicId}, 'only-theirs', 'staff', 'only-theirs', 'MARK-other-user')`,
  );

  const emr = await createEmr({
    appUrl: database.urlFor('emr_app'),
    importUrl: database.urlFor('emr_import'),
    publicUrl: context.publicUrl,
    webDirectory: null,
    clock: context.clock,
    log: context.log,
    version: 'sweep',
    sealingKey: context.sealingKey,
  });
  const askers: Asker[] = [];
  for (const { name, user, tenantId = clinicId, kind, holds, active = true } of kinds) {
    const session = randomToken(32);
    for (const [userId, userKind] of [
      [user, kind],
      [`${user}-service`, 'service'],
    ] as const) {
      await owner.query(
        `insert into app_user (tenant_id, user_id, kind, username, display_name) values ($1, $2, $3, $2, $2)`,
        [tenantId, userId, userKind],
      );
      await owner.query(
        `insert into office_membership (tenant_id, user_id, office_id) select distinct $1::integer, $2, o from unnest($3::text[]) o`,
        [tenantId, userId, holds.map(([office]) => office)],
      );
      await owner.query(
        `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns) select $1, $2, o, p, 63 from unnest($3::text[], $4::text[]) k (o, p)`,
        [tenantId, userId, holds.map(([office]) => office), holds.map(([, provider]) => provider)],
      );
    }
    await owner.query(
      `insert into session (tenant_id, token_hash, session_id, user_id, created_at, last_seen_at, second_factor_at) values ($1, $2, $3, $3, $4, $4, $4)`,
      [tenantId, sha256(session), user, context.clock.now()],
    );
    await owner.query(
      `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash) values ($1, $2, $3, $3, 'client_secret_post', $4)`,
      [tenantId, `${tenantId}-${user}`, `${user}-service`, sha256(clientSecret)],
    );
    const answer = await emr.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: `${tenantId}-${user}`,
        client_secret: clientSecret,
        scope: 'system/*.cruds',
      }).toString(),
    });
    const { access_token: token } = answer.json<{ access_token?: string }>();
    if (!token) throw new Error(`no token for ${name}: ${answer.body}`);
    if (!active)
      await owner.query(`update app_user set active = false where tenant_id = $1 and user_id like $2 || '%'`, [
        tenantId,
        user,
      ]);
    const readable = new Set(
      active
        ? [
            ...holds.flatMap((one) => [`${one.join('-')}`]),
            ...(holds.some((one) => isObjects(one) || one.join() === 'south,baker') ? ['two'] : []),
            ...(kind === 'administrator' ? ['user'] : []),
          ].map((mark) => `MARK-${tenantId === clinicId ? '' : 'other-'}${mark}`)
        : [],
    );
    askers.push({
      name,
      tenantId,
      headers: {
        screens: { cookie: `tidegate_emr=${tenantId}.${session}`, host: 'emr.test', origin: 'http://emr.test' },
        programs: { authorization: `Bearer ${token}` },
      },
      mayRead: (mark) => readable.has(mark),
    });
  }
  const [holder, ...others] = askers;
  const started = await emr.app.inject({
    url: '/fhir/$export?_since=2020-01-01T00:00:00Z',
    headers: { ...holder!.headers.programs, prefer: 'respond-async' },
  });
  const anonymous: Asker = {
    name: 'anonymous',
    tenantId: 0,
    headers: { screens: {}, programs: {} },
    mayRead: () => false,
  };
  // The screens' people at the programs' door, and the other way round: what is good at one opens nothing at the other.
  const wrongDoor: Asker = {
    ...holder!,
    name: 'who holds it, at the wrong door',
    headers: { screens: holder!.headers.programs, programs: holder!.headers.screens },
    mayRead: () => false,
  };
  return {
    clinic,
    emr,
    holder: holder!,
    askers: [...others, anonymous, wrongDoor],
    exportId: String(started.headers['content-location']).split('/').at(-1)!,
    close: async () => {
      await emr.close();
      await clinic.close();
    },
  };
}
