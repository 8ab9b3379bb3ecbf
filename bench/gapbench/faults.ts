// What is taken away in each case, what a perfect answer names, and how it is given back. The truth is told from what was done to the EMR and
// to the settings alone, by a table of its own: nothing of the system under test is asked what to expect.
import type { Lane, Pair } from './lane.ts';

/** The six columns and what the portal's features need of them (docs/domain.md, sections 3 and 4), told anew here. */
const columns = ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible'] as const;
const bit: Readonly<Record<string, number>> = { Patient: 1, Scheduling: 2, Billing: 4, EMR: 8, Labs: 16, Visible: 32 };
const all = 63;

export const causes = ['cells', 'expiry', 'membership', 'selection', 'authorisation'] as const;
export type TrueCause = (typeof causes)[number];

/** One root cause. `officeId` and `providerId` null: of all. Columns: those that have to be ticked, and no other; none for other causes. */
export interface Truth {
  readonly cause: TrueCause;
  readonly officeId: string | null;
  readonly providerId: string | null;
  readonly columns: readonly string[];
}

export const kinds = [
  'single-cell',
  'pair-of-cells',
  'set-of-cells',
  'deselection',
  'expiry',
  'membership',
  'new-provider',
  'revoked-client',
  'no-fault',
] as const;
export type Kind = (typeof kinds)[number];

export interface Case {
  readonly kind: Kind;
  readonly name: string;
  readonly truth: readonly Truth[];
  /** Does it; resolves when the EMR or Cloud Connect has acknowledged it. */
  inject(lane: Lane): Promise<void>;
  /** Gives it back, as whoever's job it is does; resolves likewise. */
  fix(lane: Lane): Promise<void>;
}

export interface Counts {
  readonly pairs: number;
  readonly sets: number;
  readonly noFaults: number;
  /** Of the cases that there is one of for each cell, schedule, provider or office: at most so many of a kind. */
  readonly each: number;
}

export const statedCounts: Counts = { pairs: 500, sets: 200, noFaults: 100, each: Number.POSITIVE_INFINITY };

interface Cell extends Pair {
  readonly column: string;
}

/** Cases in an order that the seed decides; every single cell of the roster is among them. */
export function casesOf(roster: readonly Pair[], random: () => number, counts: Counts): Case[] {
  const cells = roster.flatMap((pair) => columns.map((column): Cell => ({ ...pair, column })));
  const some = <T>(from: readonly T[], count: number): T[] => shuffled(from, random).slice(0, count);
  const providers = [...new Set(roster.map(({ providerId }) => providerId))];
  const offices = [...new Set(roster.map(({ officeId }) => officeId))];
  const cases = [
    ...some(cells, counts.each).map((cell) => withoutCells('single-cell', [cell])),
    ...times(counts.pairs, () => withoutCells('pair-of-cells', some(cells, 2))),
    ...times(counts.sets, () => withoutCells('set-of-cells', some(cells, 3 + Math.floor(random() * 22)))),
    ...some(providers, counts.each).map(deselected),
    ...some(roster, counts.each).map(lapsed),
    ...some(offices, counts.each).map(withoutOffice),
    ...times(Math.min(10, counts.each), (index) => newProvider(index, offices[index % offices.length]!)),
    ...times(Math.min(5, counts.each), revoked),
    ...times(counts.noFaults, (index) => noFault(index, roster[Math.floor(random() * roster.length)]!)),
  ];
  return shuffled(cases, random);
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const order = [...all];
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
  return order;
}

const pairName = ({ officeId, providerId }: Pair) => `${providerId} in ${officeId}`;

function withoutCells(kind: Kind, cells: readonly Cell[]): Case {
  const byPair = Map.groupBy(cells, ({ officeId, providerId }) => `${officeId} ${providerId}`);
  const rows = [...byPair.values()].map((of) => ({
    officeId: of[0]!.officeId,
    providerId: of[0]!.providerId,
    missing: columns.filter((column) => of.some((cell) => cell.column === column)),
  }));
  return {
    kind,
    name: rows.map((row) => `${row.missing.join('+')} of ${pairName(row)}`).join(', '),
    truth: rows.map(({ officeId, providerId, missing }) => ({
      cause: 'cells',
      officeId,
      providerId,
      columns: missing,
    })),
    inject: (lane) =>
      lane.saveRows(
        rows.map(({ missing, ...pair }) => ({
          ...pair,
          columns: all & ~missing.reduce((set, column) => set | bit[column]!, 0),
        })),
      ),
    fix: (lane) => lane.saveRows(rows.map(({ missing: _, ...pair }) => ({ ...pair, columns: all }))),
  };
}

const deselected = (providerId: string): Case => ({
  kind: 'deselection',
  name: `${providerId} taken out of the selection`,
  truth: [{ cause: 'selection', officeId: null, providerId, columns: [] }],
  inject: (lane) => lane.deselect(providerId),
  fix: (lane) => lane.select(providerId),
});

const lapsed = (pair: Pair): Case => ({
  kind: 'expiry',
  name: `${pairName(pair)} lapses`,
  truth: [{ cause: 'expiry', ...pair, columns: [] }],
  inject: (lane) => lane.lapse(pair),
  fix: (lane) => lane.saveRows([{ ...pair, columns: all }]),
});

const withoutOffice = (officeId: string): Case => ({
  kind: 'membership',
  name: `our user taken out of ${officeId}`,
  truth: [{ cause: 'membership', officeId, providerId: null, columns: [] }],
  inject: (lane) => lane.setOffices((offices) => offices.filter((one) => one !== officeId)),
  fix: (lane) => lane.setOffices((offices) => [...offices, officeId]),
});

function newProvider(index: number, officeId: string): Case {
  const providerId = `newcomer-${index}`;
  return {
    kind: 'new-provider',
    name: `${providerId} is new in ${officeId}`,
    truth: [{ cause: 'selection', officeId: null, providerId, columns: [] }],
    inject: (lane) => lane.addProvider({ officeId, providerId }),
    fix: (lane) => lane.select(providerId),
  };
}

const revoked = (index: number): Case => ({
  kind: 'revoked-client',
  name: `the client is revoked (${index + 1})`,
  truth: [{ cause: 'authorisation', officeId: null, providerId: null, columns: [] }],
  inject: async (lane) => {
    await lane.revoke();
    // Nobody is told of that: a revoked client's subscriptions are gone with it. The next reading finds it.
    await lane.lookAgain();
  },
  fix: (lane) => lane.renewSecret(),
});

/** What happens every day and is no gap. */
function noFault(index: number, pair: Pair): Case {
  const acts: readonly (readonly [string, (lane: Lane) => Promise<void>])[] = [
    [`a booking of ${pairName(pair)} is moved`, (lane) => lane.moveBooking(pair)],
    [`a booking of ${pairName(pair)} is cancelled`, (lane) => lane.cancelBooking(pair)],
    [`a booking of ${pairName(pair)} is deleted`, (lane) => lane.deleteBooking(pair)],
    [`a patient of ${pairName(pair)} has another telephone number`, (lane) => lane.editPatient(pair)],
    [`somebody else's permissions on ${pairName(pair)} are changed`, (lane) => lane.changeSomebodyElse(pair)],
    ['a full synchronisation', (lane) => lane.syncFull()],
  ];
  const [name, act] = acts[index % acts.length]!;
  return { kind: 'no-fault', name, truth: [], inject: act, fix: async () => {} };
}
