// The Access Doctor's reasoning (docs/domain.md, sections 4 and 5): from what the EMR said of our user, the selection and what runs left, the
// root causes of everything that is missing. Pure: it is given facts and no database.
//
// 1. A gap is one root cause, and names exactly what has to change: no cell more than switched-on features need, none fewer.
// 2. What is ticked counts for cells, what holds counts for features: a row that lapsed asks for a new last day, not for ticks it has.
// 3. Of a provider whom nobody selected no cells are missing: nobody asked for him.
// 4. Where the EMR says nothing of permissions there are no gaps of cells, membership or expiry: nothing is known of them.
import { bitOf, type ColumnSet, includesColumns } from '../../fhir/columns.ts';
import { sha256 } from '../../platform/ids.ts';
import { addDays } from '../../platform/zones.ts';
import type { FeatureState, GapCause, GapOwner, GateState } from '../contract/doctor.ts';
import { columnsNeededBy, columnsNeededByAll, type Feature, features } from '../contract/features.ts';
import type { Certainty, SliceOutcome } from '../contract/sync.ts';
import type { Said } from '../sync/sync.sql.ts';

export interface Pair {
  readonly officeId: string;
  readonly providerId: string;
}

/** A row of the EMR's roster. */
export interface RosterFact extends Pair {
  readonly member: boolean;
  readonly held: ColumnSet;
  readonly granted: ColumnSet;
  /** The last day on which the row holds, in the office's zone; null: no end. */
  readonly lastDay: string | null;
  /** Today in the office's zone, YYYY-MM-DD. */
  readonly today: string;
  readonly since: Date | null;
}

/** What the portal has of a schedule. */
export interface HeldFact extends Pair {
  readonly outcome: SliceOutcome;
  readonly problem: Said | null;
}

export interface Facts {
  readonly certainty: Certainty;
  /** What stopped the last run of all; null: it was not stopped. */
  readonly stopped: {
    readonly failure: 'authorisation' | 'unreachable' | 'failed-run';
    readonly since: Date;
    readonly problem: Said;
  } | null;
  readonly features: readonly Feature[];
  readonly selected: ReadonlySet<string>;
  /** Not selected, and nobody has said that this is meant so: since when. */
  readonly undecided: ReadonlyMap<string, Date>;
  readonly roster: readonly RosterFact[];
  readonly held: readonly HeldFact[];
}

export interface FoundGap {
  readonly gapId: string;
  readonly cause: GapCause;
  readonly owner: GapOwner;
  readonly officeId: string | null;
  readonly providerId: string | null;
  readonly schedules: readonly Pair[];
  readonly columns: ColumnSet;
  readonly lapsedOn: string | null;
  readonly features: readonly Feature[];
  readonly symptoms: readonly number[];
  readonly gates: readonly number[];
  readonly since: Date | null;
  readonly problem: Said | null;
}

export interface ScheduleState extends Pair {
  readonly states: Readonly<Record<Feature, FeatureState>>;
  readonly gapIds: readonly string[];
}

export interface Found {
  readonly gaps: readonly FoundGap[];
  readonly lapsingSoon: readonly (Pair & { readonly lastDay: string })[];
  readonly schedules: readonly ScheduleState[];
}

/** A row that ends within so many days is told of before it does. */
export const lapsesSoonDays = 14;

/** What people see of it (docs/domain.md, section 2); features without a symptom of their own have none. */
const symptomOf: Readonly<Partial<Record<Feature, number>>> = {
  'provider-list': 1,
  'day-sheet': 2,
  reminders: 3,
  confirm: 4,
  attachments: 5,
};

/** The gate that each cause closes. */
const gateOf: Readonly<Record<GapCause, number>> = {
  authorisation: 1,
  unreachable: 1,
  membership: 2,
  cells: 3,
  expiry: 3,
  vanished: 3,
  selection: 4,
  reading: 7,
  'failed-run': 7,
};

const ownerOf: Readonly<Record<GapCause, GapOwner>> = {
  authorisation: 'emr-administrator',
  unreachable: 'vendor',
  membership: 'emr-administrator',
  cells: 'emr-administrator',
  expiry: 'emr-administrator',
  vanished: 'emr-administrator',
  selection: 'site-admin',
  reading: 'site-admin',
  'failed-run': 'vendor',
};

