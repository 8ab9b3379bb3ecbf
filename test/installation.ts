// A whole installation for a test or a bench: real databases, real HTTP between the organisations, a real worker. Ports are free ones.
import { createServer } from 'node:net';
import { readConfig } from '../src/config.ts';
import { type OpenInstallation, openInstallation, startServices } from '../src/main.ts';
import { createLog } from '../src/platform/log.ts';
import type { RunningService, ServiceName } from '../src/services.ts';

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

export interface TestInstallation extends OpenInstallation {
  readonly running: RunningService;
}

export interface InstallationOptions {
  /** Where this installation keeps its data; the caller removes it. */
  readonly dataDir: string;
  readonly services?: readonly ServiceName[];
  readonly logLevel?: 'silent' | 'warn';
}

export async function testInstallation({
  dataDir,
  services,
  logLevel = 'silent',
}: InstallationOptions): Promise<TestInstallation> {
  const [emr, connect, portal] = [await freePort(), await freePort(), await freePort()];
  const config = readConfig({
    DATA_DIR: dataDir,
    EMR_PORT: String(emr),
    CONNECT_PORT: String(connect),
    PORTAL_PORT: String(portal),
    EMR_URL: `http://127.0.0.1:${emr}`,
    CONNECT_URL: `http://127.0.0.1:${connect}`,
    PORTAL_URL: `http://127.0.0.1:${portal}`,
    // Most tests ask for their runs themselves: an EMR that announces to the internet alone tells this machine nothing.
    ANNOUNCE_TO: 'public',
  });
  const installation = await openInstallation({ config, log: createLog({ level: logLevel, name: 'test' }) });
  try {
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
