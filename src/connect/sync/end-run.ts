// The one transaction in which a run changes anything that people see.
import type { PoolClient } from 'pg';
import { intake, outbox } from '../../portal/index.ts';
import type { RunState } from '../contract/sync.ts';
import type { EndedSlice } from './final-slices.ts';
import { absenceMeans } from './guard.ts';
import { restMsOf } from './rest.ts';
import type { Work } from './run-work.ts';
import * as sql from './sync.sql.ts';
import { latestWitnesses, witnessesKept } from './witnesses.ts';

/** More slices than this are read by one full run, and not each by its own. */
const slicesFollowed = 5;

/**
 * Applies what was staged, with cursors, freshness, ledger and the run's end. Throws LeaseLost when the run is another's by now, and
 * SettingsMoved when the settings that it was planned by are not those in force.
 */
export async function endRunWith(tx: PoolClient, work: Work, slices: readonly EndedSlice[]): Promise<void> {
  const { run, context, connection } = work;
  await sql.holdRun(tx, run, context.owner);
  await sql.holdSettings(tx, run, connection.settingsVersion);
  const applied = await intake.apply(tx, {
    siteId: run.siteId,
    connectionId: run.connectionId,
    runId: run.runId,
    reading: run.mode === 'recent' ? 'recent' : 'full',
    slices,
    asOf: work.asOf,
    absences: work.waits ? null : absenceMeans(connection, work.coverage.certainty),
    unreadable: [...work.unusable.ids, ...work.setAside],
    deleted: work.deleted,
  });
  work.created = applied.reduce((sum, one) => sum + one.created, 0);
  const sliceOf = new Map(slices.map((slice) => [intake.sliceKey(slice), slice]));
  await sql.writeLedger(
    tx,
    run,
    applied.map((counts) => {
      const slice = intake.sliceKey(counts);
      const { outcome, missingColumns, problem } = sliceOf.get(slice)!;
      return { ...counts, outcome, missingColumns, problem, unusable: work.unusable.ofSlice(slice)?.count ?? 0 };
    }),
  );
  await sql.writeCursors(tx, run, cursorsOf(work, slices));
  await sql.writeWitnesses(
    tx,
    run,
    latestWitnesses(work.witnesses, await intake.listWitnesses(tx, run, witnessesKept)),
  );
  if (run.cause !== 'asked' || work.selectedNew) await followUp(tx, work, slices);
  const state = stateOf(work, slices);
  if (state === 'failed') await sql.noteFailed(tx, run, restMsOf(context));
  else await sql.noteWell(tx, run);
  await sql.endRun(tx, run, context.owner, {
    state,
    totals: totalsOf(work, applied),
    problem: problemOf(work, slices),
    certainty: work.coverage.certainty,
  });
  const waiting = await sql.findWaiting(tx, run);
  const { siteId, connectionId } = run;
  await outbox.keepRunTask(tx, { siteId, connectionId, runId: waiting?.runId ?? null });
}

/**
 * Where each slice goes on. One that cannot be read, or is not selected, forgets its place: what changes meanwhile lies behind any
 * cursor. One that was not proved stays where it was, unless the EMR itself is not where it was.
 */
function cursorsOf({ slices, asOf, restored }: Work, ended: readonly EndedSlice[]) {
  const endOf = new Map(ended.map((slice) => [intake.sliceKey(slice), slice]));
  return slices
    .filter((slice) => slice.read)
    .map((slice) => {
      const { officeId, providerId, columnsHeld, applies, cursor, to } = slice;
      const { proved, problem } = endOf.get(intake.sliceKey(slice))!;
      const at = !applies ? null : proved ? { at: asOf, windowTo: to } : restored ? null : cursor;
      return { officeId, providerId, columnsHeld, cursorAt: at?.at ?? null, windowTo: at?.windowTo ?? null, problem };
    });
}

/**
 * What nobody asked for looks after itself: slices that came into reach, or whose patients did, are read at once. A run that a person asked
 * for does what it is called, and says what else there is to do.
 */
