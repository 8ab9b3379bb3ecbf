// Installations that are deleted when they are closed: an empty one, and one with the demo clinic in it. The demo is made once in a run,
// by its own use cases and a real full sync; whoever wants it gets a copy of its files, a PostgreSQL over them, and ports of its own.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { prepareDemo } from '../src/demo/prepare-demo.ts';
import type { OpenInstallation } from '../src/main.ts';
import type { ServiceName } from '../src/services.ts';
import { type InstallationOptions, type TestInstallation, testInstallation } from './installation.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where this run keeps its demo clinic once a test file has asked for it; provided by test/database-server.ts. */
    demoDirectory: string;
  }
}

/** An installation in which nothing is set up, with all services running unless told. */
export async function emptyInstallation(services?: readonly ServiceName[]): Promise<TestInstallation> {
  return temporary((dataDir) => testInstallation({ dataDir, services }));
}

/** The demo clinic, with all services running unless told. */
export const demoInstallation = (
  services?: readonly ServiceName[],
  options: Pick<InstallationOptions, 'announceTo'> = {},
): Promise<TestInstallation> =>
  copyOfDemo({ directory: inject('demoDirectory'), adminUrl: inject('adminUrl') }, services, options);

/** Where the demo clinic of a run is, or is to be made by whoever wants it first; `adminUrl` of the run's database server. */
export interface DemoOfRun {
  readonly directory: string;
  readonly adminUrl: string;
}

/** The same for a proof, which no test runner runs. */
export async function copyOfDemo(
  demo: DemoOfRun,
  services?: readonly ServiceName[],
  { announceTo }: Pick<InstallationOptions, 'announceTo'> = {},
): Promise<TestInstallation> {
  await makeDemoOnce(demo);
  return temporary((dataDir) => {
    execFileSync('cp', ['-a', `${demo.directory}/.`, dataDir]);
    return testInstallation({ dataDir, services, ...(announceTo && { announceTo }), before: moveConnection });
  });
}

async function temporary(open: (dataDir: string) => Promise<TestInstallation>): Promise<TestInstallation> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tidegate-installation-'));
  // As root the server runs as another account, which must be let through.
  chmodSync(dataDir, 0o711);
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  try {
    const installation = await open(dataDir);
    return {
      ...installation,
      close: async () => {
        await installation.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Of the test files that want it at once, one makes it and the others wait: the lock is the run's database server's. */
async function makeDemoOnce({ directory, adminUrl }: DemoOfRun): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(hashtext('demo of the tests'))`);
    if (existsSync(directory)) return;
    const making = `${directory}-making`;
    rmSync(making, { recursive: true, force: true });
    mkdirSync(making, { mode: 0o711 });
    const installation = await testInstallation({ dataDir: making, services: ['emr'] });
    try {
      await prepareDemo(installation);
    } finally {
      await installation.close();
    }
    renameSync(making, directory);
  } finally {
    await client.end();
  }
}

/** The copy's EMR listens on a port of its own, and that is where its portal has to ask. */
async function moveConnection({ config, roles }: OpenInstallation): Promise<void> {
  const client = new pg.Client({ connectionString: roles.connectApp });
  await client.connect();
  try {
    await client.query(`select set_config('tidegate.site_id', '1042', false)`);
    const moved = await client.query('update connect.connection set base_url = $1', [`${config.urls.emr}/fhir`]);
    if (moved.rowCount !== 1) throw new Error(`${moved.rowCount} connections in the demo clinic`);
  } finally {
    await client.end();
  }
}
