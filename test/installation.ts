// A whole installation for a test or a bench: real databases, real HTTP between the organisations, a real worker. Ports are free ones.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { readConfig } from '../src/config.ts';
import { type OpenInstallation, openInstallation, startServices } from '../src/main.ts';
import { createLog } from '../src/platform/log.ts';
import type { RunningService, ServiceName } from '../src/services.ts';

/**
 * A port that nobody listens on, below those that the system gives to outgoing connections (from 32768 on Linux, 49152 elsewhere): one of
 * those could be taken by any connection between this answer and its use.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    const probe = createServer().listen(port, '127.0.0.1');
    try {
      await once(probe, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    await once(probe.close(), 'close');
    return port;
  }
}

export interface TestInstallation extends OpenInstallation {
  readonly running: RunningService;
}

export interface InstallationOptions {
  /** Where this installation keeps its data; the caller removes it. */
  readonly dataDir: string;
  readonly services?: readonly ServiceName[] | undefined;
  /** What has to be done to the databases before a service starts. */
  readonly before?: (opened: OpenInstallation) => Promise<void>;
  readonly logLevel?: 'silent' | 'warn';
  /** Where the EMR announces to; to the internet alone unless told: most tests ask for their runs themselves. */
  readonly announceTo?: 'public' | 'loopback';
}

export async function testInstallation({
  dataDir,
  services,
  before,
  logLevel = 'silent',
  announceTo = 'public',
}: InstallationOptions): Promise<TestInstallation> {
  const [emr, connect, portal] = [await freePort(), await freePort(), await freePort()];
  const config = readConfig({
    DATA_DIR: dataDir,
    EMR_PORT: String(emr),
    CONNECT_PORT: String(connect),
    PORTAL_PORT: String(portal),
    MAILBOX_PORT: String(await freePort()),
    EMR_URL: `http://127.0.0.1:${emr}`,
    CONNECT_URL: `http://127.0.0.1:${connect}`,
    PORTAL_URL: `http://127.0.0.1:${portal}`,
    ANNOUNCE_TO: announceTo,
    // A test is more patients at one address than any network; what the limit does has a test of its own.
    LINK_REQUESTS_PER_MINUTE: '0',
  });
  const installation = await openInstallation({ config, log: createLog({ level: logLevel, name: 'test' }) });
  try {
    await before?.(installation);
    const running = await startServices(installation, services ?? ['emr', 'portal', 'connect', 'worker']);
    return {
      ...installation,
      running,
      close: async () => {
        await running.close();
        await installation.close();
      },
    };
  } catch (error) {
    await installation.close();
    throw error;
  }
}
