// The portal's door: what Cloud Connect, the command line, the demo, benches and tests may use of it.
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { createBehind } from '../platform/behind.ts';
import type { Clock } from '../platform/clock.ts';
import { checkRuntimeRole } from '../platform/database/check-roles.ts';
import { createPool } from '../platform/database/db.ts';
import { createHttp } from '../platform/http/create-http.ts';
import { serveWeb } from '../platform/http/serve-web.ts';
import type { Log } from '../platform/log.ts';
import { registerAccounts } from './accounts/accounts.routes.ts';
import { registerAuditLog } from './audit/audit-log.routes.ts';
import type { PortalContext } from './context.ts';
import { registerDaySheet } from './day-sheet/day-sheet.routes.ts';
import { registerGaps } from './gaps/gaps.routes.ts';
import { registerLinkPage } from './links/link-page.routes.ts';
import { registerLinks } from './links/links.routes.ts';
import { registerMails } from './mail/mail.routes.ts';
import { registerMessages } from './messages/messages.routes.ts';
import { registerThreadPage } from './messages/thread-page.routes.ts';
import { registerOutbox } from './outbox/outbox.routes.ts';
import { registerPatients } from './patients/patients.routes.ts';
import { registerOptOut } from './reminders/opt-out.routes.ts';
import { registerReminders } from './reminders/reminders.routes.ts';
import { registerSession } from './session/session.routes.ts';
import { createSessions } from './session/sessions.ts';
import { registerUsers } from './sites/users.routes.ts';

export { type AuditEntry, recordAudit } from './audit/audit.sql.ts';
export { asSite, type PortalContext } from './context.ts';
export * as files from './files/files.ts';
export { countImpact, type MovedSchedule } from './impact/count-impact.ts';
export * as intake from './intake/intake.ts';
export { type CreateLinks, createLinks, type MadeLink } from './links/create-links.ts';
export { type NewMail, queueMail } from './mail/mail.ts';
export {
  createMailWorker,
  type MailStep,
  type MailWorker,
  type MailWorkerOptions,
  mailSteps,
} from './mail/mail-worker.ts';
export * as savedFetches from './messages/saved-fetches.ts';
export * as outbox from './outbox/outbox.ts';
export { listProviderNames } from './patients/patients.sql.ts';
export { type SyncWish, takeWishes } from './patients/sync-wishes.ts';
export { type DryRun, dryRunReminders } from './reminders/dry-run.ts';
export { createReminderWorker, type ReminderWorker, type ReminderWorkerOptions } from './reminders/reminder-worker.ts';
export { readSiteName } from './reminders/reminders.sql.ts';
export { bringSecondFactor } from './session/second-factor.ts';
export { registerSessions } from './session/session.routes.ts';
export { createSessions, type Member, type Sessions } from './session/sessions.ts';
export { createPortalUser, isAnySiteSetUp, type NewMember, setUpFirstSite } from './sites/set-up-site.ts';
export * as columnUse from './use/column-use.sql.ts';

export const portalMigrations: string = fileURLToPath(new URL('./migrations', import.meta.url));
export const portalRoles = ['portal_app', 'connect_app', 'portal_sync'] as const;

export interface PortalOptions {
  /** Database URL of the role portal_app, which serves requests. */
  readonly appUrl: string;
  /** Database URL of the role portal_sync: here for the first set-up of a site alone. */
  readonly syncUrl: string;
  /** 32 bytes that seal people's second factors; Cloud Connect's, because they are the same people. */
  readonly sealingKey: Buffer;
  readonly publicUrl: string;
  readonly cloudConnectUrl?: string;
  /** Of the pages of patients' links, from one address; 0 or absent: any number. */
  readonly linkRequestsPerMinute?: number;
  /** How long a patient's page waits for the EMR. */
  readonly linkWaitMs?: number;
  /** The built screens; null serves none. */
  readonly webDirectory: string | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Of reverse proxies in front of it; absent: there are none. */
  readonly trustedProxies?: readonly string[];
}

export interface Portal {
  readonly app: FastifyInstance;
  readonly context: PortalContext;
  close(): Promise<void>;
}

/** Refuses to start on a database role that row-level security would not bind. `app` is ready and does not listen yet. */
export async function createPortal(options: PortalOptions): Promise<Portal> {
  const { clock, log, publicUrl, sealingKey, version } = options;
  if (sealingKey.length !== 32) throw new Error('the key that seals second factors must be 32 bytes long');
  const pool = createPool(options.appUrl, { max: 20, applicationName: 'tidegate portal', log });
  const syncPool = createPool(options.syncUrl, { max: 2, applicationName: 'tidegate portal set-up', log });
  const closePools = () => Promise.all([pool.end(), syncPool.end()]);
  try {
    await checkRuntimeRole(pool, 'portal');
    await checkRuntimeRole(syncPool, 'portal set-up');
    const context: PortalContext = {
      pool,
      syncPool,
      clock,
      log,
      sealingKey,
      publicUrl,
      cloudConnectUrl: options.cloudConnectUrl ?? null,
      version,
    };
    const app = createHttp({ log, trustedProxies: options.trustedProxies });
    const behind = createBehind(log);
    const sessions = createSessions({
      pool,
      clock,
      behind,
      sealingKey,
      app: 'portal',
      roles: ['member', 'site-admin'],
    });
    registerSession(app, context, sessions);
    registerUsers(app, context, sessions);
    registerAuditLog(app, context, sessions);
    registerAccounts(app, context, { behind, requestsPerMinute: options.linkRequestsPerMinute ?? 0 });
    registerPatients(app, context, sessions);
    registerDaySheet(app, context, sessions);
    registerGaps(app, context, sessions);
    registerOutbox(app, context, sessions);
    registerLinks(app, context, sessions);
    registerLinkPage(app, context, {
      requestsPerMinute: options.linkRequestsPerMinute ?? 0,
      waitMs: options.linkWaitMs ?? 4000,
    });
    registerMails(app, context, sessions);
    registerMessages(app, context, sessions);
    registerThreadPage(app, context, { requestsPerMinute: options.linkRequestsPerMinute ?? 0 });
    registerReminders(app, context, sessions);
    registerOptOut(app, context);
    if (options.webDirectory) serveWeb(app, { directory: options.webDirectory });
    await app.ready();
    return {
      app,
      context,
      close: async () => {
        await app.close();
        await behind.settled();
        await closePools();
      },
    };
  } catch (error) {
    await closePools();
    throw error;
  }
}
