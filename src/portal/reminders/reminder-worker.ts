// Looks every half minute for sites whose run is due, and for calendar files that are no longer right. What a run is and that it happens once is
// run-reminders.ts's, and what follows one up is follow-up.ts's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.ts';
import { checkRuntimeRole } from '../../platform/database/check-roles.ts';
import { createPool } from '../../platform/database/db.ts';
import { newErrorId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { listSitesWithFiles } from './calendar-files.sql.ts';
import { followUp } from './follow-up.ts';
import { listSitesWithRules } from './reminders.sql.ts';
import { runReminders } from './run-reminders.ts';

export interface ReminderWorkerOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  /** Where patients reach the portal. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookMs?: number;
}

export interface ReminderWorker {
  start(): Promise<void>;
  /** Carries out what is due now, and returns; for a worker that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

export function createReminderWorker(options: ReminderWorkerOptions): ReminderWorker {
  const { syncUrl, publicUrl, clock, log, lookMs = 30_000 } = options;
  const pool = createPool(syncUrl, { max: 2, applicationName: 'tidegate reminders', log });
  const stopped = new AbortController();
  let loop: Promise<void> | undefined;

  async function drain(): Promise<void> {
    await runAll();
    await followUpAll();
  }

  async function runAll(): Promise<void> {
    for (const siteId of await listSitesWithRules(pool)) {
      if (stopped.signal.aborted) return;
      try {
        const ran = await runReminders({ pool, clock, publicUrl }, siteId);
        if (ran) log.info({ siteId, ...ran }, 'reminders ran');
      } catch (error) {
        // One site's fault keeps no other from its run; nothing of this one is there, and the next look tries it again.
        log.error({ err: error, errorId: newErrorId(), siteId }, 'a run of reminders failed');
      }
    }
  }

  async function followUpAll(): Promise<void> {
    for (const siteId of await listSitesWithFiles(pool, clock.now())) {
      if (stopped.signal.aborted) return;
      try {
        const queued = await followUp({ pool, clock, publicUrl }, siteId);
        if (queued > 0) log.info({ siteId, queued }, 'calendar files were followed up');
      } catch (error) {
        log.error({ err: error, errorId: newErrorId(), siteId }, 'calendar files could not be followed up');
      }
    }
  }

  async function work(): Promise<void> {
    while (!stopped.signal.aborted) {
      await drain().catch((error) => log.error({ err: error }, 'looking for reminders failed'));
      await sleep(lookMs, undefined, { signal: stopped.signal }).catch(() => {});
    }
  }

  return {
    start: async () => {
      await checkRuntimeRole(pool, 'reminder worker');
      loop = work();
    },
    drain,
    stop: async () => {
      stopped.abort();
      await loop;
      await pool.end();
    },
  };
}
