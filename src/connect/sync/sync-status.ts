// What the Sync Status panel says. The bar is never blue or green with gaps: it follows the last run's end and what is missing now.
import { type ColumnSet, columnsIn } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { formatDate } from '../../language/dates.ts';
import { listOf } from '../../language/lists.ts';
import { format, isMessageKey, type Language, type MessageKey } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { offsetsAround } from '../../platform/zones.ts';
import { intake } from '../../portal/index.ts';
import { type Announcing, listAnnouncing } from '../announcements/announcements.sql.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type {
  AnnouncementState,
  BarState,
  Certainty,
  RunProgress,
  RunSummary,
  Said,
  SliceStatus,
  SyncStatus,
  WaitingRun,
} from '../contract/sync.ts';
import { listNewProviders } from '../settings/new-providers.sql.ts';
import * as sql from './sync.sql.ts';

interface Reader {
  readonly siteId: number;
  readonly siteName: string;
  readonly language: Language;
  readonly clock: Clock;
}

export const columnNames = (language: Language, set: ColumnSet): string => {
  const names = columnsIn(set).map((column) => format(language, columnName(column)));
  return listOf(language, names);
};

/** What is the matter with a slice, the nearest cause first. `member` undefined: the EMR's roster does not name it. */
function reasonOf(
  slice: intake.SyncedSchedule,
  member: boolean | undefined,
  problem: sql.Said | null,
  { language, certainty }: { readonly language: Language; readonly certainty: Certainty },
): Said | null {
  const said = (key: MessageKey, params: Record<string, string | number> = {}): Said => ({
    key,
    text: format(language, key, params),
  });
  if (slice.outcome === 'not-selected') return said('sync.reason.not-selected');
  if (member === undefined) return said('sync.reason.vanished');
  if (!member) return said('sync.reason.no-membership');
  if (slice.lapsedOn !== null) return said('sync.reason.lapsed', { day: formatDate(language, slice.lapsedOn, 'day') });
  const found = problem && isMessageKey(problem.key) ? said(problem.key, problem.params) : null;
  if (slice.outcome === 'failed') {
    return found ? said('sync.reason.failed', { reason: found.text }) : said('sync.reason.moving');
  }
  if (slice.missingColumns !== 0) {
    const count = columnsIn(slice.missingColumns).length;
    const missing = said('sync.reason.missing', { columns: columnNames(language, slice.missingColumns), count });
    return found ? { ...missing, text: `${missing.text} ${found.text}` } : missing;
  }
  if (slice.outcome === 'needs-full') return said('sync.reason.needs-full');
  if (slice.outcome === 'waiting') return said('sync.reason.waiting');
  if (found) return found;
  if (slice.outcome === 'partly') return said('sync.reason.patients');
  return certainty === 'evidence' ? said('sync.reason.by-evidence') : null;
}

export async function readSyncStatus(tx: Db, { siteId, siteName, language, clock }: Reader): Promise<SyncStatus> {
  const connection = await findConnection(tx, siteId);
  const { rows: sites } = await tx.query<{ zone: string }>('select zone from site where site_id = $1', [siteId]);
  const zone = sites[0]!.zone;
  const now = clock.now();
  const empty = { shown: 0, skipped: 0, invisibleAtLeast: 0, gaps: 0 };
  const ground = { siteName, zone, now: now.toISOString(), offsets: offsetsAround(zone, now) };
  if (!connection) {
    return {
      ...ground,
      bar: 'no-connection',
      connection: null,
      live: null,
      queued: [],
      last: null,
      nextRunAt: null,
      runs: [],
      waiting: null,
      newProviders: [],
      announcements: { state: 'none', heardAt: null, problem: null },
      schedules: [],
      books: empty,
    };
  }
  const runs = await sql.listRuns(tx, connection, 20);
  const { rows: people } = await tx.query<{ userId: string; name: string }>(
    'select user_id as "userId", display_name as name from portal_user where user_id = any ($1)',
    [runs.flatMap((run) => (run.requestedBy === null ? [] : [run.requestedBy]))],
  );
  const nameOf = new Map(people.map((person) => [person.userId, person.name]));
  const said = (one: sql.Said | null): Said | null =>
    one && isMessageKey(one.key) ? { key: one.key, text: format(language, one.key, one.params) } : null;
  const summaryOf = (run: sql.Run): RunSummary => ({
    runId: run.runId,
    mode: run.mode,
    slice: sql.sliceOf(run),
    cause: run.cause,
    state: run.state,
    requestedAt: run.requestedAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    endedAt: run.endedAt?.toISOString() ?? null,
    requestedBy: run.requestedBy === null ? null : (nameOf.get(run.requestedBy) ?? null),
    fetched: run.totals.fetched ?? 0,
    created: run.totals.created ?? 0,
    updated: run.totals.updated ?? 0,
    problem: said(run.problem),
    certainty: run.certainty,
  });
  const certainty = (await sql.findCertainty(tx, connection)) ?? 'proved';
  const live = runs.find((run) => run.state === 'running');
  const last = runs.find(isOver);
  const roster = await sql.listRoster(tx, connection);
  const rosterOf = new Map(roster.map((row) => [intake.sliceKey(row), row]));
  const problems = new Map((await sql.listCursors(tx, connection)).map((row) => [intake.sliceKey(row), row.problem]));
  const ledger = new Map((last ? await sql.listLedger(tx, last) : []).map((row) => [intake.sliceKey(row), row]));
  const synced = await intake.listSchedulesFor(tx, siteId, connection.connectionId);
  const schedules = synced.map((slice): SliceStatus => {
    const key = intake.sliceKey(slice);
    const { member, columnsGranted } = rosterOf.get(key) ?? {};
    return {
      officeId: slice.officeId,
      officeName: slice.officeName,
      providerId: slice.providerId,
      providerDisplay: slice.providerDisplay,
      outcome: slice.outcome,
      missingColumns: slice.missingColumns,
      untickedColumns: slice.missingColumns & ~(columnsGranted ?? 0),
      member: member ?? false,
      lapsedOn: slice.lapsedOn,
      matchedAsOf: slice.matchedAsOf?.toISOString() ?? null,
      shown: slice.shown,
      keptInvisible: slice.keptInvisible,
      withheld: slice.withheld,
      unconfirmed: slice.unconfirmed,
      created: ledger.get(key)?.created ?? 0,
      updated: ledger.get(key)?.updated ?? 0,
      reason: reasonOf(slice, member, problems.get(key) ?? null, { language, certainty }),
      certainty,
    };
  });
  const newProviders = await listNewProviders(tx, connection);
  const gaps = schedules.filter((slice) => slice.outcome !== 'complete' && slice.outcome !== 'not-selected').length;
  const sum = (pick: (slice: intake.SyncedSchedule) => number) =>
    synced.reduce((total, slice) => total + pick(slice), 0);
  return {
    ...ground,
    bar: barOf(live !== undefined, runs, schedules),
    connection: {
      connectionId: connection.connectionId,
      name: connection.name,
      baseUrl: connection.baseUrl,
      certainty,
      certaintyText: certainty === 'evidence' ? format(language, 'sync.certainty.evidence') : null,
    },
    live: live
      ? {
          ...summaryOf(live),
          progress: progressOf(live, now),
        }
      : null,
    queued: runs.filter((run) => run.state === 'queued').map((run) => run.mode),
    last: last ? summaryOf(last) : null,
    nextRunAt: connection.nextRunAt.toISOString(),
    runs: runs.map(summaryOf),
    waiting: waitingOf(await sql.findWaiting(tx, connection), schedules),
    newProviders: newProviders.map(({ providerId, display, offices, firstSeenAt }) => ({
      providerId,
      display,
      offices,
      since: firstSeenAt.toISOString(),
    })),
    announcements: announcementsOf(await listAnnouncing(tx, connection), said),
    schedules,
    books: {
      shown: sum((slice) => slice.shown),
      skipped: sum((slice) => slice.skipped),
      invisibleAtLeast: sum((slice) => slice.keptInvisible + slice.withheld),
      gaps,
    },
  };
}

