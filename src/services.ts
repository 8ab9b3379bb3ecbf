// The services by name. Each is imported when it is started, so that a worker's machine loads no screens.
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import type { Clock } from './platform/clock.ts';
import type { Log } from './platform/log.ts';

/** Connection strings of the run-time roles; none of them owns a table. */
export interface RoleUrls {
  readonly emrApp: string;
  readonly emrImport: string;
  readonly portalApp: string;
  readonly connectApp: string;
  readonly portalSync: string;
}

export interface Surroundings {
  readonly config: Config;
  readonly roles: RoleUrls;
  /** 32 bytes that seal Cloud Connect's stored credentials, and the second factors of the portal's people. */
  readonly sealingKey: Buffer;
  /** 32 bytes that the audit log's checkpoints are signed with. */
  readonly auditKey: Buffer;
  /** 32 bytes that Cloud Connect's certificates are signed with. */
  readonly certificateSeed: Buffer;
  /** 32 bytes that seal what the EMR keeps for its clients. */
  readonly emrSealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

export interface RunningService {
  close(): Promise<void>;
}

const webDirectory = (app: string): string => fileURLToPath(new URL(`../dist/web/${app}`, import.meta.url));

/** What each EMR over these databases has, whether it serves or a command works with it. */
export const emrGround = ({ config, roles, emrSealingKey, clock, log, version }: Surroundings) => ({
  appUrl: roles.emrApp,
  importUrl: roles.emrImport,
  publicUrl: config.urls.emr,
  sealingKey: emrSealingKey,
  clock,
  log,
  version,
});

export const services = {
  emr: async (surroundings: Surroundings) => {
    const { config, roles, auditKey } = surroundings;
    const { createAnnouncer, createEmr } = await import('./emr/index.ts');
    const emr = await createEmr({
      ...emrGround(surroundings),
      fhirRequestsPerMinute: config.fhirRequestsPerMinute,
      webDirectory: webDirectory('emr'),
      auditSeal: { directory: config.auditDir, seed: auditKey },
      announceTo: config.announceTo,
      trustedProxies: config.trustedProxies,
    });
    const announcer = createAnnouncer(emr.context, roles.emrApp);
    const close = async () => {
      await announcer.stop();
      await emr.close();
    };
    try {
      await emr.app.listen({ host: config.host, port: config.ports.emr });
      announcer.start();
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  },
  portal: async ({ config, roles, sealingKey, clock, log, version }: Surroundings) => {
    const { createPortal } = await import('./portal/index.ts');
    const portal = await createPortal({
      appUrl: roles.portalApp,
      syncUrl: roles.portalSync,
      sealingKey,
      publicUrl: config.urls.portal,
      cloudConnectUrl: config.urls.connect,
      linkRequestsPerMinute: config.linkRequestsPerMinute,
      trustedProxies: config.trustedProxies,
      webDirectory: webDirectory('portal'),
      clock,
      log,
      version,
    });
    await portal.app.listen({ host: config.host, port: config.ports.portal });
    return portal;
  },
  connect: async ({ config, roles, sealingKey, certificateSeed, clock, log, version }: Surroundings) => {
    const { createConnect } = await import('./connect/index.ts');
    const connect = await createConnect({
      appUrl: roles.connectApp,
      publicUrl: config.urls.connect,
      webDirectory: webDirectory('connect'),
      sealingKey,
      certificateSeed,
      announceTo: config.announceTo,
      mails: config.smtpUrl !== undefined,
      trustedProxies: config.trustedProxies,
      clock,
      log,
      version,
    });
    await connect.app.listen({ host: config.host, port: config.ports.connect });
    return connect;
  },
  worker: async ({ config, roles, sealingKey, certificateSeed, clock, log }: Surroundings) => {
    const {
      createAnnouncementKeeper,
      createGapKeeper,
      createNoticeWorker,
      createSavedFetcher,
      createSyncWorker,
      createWriteBackWorker,
    } = await import('./connect/index.ts');
    const { createMailWorker, createReminderWorker } = await import('./portal/index.ts');
    const options = { syncUrl: roles.portalSync, sealingKey, clock, log };
    const workers = [
      createSyncWorker(options),
      createWriteBackWorker(options),
      createSavedFetcher(options),
      createAnnouncementKeeper({ ...options, announceUrl: config.urls.connect }),
      createGapKeeper({ ...options, certificateSeed }),
      createNoticeWorker({
        ...options,
        announceTo: config.announceTo,
        smtpUrl: config.smtpUrl,
        mailFrom: config.mailFrom,
        connectUrl: config.urls.connect,
      }),
      createMailWorker({ syncUrl: roles.portalSync, smtpUrl: config.smtpUrl, from: config.mailFrom, clock, log }),
      createReminderWorker({ syncUrl: roles.portalSync, publicUrl: config.urls.portal, clock, log }),
    ];
    const close = async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    };
    try {
      for (const worker of workers) await worker.start();
    } catch (error) {
      await close();
      throw error;
    }
    return { close };
  },
} as const satisfies Record<string, (surroundings: Surroundings) => Promise<RunningService>>;

export type ServiceName = keyof typeof services;
export const serviceNames = Object.keys(services) as ServiceName[];
