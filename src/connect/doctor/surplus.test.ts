// Taking away exactly the surplus changes nothing of what is missing: over random rosters, selections and features, judged by what finds gaps
// and by what plans a run, neither of which knows of a surplus.
import { describe, expect, it } from 'vitest';
import { allColumns, bitOf, type ColumnSet, columnSet } from '../../fhir/columns.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { type Feature, features } from '../contract/features.ts';
import { sliceOutcomes } from '../contract/sync.ts';
import { planSlices } from '../sync/plan-slices.ts';
import { diagnose, type Facts, type RosterFact } from './diagnose.ts';
import { columnsKeptFor, needsOf, type Surplus, surplusOf } from './surplus.ts';

/** mulberry32: the same worlds for the same seed, anywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const today = '2026-03-02';
const seed = 20_260_302;
const worlds = 3000;

const holds = (row: Pick<RosterFact, 'member' | 'lastDay'>, granted: ColumnSet): ColumnSet =>
  row.member && !(row.lastDay !== null && row.lastDay < today) && (granted & bitOf.Visible) !== 0 ? granted : 0;

function worldOf(random: () => number): Facts {
  const chance = (p: number) => random() < p;
  const providers = ['abel', 'baker', 'cho', 'dunn'].slice(0, 1 + Math.floor(random() * 4));
  const offices = ['hill', 'shore', 'quay'].slice(0, 1 + Math.floor(random() * 3));
  const member = new Map(offices.map((office) => [office, chance(0.85)]));
  const selected = new Set(providers.filter(() => chance(0.7)));
  const undecided = new Map(
    providers.filter((one) => !selected.has(one) && chance(0.4)).map((one) => [one, new Date(0)]),
  );
  const roster = offices.flatMap((officeId) =>
    providers
      .filter(() => chance(0.85))
      .map((providerId): RosterFact => {
        const granted = chance(0.3) ? allColumns : Math.floor(random() * 64);
        const lastDay = chance(0.7) ? null : chance(0.5) ? '2026-02-20' : '2026-03-09';
        const row = { officeId, providerId, member: member.get(officeId)!, granted, lastDay, today, since: null };
        return { ...row, held: holds(row, granted) };
      }),
  );
  return {
    certainty: chance(0.95) ? 'proved' : 'evidence',
    stopped: null,
    features: features.filter(() => chance(0.5)),
    selected,
    undecided,
    roster,
    held: roster
      .filter(() => chance(0.8))
      .map(({ officeId, providerId }) => ({
        officeId,
        providerId,
        outcome: sliceOutcomes[Math.floor(random() * sliceOutcomes.length)]!,
        problem: null,
      })),
  };
}

/** The same world with these ticks gone. */
function without(facts: Facts, gone: readonly Surplus[]): Facts {
  const of = new Map(gone.map((one) => [`${one.officeId} ${one.providerId}`, one.columns]));
  return {
    ...facts,
    roster: facts.roster.map((row) => {
      const granted = row.granted & ~(of.get(`${row.officeId} ${row.providerId}`) ?? 0);
      return { ...row, granted, held: holds(row, granted) };
    }),
  };
}

/** What a run makes of the selected schedules: what it says is missing, and how it reads. */
function planned(facts: Facts) {
  const coverage: PermissionCoverage & { readonly certainty: Facts['certainty'] } = {
    tenantId: '1',
    tenantName: 'Clinic',
    username: 'OceanAPI1',
    permissionVersion: '1',
    asOf: '2026-03-02T18:00:00Z',
    certainty: facts.certainty,
    offices: ['hill', 'shore', 'quay'].map((officeId) => ({ officeId, name: officeId, zone: 'UTC', member: true })),
    schedules: facts.roster.map((row) => ({
      officeId: row.officeId,
      providerId: row.providerId,
      providerDisplay: row.providerId,
      scheduleActive: true,
      columnsHeld: row.held,
      columnsGranted: row.granted,
      lapsed: false,
    })),
  };
  return planSlices({
    mode: 'full',
    only: null,
    coverage: coverage as Parameters<typeof planSlices>[0]['coverage'],
    selected: facts.selected,
    features: facts.features,
    windowDays: 14,
    cursors: [],
    known: [],
    siteZone: 'UTC',
  })
    .filter((slice) => slice.selected)
    .map(({ officeId, providerId, missingColumns, outcome, applies }) => ({
      officeId,
      providerId,
      missingColumns,
      outcome,
      applies,
    }));
}

const sayGaps = (facts: Facts) => {
  const { gaps, schedules, lapsingSoon } = diagnose(facts);
  // A gap carries the rows that it is about as they are; only which they are is of it.
  const named = gaps.map((gap) => ({ ...gap, schedules: gap.schedules.map((one) => [one.officeId, one.providerId]) }));
  return { gaps: named, lapsingSoon, states: schedules };
};

