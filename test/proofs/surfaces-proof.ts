// List = check on every surface: in each of two hundred random worlds everything that can be asked for through either door shows what the
// reference opens, no more and no less.
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { fillChart } from '../../src/emr/fhir/test-chart-records.ts';
import { clinicId, createTestClinic, otherClinicId, pairs, type TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import { createEmr, emrMigrations } from '../../src/emr/index.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';
import { type AllSeen, allReference } from '../masks/all-records.ts';
import { chartSurfaces } from '../masks/chart-surfaces.ts';
import { fhirSurfaces } from '../masks/fhir-surfaces.ts';
import { enter, type Masked, maskWorld } from '../masks/mask-worlds.ts';
import { type AnySurface, chartNumberOf, mirrorToStaff, moreSurfaces } from '../masks/more-surfaces.ts';
import { randomWorld } from '../masks/random-worlds.ts';
import { changed, withoutRowSecurity } from '../masks/walls.ts';
import { makeVersions, readingSurfaces } from '../masks/write-surfaces.ts';
import type { Proof, Saboteur } from './proof.ts';

const stated = { worlds: 200, alone: 20, pageSizes: [1, 5, 16, 100] } as const;
const reduced = { worlds: 2, alone: 1, pageSizes: [5] } as const;

/** The first wall, open to those statements alone that have this in them; row-level security is off. */
const openTo = (pattern: string) => `
  create or replace view held_grant with (security_invoker = true) as
  select ${clinicId} as tenant_id, u.id collate "C" as user_id, o.id collate "C" as office_id, p.id collate "C" as provider_id,
         63::smallint as columns
    from (values ('service'), ('staff'), ('administrator')) u (id) cross join (values ('north'), ('south')) o (id) cross join (values ('abel'), ('baker')) p (id)
   where current_query() ~* '${pattern}'
   union all
  select g.tenant_id, g.user_id, g.office_id, g.provider_id, g.columns
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
   where (g.columns & 32) = 32 and (g.access_until is null or g.access_until > now()) and not current_query() ~* '${pattern}'`;

/** Surface → a regular expression that its statements alone match. One forgotten join in any of them has to show there. */
const forgotten: Readonly<Record<string, string>> = {
  search: 'from appointment a.*limit \\$',
  read: 'from patient p.*p.patient_id in \\(\\$',
  'pages of 5': 'count\\(\\*\\).*from document e',
  'totals alone': 'count\\(\\*\\).*from encounter e',
  'every include': 'from patient p.*limit all',
  'every reverse include': 'from observation e.*e.provider_id in \\(\\$',
  // Both of its statements: each is behind the predicate.
  slots: 'open_hours h|unnest\\(\\$3::text\\[\\], \\$4::text\\[\\], \\$5::text\\[\\], \\$6',
  '$everything with the chart': 'from charge_item e.*limit \\$',
  'history of a type': 'from appointment_history a',
  'first version': 'from patient_history p',
  batch: 'from provider_schedule s.*limit \\$',
  'a batch over all types': 'from coverage e',
  export: '^copy.*from diagnostic_report e',
  'deletions of an export': '^copy.*deleted',
  content: 'join binary_content b.*d.binary_id = \\$',
  'what was saved for Ocean': 'saved_for_ocean|from document e',
  'the chart of the EMR’s own screens': 'from diagnostic_report',
  'the screens’ day list': 'order by a.start_at, a.appointment_id',
  'the screens’ patient search': 'not like word.pattern',
  'the screens’ chart, tab by tab': 'from charge_item',
  'the screens’ content of documents': 'join binary_content b',
  // Both of its statements: the names of patients, and who is found by a chart number.
  'the audit log as CSV': 'left join patient p|p.chart_number = \\$2',
};

export const proveSurfaces: Proof = async ({ adminUrl, full, seed, say }) => {
  const count = full ? stated : reduced;
  const clinic = await createTestClinic(adminUrl, emrMigrations);
  const { context, database, owner } = clinic;
  const emr = await createEmr({
    appUrl: database.urlFor('emr_app'),
    importUrl: database.urlFor('emr_import'),
    publicUrl: context.publicUrl,
    webDirectory: null,
    clock: context.clock,
    log: context.log,
    version: context.version,
    sealingKey: context.sealingKey,
  });
  try {
    const looked: TestClinic = { ...clinic, app: emr.app, context: emr.context };
    for (const tenantId of [clinicId, otherClinicId]) await fillChart(owner, tenantId);
    await makeVersions(clinic);
    await owner.query(
      `insert into open_hours (tenant_id, office_id, provider_id, weekday, from_time, until_time, slot_minutes)
       select tenant_id, office_id, provider_id, 2, '09:00', '10:00', 60 from provider_schedule`,
    );
    await owner.query(
      `insert into app_user (tenant_id, user_id, kind, username, display_name)
       values ($1, 'staff', 'staff', 'staff', 'Staff'), ($1, 'administrator', 'administrator', 'administrator', 'Administrator')`,
      [clinicId],
    );
    const at = context.clock.now();
    const cookieOf = async (userId: string): Promise<string> => {
      const session = randomToken(32);
      await owner.query(
        `insert into session (tenant_id, token_hash, session_id, user_id, created_at, last_seen_at, second_factor_at)
         values ($1, $2, $3, $3, $4, $4, $4)`,
        [clinicId, sha256(session), userId, at],
      );
      return `tidegate_emr=${clinicId}.${session}`;
    };
    await owner.query('update patient set chart_number = $2 || patient_id where tenant_id = $1', [
      clinicId,
      chartNumberOf(''),
    ]);
    // What the audit log is asked for: of each patient one who read his record. What the proof itself reads is recorded beside it.
    await owner.query(
      `insert into access_event (tenant_id, event_id, request_id, user_id, door, kind, route, status, entity_type, entity_id, patient_id)
       select tenant_id, 'reading-' || patient_id, 'r', 'reader', 'screen', 'read', 'GET /api/patients/:patientId/chart', 200, 'Patient', patient_id, patient_id
         from patient where tenant_id = $1`,
      [clinicId],
    );
    const go = async (world: Masked) => {
      await enter(clinic, world);
      await owner.query(mirrorToStaff);
    };
    await go(maskWorld(pairs[0]!, 63, 63));
    const token = await clinic.token(clinicId, 'system/*.cruds');
    const surfaces: AnySurface[] = [
      ...fhirSurfaces(looked, token).filter(({ name }) => !name.startsWith('pages')),
      ...readingSurfaces(looked, token),
      ...chartSurfaces(looked, token).map((surface) => ({
        ...surface,
        expected: (seen: AllSeen) => ({ ...seen, masked: seen.maskedEntries }),
      })),
      ...(await moreSurfaces({
        app: emr.app,
        token,
        cookie: await cookieOf('staff'),
        administratorCookie: await cookieOf('administrator'),
        pageSizes: count.pageSizes,
      })),
    ] as AnySurface[];

    let answers = 0;
    const look = async (world: Masked, of: readonly AnySurface[], compareMasked: boolean): Promise<string[]> => {
      const seen = allReference(world);
      const wrong: string[] = [];
      const looks = await Promise.allSettled(of.map((surface) => surface.look()));
      for (const [index, settled] of looks.entries()) {
        const surface = of[index]!;
        if (settled.status === 'rejected') {
          wrong.push(`${surface.name} cannot be looked at: ${(settled.reason as Error).message} (${world.name})`);
          continue;
        }
        const shown = settled.value;
        const expected = surface.expected?.(seen) ?? seen;
        for (const key of Object.keys(shown).filter((name) => name !== 'masked' || compareMasked)) {
          answers += 1;
          const [is, shouldBe] = [shown[key], (expected as Record<string, unknown>)[key]].map((one) =>
            JSON.stringify(one),
          );
          if (is !== shouldBe) wrong.push(`${surface.name} shows ${key} ${is}, and not ${shouldBe} (${world.name})`);
        }
      }
      return wrong;
    };
    const random = seededRandom(seed);
    const failures: string[] = [];
    let cases = 0;
    const compare = async (name: string, worlds: number, changes: readonly string[], compareMasked: boolean) => {
      await changed(owner, changes, async () => {
        for (let world = 1; world <= worlds; world += 1) {
          const one = randomWorld(random);
          await go(one);
          const wrong = await look(one, surfaces, compareMasked);
          cases += 1;
          failures.push(...wrong.map((what) => `${name}, ${what}`));
          if (world % 20 === 0) say(`${name}: ${world} worlds, ${answers} lists compared, ${failures.length} wrong`);
        }
      });
    };
    await compare('both walls', count.worlds, [], true);
    await compare('the first wall alone', count.alone, [withoutRowSecurity], true);
    await compare('the second wall alone', count.alone, [openTo('.')], false);
    say(`${cases} worlds, ${surfaces.length} surfaces, ${answers} lists compared, ${failures.length} wrong`);
    for (const one of failures.slice(0, 20)) say(one);

    const saboteurs: Saboteur[] = [];
    const faultWorlds = [0, 34, 33].map((mask) => maskWorld(pairs[0]!, mask, 0));
    for (const [name, pattern] of Object.entries(forgotten)) {
      const of = surfaces.filter((surface) => surface.name === name);
      if (of.length === 0) throw new Error(`there is no surface ${name}`);
      const wrong = await changed(owner, [withoutRowSecurity, openTo(pattern)], async () => {
        const found: string[] = [];
        for (const world of faultWorlds) {
          if (found.length > 0) break;
          await go(world);
          found.push(...(await look(world, of, false)));
        }
        return found;
      });
      say(`saboteur, one statement of ${name} without the predicate: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name: `one statement of ${name} without the predicate`, caught: wrong.length > 0 });
    }
    return { cases, failures, saboteurs };
  } finally {
    await emr.close();
    await clinic.close();
  }
};
