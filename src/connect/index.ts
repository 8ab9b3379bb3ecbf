// Cloud Connect's door: what the command line, the demo, benches and tests may use of it.
import type { FastifyInstance } from 'fastify';
import { createBehind } from '../platform/behind.ts';
import type { Clock } from '../platform/clock.ts';
import { checkRuntimeRole } from '../platform/database/check-roles.ts';
import { createPool } from '../platform/database/db.ts';
import { createHttp } from '../platform/http/create-http.ts';
import { serveWeb } from '../platform/http/serve-web.ts';
import type { Log } from '../platform/log.ts';
import type { AddressRule } from '../platform/webhooks/address.ts';
import { createSessions } from '../portal/index.ts';
import { registerAnnouncements } from './announcements/announcements.routes.ts';
import { certificateKey } from './certificates/certificate.ts';
import { registerCertificates } from './certificates/certificates.routes.ts';
import type { ConnectContext } from './context.ts';
import { registerDoctor } from './doctor/doctor.routes.ts';
import { registerFixRequests } from './fix-requests/fix-requests.routes.ts';
import { registerNotices } from './notices/notices.routes.ts';
import { registerSession } from './session/session.routes.ts';
import { registerSettings } from './settings/settings.routes.ts';
import { registerSync } from './sync/sync.routes.ts';
import { registerWriteBacks } from './write-back/write-backs.routes.ts';

export {
  type AnnouncementKeeper,
  type AnnouncementKeeperOptions,
  createAnnouncementKeeper,
} from './announcements/announcement-keeper.ts';
export { createSavedFetcher, type SavedFetcher, type SavedFetcherOptions } from './attachments/saved-fetcher.ts';
export { certificateKey, type PublicKey, type Verified, verifyCertificate } from './certificates/certificate.ts';
export { findConnection } from './connections/connections.sql.ts';
export { type ConnectContext, type ConnectPrincipal, requireSiteAdmin } from './context.ts';
export type { CertificateContent } from './contract/certificates.ts';
export { type Feature, features } from './contract/features.ts';
export { createGapKeeper, type GapKeeper, type GapKeeperOptions } from './doctor/gap-keeper.ts';
export { diagnoseSite } from './doctor/read-doctor.ts';
export { leastPrivilegeOfSite } from './doctor/read-least-privilege.ts';
export { sayProbe } from './doctor/said-probe.ts';
export { createNoticeWorker, type NoticeWorker, type NoticeWorkerOptions } from './notices/notice-worker.ts';
export { type SavedSettings, type SettingsActor, saveSettings } from './settings/save-settings.ts';
export { type ConnectionState, type Ledger, readConnections, readLedger } from './sync/read-ledger.ts';
export { findRun, isKnownSlice, listConnections, type RunReport, requestRun } from './sync/request-run.ts';
export { type Step, steps } from './sync/run-machine.ts';
export { createSyncWorker, type SyncWorker, type SyncWorkerOptions } from './sync/sync-worker.ts';
export { type DeliveryStep, deliverySteps } from './write-back/delivery-machine.ts';
export {
  createWriteBackWorker,
  type WriteBackWorker,
  type WriteBackWorkerOptions,
} from './write-back/write-back-worker.ts';

export interface ConnectOptions {
  /** Database URL of the role connect_app. */
  readonly appUrl: string;
  readonly publicUrl: string;
  /** The built screens; null serves none. */
  readonly webDirectory: string | null;
  readonly sealingKey: Buffer;
  /** 32 bytes: the Ed25519 key that certificates are signed with. */
  readonly certificateSeed: Buffer;
  /** Where webhooks of gaps may go; absent: at public addresses alone. */
  readonly announceTo?: AddressRule;
  /** This installation has a mail server. */
  readonly mails?: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Of reverse proxies in front of it; absent: there are none. */
  readonly trustedProxies?: readonly string[];
}

export interface Connect {
  readonly app: FastifyInstance;
  readonly context: ConnectContext;
  close(): Promise<void>;
}

/** Refuses to start on a database role that row-level security would not bind. `app` is ready and does not listen yet. */
export async function createConnect(options: ConnectOptions): Promise<Connect> {
  const { clock, log, sealingKey, publicUrl, version } = options;
  if (sealingKey.length !== 32) throw new Error('the key that seals credentials must be 32 bytes long');
  const pool = createPool(options.appUrl, { max: 10, applicationName: 'tidegate connect', log });
  try {
    await checkRuntimeRole(pool, 'Cloud Connect');
    const behind = createBehind(log);
    const sessions = createSessions({ pool, clock, behind, sealingKey, app: 'connect', roles: ['site-admin'] });
    const context: ConnectContext = { pool, sealingKey, clock, log, publicUrl, version, sessions };
    const app = createHttp({ log, trustedProxies: options.trustedProxies });
    registerSession(app, context);
    registerSettings(app, context);
    registerSync(app, context);
    registerWriteBacks(app, context);
    registerDoctor(app, context);
    registerCertificates(app, context, await certificateKey(options.certificateSeed));
    registerFixRequests(app, context);
    registerNotices(app, context, { announceTo: options.announceTo ?? 'public', mails: options.mails ?? false });
    registerAnnouncements(app, context);
    if (options.webDirectory) serveWeb(app, { directory: options.webDirectory });
    await app.ready();
    return {
      app,
      context,
      close: async () => {
        await app.close();
        await behind.settled();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}