async function followUp(tx: PoolClient, { run }: Work, slices: readonly EndedSlice[]): Promise<void> {
  if (run.mode !== 'recent') return;
  const failed = new Set((await sql.listFailedLately(tx, run)).map(intake.sliceKey));
  const due = slices.filter(
    (slice) =>
      slice.selected && (slice.outcome === 'needs-full' || slice.patientsBehind) && !failed.has(intake.sliceKey(slice)),
  );
  const { siteId, connectionId } = run;
  const asked = { siteId, connectionId, requestedBy: null, cause: 'follow-up' as const };
  if (due.length > slicesFollowed) await sql.insertRun(tx, { ...asked, mode: 'full' });
  else for (const slice of due) await sql.insertRun(tx, { ...asked, mode: 'slice', slice });
}

/** The slices that the run tried to read and could not. */
const failedOf = ({ failed }: Work, slices: readonly EndedSlice[]): EndedSlice[] =>
  slices.filter((slice) => slice.read && slice.applies && failed.has(intake.sliceKey(slice)));

const isAll = (failed: readonly EndedSlice[], slices: readonly EndedSlice[]): boolean =>
  failed.length > 0 && failed.length === slices.filter((slice) => slice.read && slice.applies).length;

function stateOf(work: Work, slices: readonly EndedSlice[]): Exclude<RunState, 'queued' | 'running'> {
  if (isAll(failedOf(work, slices), slices)) return 'failed';
  if (work.waits) return 'waiting-for-decision';
  const gaps = slices.some((slice) => slice.read && slice.selected && slice.outcome !== 'complete');
  return gaps || problemOf(work, slices) !== null ? 'complete-with-gaps' : 'complete';
}

/** What a person has to know of the whole run; what single schedules lack stands with the schedules. */
function problemOf(work: Work, slices: readonly EndedSlice[]): sql.Said | null {
  const { run, selected, proved, restored, unusable } = work;
  if (selected.size === 0) return { key: 'sync.nothing-selected', params: {} };
  if (!proved) return { key: 'sync.permissions-moving', params: {} };
  const failed = failedOf(work, slices);
  if (isAll(failed, slices)) {
    const [first, ...others] = failed.map(({ problem }) => problem);
    const same = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
    return same ? first! : { key: 'sync.none-read', params: { count: failed.length } };
  }
  if (restored) return { key: 'sync.restored', params: {} };
  if (failed.length > 0) return { key: 'sync.slices-failed', params: { count: failed.length } };
  if (unusable.count > 0) {
    return { key: 'sync.unusable', params: { count: unusable.count, ids: unusable.ids.slice(0, 5).join(', ') || '–' } };
  }
  if (run.mode === 'slice') return null;
  const listed = new Set(slices.filter((slice) => slice.named !== null).map((slice) => slice.providerId));
  const gone = [...selected].filter((providerId) => !listed.has(providerId)).length;
  return gone > 0 ? { key: 'sync.provider-gone', params: { count: gone } } : null;
}

function totalsOf(
  { absent, waits, unusable, failed, insteadOf }: Work,
  applied: readonly intake.AppliedSlice[],
): sql.Totals {
  const sum = (pick: (counts: intake.AppliedSlice) => number) =>
    applied.reduce((total, counts) => total + pick(counts), 0);
  return {
    fetched: sum((one) => one.fetched),
    created: sum((one) => one.created),
    updated: sum((one) => one.updated),
    returned: sum((one) => one.returned),
    removed: sum((one) => one.removed),
    unconfirmed: sum((one) => one.unconfirmed),
    resurfaced: sum((one) => one.resurfaced),
    visibilityLost: sum((one) => one.visibilityLost),
    withheld: sum((one) => one.withheld),
    unusable: unusable.count,
    failed: failed.size,
    ...(insteadOf ? { insteadOf } : {}),
    ...(waits
      ? {
          wouldBeUnconfirmed: absent.reduce((total, one) => total + one.absent, 0),
          preview: absent.filter((one) => one.absent > 0),
        }
      : {}),
  };
}