/** What the preview of the run that waits says, by name. */
function waitingOf(run: sql.Run | undefined, schedules: readonly SliceStatus[]): WaitingRun | null {
  if (!run?.endedAt) return null;
  const named = new Map(schedules.map((slice) => [intake.sliceKey(slice), slice]));
  return {
    runId: run.runId,
    mode: run.mode,
    endedAt: run.endedAt.toISOString(),
    schedules: (run.totals.preview ?? []).map((one) => {
      const { officeName = one.officeId, providerDisplay = one.providerId } = named.get(intake.sliceKey(one)) ?? {};
      return { ...one, officeName, providerDisplay };
    }),
  };
}

/** One refusal is the answer: what is announced of the rest does not make up for it. */
function announcementsOf(
  rows: readonly Announcing[],
  said: (problem: sql.Said | null) => Said | null,
): AnnouncementState {
  const refused = rows.find((row) => row.state === 'refused' || row.problem !== null);
  const heard = rows.flatMap((row) => (row.heardAt === null ? [] : [row.heardAt.toISOString()])).sort();
  return {
    state:
      rows.length === 0 ? 'none' : refused ? 'refused' : rows.every((row) => row.state === 'active') ? 'on' : 'asked',
    heardAt: heard.at(-1) ?? null,
    problem: said(refused?.problem ?? null),
  };
}

const isOver = (run: sql.Run): boolean => run.state !== 'queued' && run.state !== 'running';

/**
 * What one slice did well says nothing of what stopped a run of all before it, and no later run decides what waits for a person. Schedules
 * that lacked something then are judged as they are now.
 */
function barOf(running: boolean, runs: readonly sql.Run[], schedules: readonly SliceStatus[]): BarState {
  if (running) return 'running';
  const last = runs.find(isOver);
  const ofAll = runs.find((run) => isOver(run) && run.mode !== 'slice');
  if (last?.state === 'failed' || ofAll?.state === 'failed') return 'failed';
  const has = (outcome: SliceStatus['outcome']) => schedules.some((slice) => slice.outcome === outcome);
  if (last?.state === 'waiting-for-decision' || has('waiting')) return 'waiting';
  const gaps = schedules.some((slice) => slice.outcome !== 'complete' && slice.outcome !== 'not-selected');
  const toldOf = ofAll?.state === 'complete-with-gaps' && ofAll.problem !== null;
  return toldOf || last?.state === 'complete-with-gaps' || gaps ? 'gaps' : 'idle';
}

function progressOf({ startedAt, progress }: sql.Run, now: Date): RunProgress {
  const seconds = startedAt ? (now.getTime() - startedAt.getTime()) / 1000 : 0;
  const { bookingsRead = 0, bookingsExpected = null, schedulesDone = 0, schedulesTotal = 0 } = progress;
  const rate = seconds > 0.5 && bookingsRead > 0 ? bookingsRead / seconds : null;
  // What the last full run fetched is a guess: reading alone never makes the whole.
  const fraction = bookingsExpected ? Math.min(0.95, bookingsRead / bookingsExpected) : null;
  return {
    fraction,
    schedulesDone,
    schedulesTotal,
    bookingsRead,
    bookingsPerSecond: rate === null ? null : Math.round(rate),
    secondsLeft:
      rate === null || bookingsExpected === null
        ? null
        : Math.max(0, Math.round((bookingsExpected - bookingsRead) / rate)),
  };
}
