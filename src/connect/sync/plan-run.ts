// What a run has to do at each schedule, by what the EMR says that we may see and what the Site Admin has set; and what of it an attempt
// before it has done.
import { intake } from '../../portal/index.ts';
import { getConnection, listSelected } from '../connections/connections.sql.ts';
import type { Coverage } from '../emr-client/read-coverage.ts';
import { followRoster } from '../settings/choose-provider.ts';
import { lockSettings } from '../settings/settings.sql.ts';
import { wakeByCoverage } from '../write-back/waking.ts';
import { planSlices } from './plan-slices.ts';
import { inSite, type Work } from './run-work.ts';
import * as sql from './sync.sql.ts';

/** Decides each slice by this coverage, and keeps the coverage for the screens. */
export async function plan(work: Work, coverage: Coverage): Promise<void> {
  const { run } = work;
  const facts = await inSite(work, async (tx) => {
    if (work.connection.selectNewProviders) await lockSettings(tx, run.siteId);
    // Held is what is said to be held.
    if (coverage.certainty === 'proved') await wakeByCoverage(tx, run, coverage);
    await sql.writeRoster(tx, run, coverage);
    await sql.writeEmrState(tx, run, coverage);
    const named = coverage.schedules.filter((row) => row.scheduleActive).map((row) => row.providerId);
    if (await followRoster(tx, work.connection, named)) {
      work.selectedNew = true;
      work.connection = await getConnection(tx, run.siteId, run.connectionId);
    }
    return {
      selected: new Set(await listSelected(tx, run.siteId, run.connectionId)),
      cursors: await sql.listCursors(tx, run),
      known: await intake.listKnownSchedules(tx, run.siteId, run.connectionId),
      siteZone: await intake.readSiteZone(tx, run.siteId),
      expected: await sql.lastFetched(tx, run),
    };
  });
  const { connection } = work;
  const { features, windowDays } = connection;
  work.coverage = coverage;
  const { permissionVersion, changesUntil = coverage.asOf } = coverage;
  work.asOf = new Date(changesUntil);
  work.slices = planSlices({ mode: run.mode, only: sql.sliceOf(run), coverage, features, windowDays, ...facts });
  work.selected = facts.selected;
  work.progress.schedulesTotal = work.slices.filter((slice) => slice.read && slice.selected).length;
  work.progress.bookingsExpected = run.mode === 'full' ? facts.expected : null;
  const read = work.slices.filter((slice) => slice.read && slice.applies);
  work.marks = {
    permissionVersion,
    settingsVersion: connection.settingsVersion,
    asOf: changesUntil,
    window: [...new Set(read.map((slice) => `${slice.from.toISOString()}/${slice.to.toISOString()}`))].sort().join(' '),
  };
}

/** I3: what an earlier attempt staged, if it still means the same; else staging is emptied. */
export function keptStaging(work: Work): Promise<Work['kept']> {
  const { run, marks } = work;
  return inSite(work, async (tx) => {
    const checkpoint = (await sql.findRunRow(tx, run))?.checkpoint ?? {};
    const { permissionVersion, settingsVersion, window, asOf, differing, patients, byName, bookings, read, deleted } =
      checkpoint;
    const staged = await intake.countStaged(tx, run);
    const same =
      permissionVersion === marks.permissionVersion &&
      settingsVersion === marks.settingsVersion &&
      window === marks.window &&
      patients === staged.patients &&
      (bookings ?? 0) === staged.bookings;
    if (same && asOf !== undefined && patients !== undefined) {
      work.asOf = new Date(asOf);
      work.marks = { ...marks, asOf };
      work.deleted = deleted ?? [];
      return {
        patients,
        ...(differing ? { differing } : {}),
        ...(byName ? { byName } : {}),
        ...(bookings === undefined || !read ? {} : { bookings, read }),
      };
    }
    await intake.clearStaging(tx, run);
    await sql.writeCheckpoint(tx, run, work.context.owner, {});
    return {};
  });
}
