// The mask proof of the chart: what its surfaces show equals the reference, with both walls and with each alone; and every planted fault
// is found. `MASK_PROOF=full` runs all 64 masks.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chartEntries, fillChart } from '../src/emr/fhir/test-chart-records.ts';
import {
  clinicId,
  createTestClinic,
  offices,
  otherClinicId,
  type Pair,
  pairs,
  type TestClinic,
} from '../src/emr/fhir/test-clinic.ts';
import { columnsIn } from '../src/fhir/columns.ts';
import { type ChartSeen, chartReference } from './masks/chart-reference.ts';
import { type ChartSurface, chartSurfaces } from './masks/chart-surfaces.ts';
import type { World } from './masks/reference.ts';
import {
  changed,
  faultsOfHeldGrant,
  faultsOfRowSecurity,
  withoutHeldGrant,
  withoutRowSecurity,
} from './masks/walls.ts';

const full = process.env['MASK_PROOF'] === 'full';
const timeout = full ? 1_800_000 : 300_000;

interface Masked extends World {
  readonly rows: readonly { readonly pair: Pair; readonly columns: number; readonly lapsed: boolean }[];
}

function maskWorld(
  pair: Pair,
  mask: number,
  others: 0 | 63,
  { lapsed = false, memberOf = offices as readonly string[] } = {},
): Masked {
  const rows = pairs.map((one) => ({
    pair: one,
    columns: one === pair ? mask : others,
    lapsed: one === pair && lapsed,
  }));
  return {
    name: `${pair.join('/')} mask ${mask}, others ${others}${lapsed ? ', lapsed' : ''}, member of ${memberOf.join()}`,
    memberOf,
    rows,
    grants: rows.map(({ pair: [office, provider], columns, lapsed: isLapsed }) => ({
      office,
      provider,
      columns: columnsIn(columns),
      lapsed: isLapsed,
    })),
  };
}

const visible = 32;
const [billing, emr, labs, patient] = [4, 8, 16, 1];
const telling = [
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
const masks = full ? Array.from({ length: 64 }, (_, mask) => mask) : telling;
const worlds: readonly Masked[] = [
  ...pairs.flatMap((pair, index) => [
    maskWorld(pair, 63, 0, { lapsed: true }),
    maskWorld(pair, 63, 63, { memberOf: offices.filter((office) => office !== pair[0]) }),
    ...(full || index === 0 ? masks : [visible | emr]).flatMap((mask) => [
      maskWorld(pair, mask, 0),
      maskWorld(pair, mask, 63),
    ]),
  ]),
];
/** Of one wall alone: the other pairs hold nothing, so that whatever shows came through the pair in question. */
const oneWall = full ? worlds : worlds.filter(({ name }) => !/others 63, member of north,south/.test(name));
const faultWorlds = worlds.filter(({ name }) => / mask (31|40|48|36|63), others 0/.test(name));

let clinic: TestClinic;
let surfaces: ChartSurface[];
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../src/emr/migrations', import.meta.url)));
  await fillChart(clinic.owner, clinicId);
  await fillChart(clinic.owner, otherClinicId);
  surfaces = chartSurfaces(clinic, await clinic.token());
});
afterAll(() => clinic?.close());

async function enter({ memberOf, rows }: Masked): Promise<void> {
  await clinic.owner.query(`delete from office_membership where tenant_id = $1`, [clinicId]);
  await clinic.owner.query(
    `insert into office_membership (tenant_id, user_id, office_id) select $1, 'service', id from unnest($2::text[]) id`,
    [clinicId, memberOf],
  );
  for (const { pair, columns, lapsed } of rows)
    await clinic.setGrant(pair, columns, lapsed ? new Date('2026-01-01') : null);
}

interface Compared {
  answers: number;
  readonly wrong: {
    readonly world: string;
    readonly surface: string;
    readonly expected: unknown;
    readonly seen: unknown;
  }[];
}

