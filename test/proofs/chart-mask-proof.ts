// The mask proof of the chart: what its surfaces show equals the reference, with both walls and with each alone; every planted fault is
// found.
import { chartEntries, fillChart } from '../../src/emr/fhir/test-chart-records.ts';
import { clinicId, createTestClinic, offices, otherClinicId, pairs } from '../../src/emr/fhir/test-clinic.ts';
import { emrMigrations } from '../../src/emr/index.ts';
import { type ChartSeen, chartReference } from '../masks/chart-reference.ts';
import { chartSurfaces } from '../masks/chart-surfaces.ts';
import { allMasks, enter, type Masked, maskWorld } from '../masks/mask-worlds.ts';
import {
  changed,
  faultsOfHeldGrant,
  faultsOfRowSecurity,
  withoutHeldGrant,
  withoutRowSecurity,
} from '../masks/walls.ts';
import type { Proof, Saboteur } from './proof.ts';

const [patient, billing, emr, labs, visible] = [1, 4, 8, 16, 32];
const tellingMasks = [
  0,
  31,
  visible,
  visible | emr,
  visible | labs,
  visible | billing,
  visible | emr | patient,
  63 & ~emr,
  63 & ~labs,
  63 & ~billing,
  63,
];

const lapsedWorld = maskWorld(pairs[0]!, 63, 0, true);

const worldsOf = (full: boolean): readonly Masked[] =>
  pairs.flatMap((pair, index) => {
    const elsewhere = offices.filter((office) => office !== pair[0]);
    const masks = full ? allMasks : index === 0 ? tellingMasks : [visible | emr];
    const besides = full ? allMasks : index === 0 ? [visible | emr, 63 & ~emr] : [];
    return [
      ...(full || index === 0 ? [maskWorld(pair, 63, 0, true), maskWorld(pair, 63, 63, false, elsewhere)] : []),
      ...masks.map((mask) => maskWorld(pair, mask, 0)),
      ...besides.map((mask) => maskWorld(pair, mask, 63)),
    ];
  });

const chartTables = [
  'document',
  'encounter',
  'diagnostic_report',
  'observation',
  'account',
  'charge_item',
  'coverage',
] as const;
const reportsBehind = (column: number) => `alter policy of_pair on diagnostic_report using (
  tenant_id = tenant_in_force() and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(${column}::smallint) p))`;

const { 'one table unfiltered': _, ...faultsOfFunction } = faultsOfRowSecurity;
const unfiltered = (...tables: readonly string[]) =>
  tables.map((table) => `alter table ${table} disable row level security`).join('; ');

interface Fault {
  readonly changes: readonly string[];
  /** The first wall is the one that masks; where it is open on purpose, nobody does. */
  readonly compareMasked: boolean;
  /** Of a surface that has to show it; any otherwise. */
  readonly shownBy?: string;
  readonly undo?: string;
}

const faults: Readonly<Record<string, Fault>> = {
  ...Object.fromEntries(
    Object.entries(faultsOfHeldGrant).map(([name, fault]) => [
      `first wall: ${name}`,
      { changes: [withoutRowSecurity, fault], compareMasked: true },
    ]),
  ),
  ...Object.fromEntries(
    [
      ...Object.entries(faultsOfFunction),
      ...chartTables.map((table) => [`${table} unfiltered`, unfiltered(table)]),
    ].map(([name, fault]) => [`second wall: ${name}`, { changes: [withoutHeldGrant, fault!], compareMasked: false }]),
  ),
  'second wall: a table behind another’s column': {
    changes: [withoutHeldGrant, reportsBehind(8)],
    compareMasked: false,
    undo: reportsBehind(16),
  },
  'second wall: a content that anybody reads': {
    changes: [withoutHeldGrant, unfiltered('binary_content', 'binary_chunk', 'document')],
    compareMasked: false,
    shownBy: 'content',
  },
};

export const proveChartMasks: Proof = async ({ adminUrl, full, say }) => {
  const clinic = await createTestClinic(adminUrl, emrMigrations);
  try {
    for (const tenantId of [clinicId, otherClinicId]) await fillChart(clinic.owner, tenantId);
    const surfaces = chartSurfaces(clinic, await clinic.token());
    const worlds = worldsOf(full);
    const faultWorlds = [31, 40, 48, 36, 63].map((mask) => maskWorld(pairs[0]!, mask, 0));
    // Of one wall alone: the other pairs hold nothing, so that whatever shows came through the pair in question.
    const oneWall = full ? worlds : [lapsedWorld, ...faultWorlds];

    let answers = 0;
    /** What a surface shows that it should not, or does not that it should; of each world, until `enough` says so. */
    const compare = async (
      of: readonly Masked[],
      compareMasked: boolean,
      enough: (wrong: readonly string[]) => boolean = () => false,
    ): Promise<string[]> => {
      const wrong: string[] = [];
      for (const world of of) {
        await enter(clinic, world);
        const expected = chartReference(world, chartEntries);
        // One after the other: what is saved for Ocean is staged, and given out once, by the surface that looks at it.
        for (const { name, look } of surfaces) {
          const seen = await look();
          for (const key of Object.keys(seen) as (keyof ChartSeen)[]) {
            if (key === 'masked' && !compareMasked) continue;
            answers += 1;
            const [is, shouldBe] = [JSON.stringify(seen[key]), JSON.stringify(expected[key])];
            if (is !== shouldBe) wrong.push(`${name} shows ${key} ${is}, and not ${shouldBe} (${world.name})`);
          }
          if (enough(wrong)) return wrong;
        }
      }
      return wrong;
    };

    let cases = 0;
    const failures: string[] = [];
    for (const [name, changes, of, compareMasked] of [
      ['both walls', [], worlds, true],
      ['the first wall alone', [withoutRowSecurity], oneWall, true],
      ['the second wall alone', [withoutHeldGrant], oneWall, false],
    ] as const) {
      const wrong = await changed(clinic.owner, changes, () => compare(of, compareMasked));
      say(
        `${name}: ${of.length} worlds, ${surfaces.length} surfaces, ${answers} lists compared, ${wrong.length} wrong`,
      );
      cases += of.length;
      failures.push(...wrong.map((one) => `${name}, ${one}`));
    }

    const saboteurs: Saboteur[] = [];
    for (const [name, { changes, compareMasked, shownBy = '', undo }] of Object.entries(faults)) {
      const shown = (wrong: readonly string[]) => wrong.find((one) => one.startsWith(shownBy));
      const wrong = await changed(clinic.owner, changes, () =>
        compare(
          name.includes('expiry') ? [lapsedWorld] : faultWorlds,
          compareMasked,
          (found) => shown(found) !== undefined,
        ),
      );
      if (undo) await clinic.owner.query(undo);
      say(`saboteur, ${name}: ${shown(wrong) ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: shown(wrong) !== undefined });
    }
    failures.push(...(await compare(faultWorlds.slice(0, 3), true)).map((one) => `after the saboteurs, ${one}`));
    return { cases, failures, saboteurs };
  } finally {
    await clinic.close();
  }
};