const letters = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Of the cause and its place alone: who reads it out a week later still means the same gap. */
export function gapIdOf(cause: GapCause, officeId: string | null, providerId: string | null): string {
  const digest = sha256(`${cause} ${officeId ?? ''} ${providerId ?? ''}`);
  let code = 'G-';
  for (let at = 0; at < 12; at += 2) code += letters[digest.readUInt16BE(at) % letters.length];
  return code;
}

const keyOf = ({ officeId, providerId }: Pair) => `${officeId} ${providerId}`;
const lapsed = (row: RosterFact) => row.lastDay !== null && row.lastDay < row.today;

const none: readonly FoundGap[] = [];

function gapsByPair(gaps: readonly FoundGap[]): ReadonlyMap<string, readonly FoundGap[]> {
  const all = new Map<string, FoundGap[]>();
  for (const gap of gaps) {
    for (const pair of gap.schedules) {
      const key = keyOf(pair);
      const its = all.get(key);
      if (its) its.push(gap);
      else all.set(key, [gap]);
    }
  }
  return all;
}

export function diagnose(facts: Facts): Found {
  const switchedOn = features.filter((feature) => facts.features.includes(feature));
  const needed = columnsNeededByAll(switchedOn);
  const proved = facts.certainty === 'proved';
  const held = new Map(facts.held.map((one) => [keyOf(one), one]));
  const named = new Set(facts.roster.map(keyOf));
  const isSelected = (pair: Pair) => facts.selected.has(pair.providerId);
  const selectedRows = facts.roster.filter(isSelected);
  const gaps: FoundGap[] = [];
  const add = (
    cause: GapCause,
    place: { readonly officeId?: string; readonly providerId?: string },
    schedules: readonly Pair[],
    more: Partial<Pick<FoundGap, 'columns' | 'lapsedOn' | 'features' | 'since' | 'problem' | 'owner'>> = {},
  ) => {
    const { officeId = null, providerId = null } = place;
    const broken = more.features ?? switchedOn;
    gaps.push({
      gapId: gapIdOf(cause, officeId, providerId),
      cause,
      owner: ownerOf[cause],
      officeId,
      providerId,
      schedules,
      columns: 0,
      lapsedOn: null,
      since: null,
      problem: null,
      ...more,
      features: broken,
      symptoms: broken.flatMap((feature) => symptomOf[feature] ?? []).sort(),
      gates: [gateOf[cause]],
    });
  };

  if (facts.stopped) {
    const { failure, since, problem } = facts.stopped;
    add(failure, {}, selectedRows, { since, problem });
  }
  if (proved) {
    for (const [officeId, rows] of Map.groupBy(selectedRows, (row) => row.officeId)) {
      if (rows.some((row) => !row.member))
        add(
          'membership',
          { officeId },
          rows.filter((row) => !row.member),
        );
    }
    for (const row of selectedRows) {
      const missing = needed & ~row.granted;
      const { since } = row;
      if (lapsed(row)) add('expiry', row, [row], { lapsedOn: row.lastDay, since });
      if (missing !== 0) {
        const broken = switchedOn.filter((feature) => (columnsNeededBy[feature] & missing) !== 0);
        add('cells', row, [row], { columns: missing, features: broken, since });
      }
    }
  }
  for (const one of facts.held) {
    if (isSelected(one) && !named.has(keyOf(one))) add('vanished', one, [one]);
  }
  for (const [providerId, since] of facts.undecided) {
    const rows = facts.roster.filter((row) => row.providerId === providerId);
    if (rows.length > 0 && !facts.selected.has(providerId)) add('selection', { providerId }, rows, { since });
  }
  for (const row of selectedRows) {
    const one = held.get(keyOf(row));
    const readable = !proved || includesColumns(row.held, bitOf.Visible | bitOf.Scheduling);
    if (!one || !readable || lapsed(row)) continue;
    // One root cause is one gap: what failed with the whole run is told with the run.
    if (facts.stopped && one.outcome === 'failed') continue;
    const behind = one.outcome === 'failed' || one.outcome === 'needs-full' || one.outcome === 'waiting';
    // What of it cannot be taken over is the EMR's to mend; all else a run mends, or a decision.
    if (behind || (one.outcome === 'partly' && one.problem !== null)) {
      const owner = one.outcome === 'partly' || one.outcome === 'failed' ? 'vendor' : 'site-admin';
      const broken = switchedOn.filter((feature) => feature !== 'provider-list');
      add('reading', row, [row], { problem: one.problem, owner, features: broken });
    }
  }

  const ofPair = gapsByPair(gaps);
  const everyone = [...facts.roster, ...facts.held.filter((one) => !named.has(keyOf(one)) && isSelected(one))];
  const soon = selectedRows.flatMap((row) =>
    proved && row.lastDay !== null && !lapsed(row) && row.lastDay < addDays(row.today, lapsesSoonDays)
      ? [{ officeId: row.officeId, providerId: row.providerId, lastDay: row.lastDay }]
      : [],
  );
  const isSoon = new Set(soon.map(keyOf));
  return {
    gaps,
    lapsingSoon: soon,
    schedules: everyone.map((pair) => {
      const key = keyOf(pair);
      const its = ofPair.get(key) ?? none;
      const [selected, soonLapses] = [isSelected(pair), isSoon.has(key)];
      const stateOf = (feature: Feature): FeatureState => {
        if (!switchedOn.includes(feature)) return 'off';
        if (!selected) return 'not-selected';
        if (its.some((gap) => gap.features.includes(feature))) return 'broken';
        if (!proved) return 'unknown';
        return soonLapses ? 'lapses-soon' : 'works';
      };
      const states = {} as Record<Feature, FeatureState>;
      for (const feature of features) states[feature] = stateOf(feature);
      return {
        officeId: pair.officeId,
        providerId: pair.providerId,
        states,
        gapIds: its.map((gap) => gap.gapId),
      };
    }),
  };
}