async function compare(of: readonly Masked[], { masked = true, untilFirst = false } = {}): Promise<Compared> {
  const compared: Compared = { answers: 0, wrong: [] };
  for (const world of of) {
    await enter(world);
    const expected = chartReference(world, chartEntries);
    for (const surface of surfaces) {
      const seen = await surface.look();
      // The first wall is the one that masks; where it is open on purpose, nobody does.
      const keys = (Object.keys(seen) as (keyof ChartSeen)[]).filter((key) => masked || key !== 'masked');
      const only = (one: Partial<ChartSeen>) => Object.fromEntries(keys.map((key) => [key, one[key]]));
      compared.answers += keys.length;
      if (JSON.stringify(only(seen)) === JSON.stringify(only(expected))) continue;
      compared.wrong.push({ world: world.name, surface: surface.name, expected: only(expected), seen: only(seen) });
      if (untilFirst) return compared;
    }
  }
  return compared;
}

describe('what the chart shows is what the matrix opens', () => {
  it.each([
    ['both walls', [], worlds, true],
    ['first wall alone', [withoutRowSecurity], oneWall, true],
    ['second wall alone', [withoutHeldGrant], oneWall, false],
  ] as const)('with %s', { timeout }, async (name, changes, of, masked) => {
    const compared = await changed(clinic.owner, changes, () => compare(of, { masked }));
    process.stderr.write(
      `mask proof, chart, ${name}: ${of.length} worlds, ${surfaces.length} surfaces, ${compared.answers} lists compared\n`,
    );
    expect(compared.wrong.slice(0, 3)).toEqual([]);
    expect(compared.answers).toBeGreaterThan(of.length * surfaces.length);
  });
});

const { 'one table unfiltered': _, ...faultsOfFunction } = faultsOfRowSecurity;
const unfiltered = [
  'document',
  'encounter',
  'diagnostic_report',
  'observation',
  'account',
  'charge_item',
  'coverage',
].map((table) => [`${table} unfiltered`, `alter table ${table} disable row level security`] as const);
const wrongColumn = `alter policy of_pair on diagnostic_report using (
  tenant_id = tenant_in_force() and (office_id, provider_id) in (select p.office_id, p.provider_id from pair_in_force(8::smallint) p))`;
const rightColumn = wrongColumn.replace('8::smallint', '16::smallint');

describe('the proof finds a fault', () => {
  it.each(Object.keys(faultsOfHeldGrant))('in the first wall: %s', { timeout }, async (fault) => {
    const changes = [withoutRowSecurity, faultsOfHeldGrant[fault]!];
    const found = await changed(clinic.owner, changes, () =>
      compare(fault === 'expiry ignored' ? worlds : faultWorlds, { untilFirst: true }),
    );
    expect(found.wrong).toHaveLength(1);
  });

  it.each([...Object.entries(faultsOfFunction), ...unfiltered])(
    'in the second wall: %s',
    { timeout },
    async (fault, change) => {
      const found = await changed(clinic.owner, [withoutHeldGrant, change], () =>
        compare(fault === 'expiry ignored' ? worlds : faultWorlds, { masked: false, untilFirst: true }),
      );
      expect(found.wrong).toHaveLength(1);
    },
  );

  it('in the second wall: a table behind another’s column', { timeout }, async () => {
    try {
      const found = await changed(clinic.owner, [withoutHeldGrant, wrongColumn], () =>
        compare(faultWorlds, { masked: false, untilFirst: true }),
      );
      expect(found.wrong).toHaveLength(1);
    } finally {
      await clinic.owner.query(rightColumn);
    }
  });

  it('in the second wall: a content that anybody reads', { timeout }, async () => {
    const open = ['binary_content', 'binary_chunk', 'document'].map(
      (table) => `alter table ${table} disable row level security`,
    );
    const found = await changed(clinic.owner, [withoutHeldGrant, ...open], () =>
      compare(faultWorlds, { masked: false }),
    );
    expect(found.wrong.map(({ surface }) => surface)).toContain('content');
  });
});
