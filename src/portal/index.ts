// The portal's door: what Cloud Connect, the command line, the demo, benches and tests may use of it.
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../platform/clock.ts';
import { checkRuntimeRole } from '../platform/database/check-roles.ts';
import { createPool } from '../platform/database/db.ts';
import { createHttp } from '../platform/http/create-http.ts';
import { serveWeb } from '../platform/http/serve-web.ts';
import type { Log } from '../platform/log.ts';
import type { PortalContext } from './context.ts';
import { registerDaySheet } from './day-sheet/day-sheet.routes.ts';
import { registerOutbox } from './outbox/outbox.routes.ts';
import { registerPatients } from './patients/patients.routes.ts';
import { registerSession } from './session/session.routes.ts';
import { createSessions } from './session/sessions.ts';

export { type AuditEntry, recordAudit } from './audit/audit.sql.ts';
export { asSite, type PortalContext } from './context.ts';
export * as intake from './intake/intake.ts';
export * as outbox from './outbox/outbox.ts';
export { listProviderNames } from './patients/patients.sql.ts';
export { createSessions, type Member, type Sessions } from './session/sessions.ts';
export { createPortalUser, isAnySiteSetUp, type NewMember, setUpFirstSite } from './sites/set-up-site.ts';

export const portalMigrations: string = fileURLToPath(new URL('./migrations', import.meta.url));
export const portalRoles = ['portal_app', 'connect_app', 'portal_sync'] as const;

export interface PortalOptions {
  /** Database URL of the role portal_app, which serves requests. */
  readonly appUrl: string;
  /** Database URL of the role portal_sync: here for the first set-up of a site alone. */
  readonly syncUrl: string;
  readonly publicUrl: string;
  /** The built screens; null serves none. */
  readonly webDirectory: string | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

export interface Portal {
  readonly app: FastifyInstance;
  readonly context: PortalContext;
  close(): Promise<void>;
}

/** Refuses to start on a database role that row-level security would not bind. `app` is ready and does not listen yet. */
export async function createPortal(options: PortalOptions): Promise<Portal> {
  const { clock, log, publicUrl, version } = options;
  const pool = createPool(options.appUrl, { max: 20, applicationName: 'tidegate portal', log });
  const syncPool = createPool(options.syncUrl, { max: 2, applicationName: 'tidegate portal set-up', log });
  const closePools = () => Promise.all([pool.end(), syncPool.end()]);
  try {
    await checkRuntimeRole(pool, 'portal');
    await checkRuntimeRole(syncPool, 'portal set-up');
    const context: PortalContext = { pool, syncPool, clock, log, publicUrl, version };
    const app = createHttp({ log });
    const sessions = createSessions({ pool, clock, app: 'portal', roles: ['member', 'site-admin'] });
    registerSession(app, context, sessions);
    registerPatients(app, context, sessions);
    registerDaySheet(app, context, sessions);
    registerOutbox(app, context, sessions);
    if (options.webDirectory) serveWeb(app, { directory: options.webDirectory });
    await app.ready();
    return {
      app,
      context,
      close: async () => {
        await app.close();
        await closePools();
      },
    };
  } catch (error) {
    await closePools();
    throw error;
  }
}