/** How often taking it away made a difference where there must be none, and what was exercised. */
function judge(surplus: (facts: Facts) => readonly Surplus[]) {
  const random = randomOf(seed);
  const counted = { worlds: 0, withSurplus: 0, ticks: 0, differ: 0, left: 0 };
  for (let at = 0; at < worlds; at += 1) {
    const facts = worldOf(random);
    const gone = surplus(facts);
    const after = without(facts, gone);
    counted.worlds += 1;
    counted.withSurplus += gone.length > 0 ? 1 : 0;
    counted.ticks += gone.reduce((sum, { columns }) => sum + columns.toString(2).replaceAll('0', '').length, 0);
    const before = { ...sayGaps(facts), planned: planned(facts) };
    if (JSON.stringify(before) !== JSON.stringify({ ...sayGaps(after), planned: planned(after) })) counted.differ += 1;
    if (surplusOf(after).length > 0) counted.left += 1;
  }
  return counted;
}

describe(`over ${worlds} random worlds`, () => {
  it('taking away exactly the surplus makes no gap, mends none, and changes no reading; then there is none', () => {
    const counted = judge(surplusOf);
    process.stdout.write(`surplus: seed ${seed}, ${JSON.stringify(counted)}\n`);
    expect(counted).toMatchObject({ worlds, differ: 0, left: 0 });
    expect(counted.withSurplus).toBeGreaterThan(1000);
    expect(counted.ticks).toBeGreaterThan(3000);
  });

  const wrong: Readonly<Record<string, (facts: Facts) => Surplus[]>> = {
    'one column too many': (facts) =>
      surplusOf(facts).map((one) =>
        one.why === 'no-feature' ? { ...one, columns: one.columns | bitOf.Patient } : one,
      ),
    'of the first feature alone': (facts) => surplusOf({ ...facts, features: facts.features.slice(0, 1) }),
    'what the features need, and not what a run reads with': (facts) =>
      surplusOf(facts).map((one) => ({
        ...one,
        columns: one.columns | (facts.features.includes('day-sheet') ? 0 : bitOf.Scheduling),
      })),
    'of a selected provider as of one who is not': (facts) => surplusOf({ ...facts, selected: new Set() }),
    'as though nothing were switched on': (facts) => surplusOf({ ...facts, features: [] }),
  };
  for (const [name, planted] of Object.entries(wrong)) {
    it(`a surplus computed wrongly is seen: ${name}`, () => expect(judge(planted).differ).toBeGreaterThan(0));
  }
});

const of = (granted: ColumnSet, more: Partial<Facts> = {}): Facts => ({
  certainty: 'proved',
  stopped: null,
  features: ['day-sheet', 'filing'],
  selected: new Set(['cho']),
  undecided: new Map(),
  roster: [
    { officeId: 'hill', providerId: 'cho', member: true, granted, held: granted, lastDay: null, today, since: null },
  ],
  held: [],
  ...more,
});

describe('the surplus', () => {
  const cho = { officeId: 'hill', providerId: 'cho' };

  it('is what no feature needs, and all of a provider who is not selected, unless that is not decided', () => {
    expect(surplusOf(of(allColumns))).toEqual([{ ...cho, columns: columnSet('Billing', 'Labs'), why: 'no-feature' }]);
    const nobody = { selected: new Set<string>() };
    expect(surplusOf(of(allColumns, nobody))).toEqual([{ ...cho, columns: allColumns, why: 'not-selected' }]);
    expect(surplusOf(of(allColumns, { ...nobody, undecided: new Map([['cho', new Date(0)]]) }))).toEqual([]);
    expect(surplusOf(of(allColumns, { features }))).toEqual([]);
    expect(surplusOf(of(0))).toEqual([]);
    expect(surplusOf(of(allColumns, { certainty: 'evidence' }))).toEqual([]);
  });

  it('leaves what a feature begins at: nobody writes to, or files for, a patient of a booking that is not listed', () => {
    const listed = columnSet('Visible', 'Scheduling', 'Patient');
    const on = (...some: Feature[]) => columnsKeptFor(some);
    expect(on('attachments')).toBe(listed | columnSet('EMR', 'Labs'));
    expect(on('confirm')).toBe(listed);
    expect(on('balance')).toBe(listed | bitOf.Billing);
    expect(on('provider-list')).toBe(columnSet('Visible', 'Scheduling'));
    expect(on()).toBe(columnSet('Visible', 'Scheduling'));
  });

  it('names of each column what it is needed for', () => {
    expect(needsOf(['filing', 'provider-list'])).toEqual({
      Patient: ['filing'],
      Scheduling: ['synchronising', 'filing'],
      Billing: [],
      EMR: ['filing'],
      Labs: [],
      Visible: ['synchronising', 'provider-list', 'filing'],
    });
  });
});