export interface FoundGate {
  readonly gate: number;
  readonly state: GateState;
  readonly gap: FoundGap | null;
}

const outcomesOf = (gate: number) => ({
  passes: { gate, state: 'passes', gap: null } as const,
  fails: { gate, state: 'fails', gap: null } as const,
  unknown: { gate, state: 'unknown', gap: null } as const,
});
/** Most gates have no gap, and are the same one for every schedule. */
const withoutGap = Array.from({ length: 9 }, (_, gate) => outcomesOf(gate));

/** undefined: not known. */
function gateIs(gate: number, passes: boolean | undefined, gap: FoundGap | null): FoundGate {
  const state: GateState = passes === undefined ? 'unknown' : passes ? 'passes' : 'fails';
  return gap === null ? withoutGap[gate]![state] : { gate, state, gap };
}

/** Answers *why is this missing?* for a schedule: for any feature of it. */
export type Explainer = (pair: Pair) => (feature: Feature) => FoundGate[];

/** The way of a booking of a schedule to a feature, gate by gate (docs/domain.md, section 5); passed gates are told too. */
export function explainer(facts: Facts, found: Found): Explainer {
  const rows = new Map(facts.roster.map((row) => [keyOf(row), row]));
  const held = new Map(facts.held.map((one) => [keyOf(one), one]));
  const gapsOf = gapsByPair(found.gaps);
  const proved = facts.certainty === 'proved';
  const stopped = facts.stopped !== null;
  return (pair) => {
    const key = keyOf(pair);
    const its = gapsOf.get(key) ?? none;
    const row = rows.get(key);
    const one = held.get(key);
    const selected = facts.selected.has(pair.providerId);
    return (feature) => {
      const broken = its.length === 0 ? its : its.filter((gap) => gap.features.includes(feature));
      const by = (gate: number) =>
        broken.length === 0 ? null : (broken.find((gap) => gap.gates.includes(gate)) ?? null);
      const [gap1, gap7] = [by(1), by(7)];
      // Of one who is not selected nothing was judged, and it can be said all the same.
      const granted = row && !lapsed(row) && includesColumns(row.granted, columnsNeededBy[feature]);
      const readable = !stopped && selected && row?.member === true && granted === true;
      // Who is listed follows from the roster; the reading of his bookings is not waited for.
      const read =
        gap7?.cause !== 'failed-run' &&
        (feature === 'provider-list' ||
          one?.outcome === 'complete' ||
          one?.outcome === 'partly' ||
          (one?.outcome === 'cannot-be-read' && readable));
      return [
        gateIs(1, gap1 === null, gap1),
        gateIs(2, proved ? row?.member : undefined, by(2)),
        gateIs(3, proved ? (granted ?? false) : undefined, by(3)),
        gateIs(4, selected, by(4)),
        gateIs(5, true, null),
        gateIs(6, readable || undefined, null),
        gateIs(7, one !== undefined && selected && read, gap7),
        gateIs(8, true, null),
      ];
    };
  };
}
