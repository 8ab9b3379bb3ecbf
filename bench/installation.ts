// An installation of its own for a bench: PostgreSQL with the settings that `npm start` gives it, in a folder that is deleted afterwards,
// and services in processes of their own, started by the command that clinics use.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../src/config.ts';
import { type OpenInstallation, openInstallation } from '../src/main.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { startPostgres } from '../src/platform/database/postgres-server.ts';
import { createLog } from '../src/platform/log.ts';
import { freePort } from '../test/installation.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const commandLine = join(root, 'src/cli/tidegate.ts');

/** A folder that the server's account can enter, and its removal. */
export async function benchFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
  await chmod(path, 0o711);
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Free ports and a data directory, as the environment of a process. */
export async function benchEnvironment(dataDir: string): Promise<Record<string, string>> {
  const [emr, connect, portal] = [await freePort(), await freePort(), await freePort()];
  return {
    DATA_DIR: dataDir,
    EMR_PORT: String(emr),
    CONNECT_PORT: String(connect),
    PORTAL_PORT: String(portal),
    MAILBOX_PORT: String(await freePort()),
    EMR_URL: `http://127.0.0.1:${emr}`,
    CONNECT_URL: `http://127.0.0.1:${connect}`,
    PORTAL_URL: `http://127.0.0.1:${portal}`,
  };
}

export interface StartedProcess {
  readonly pid: number;
  /** The number in the line that begins `ready in`. */
  readonly readySeconds: number;
  /** The most memory that the process had resident so far; null where the system does not say. */
  peakMb(): number | null;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
}

/** `tidegate start …` in a process of its own, once it is ready. */
export async function startProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<StartedProcess> {
  // The build is made at install; where it was not, no bench shall measure it.
  if (!existsSync(join(root, 'dist/web/emr/index.html'))) await buildScreens();
  const child = spawn(process.execPath, [commandLine, 'start', ...args], {
    cwd: root,
    env: { ...process.env, TIDEGATE_LANGUAGE: 'en', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { pid: child.pid!, readySeconds: await ready(child), ...handles(child) };
}

async function buildScreens(): Promise<void> {
  const build = spawn(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, stdio: 'ignore' });
  const [code] = await once(build, 'exit');
  if (code !== 0) throw new Error('The screens could not be built; run `npm ci`.');
}

function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    // What went wrong is on standard error; the line is on standard output. Both are read to the end, or a full pipe would stop it.
    createInterface({ input: child.stderr! }).on('line', (line) => said.push(line));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      said.push(line);
      const seconds = /^ready in ([\d.]+)/.exec(line)?.[1];
      if (seconds !== undefined) resolve(Number(seconds));
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`A process did not start: ${said.slice(-3).join(' ')}`)));
  });
}

const handles = (child: ChildProcess): Pick<StartedProcess, 'peakMb' | 'stop'> => ({
  peakMb: () => peakMbOf(child.pid!),
  stop: async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    await gone;
  },
});

function peakMbOf(pid: number): number | null {
  try {
    const kb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? null : Math.round(Number(kb) / 1024);
  } catch {
    return null;
  }
}

/** The most memory that one of the database's own processes had, its part of the shared buffers among it. */
export async function peakMbOfBackends(admin: Pool): Promise<number | null> {
  const { rows } = await admin.query<{ pid: number }>('select pid from pg_stat_activity where pid <> pg_backend_pid()');
  const peaks = rows.flatMap(({ pid }) => peakMbOf(pid) ?? []);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

export interface BenchInstallation extends OpenInstallation {
  readonly environment: Readonly<Record<string, string>>;
  /** Superusers of the two databases: for filling tables, for the limits, and for checking. */
  readonly emr: Pool;
  readonly portal: Pool;
}

export async function benchInstallation(): Promise<BenchInstallation> {
  const folder = await benchFolder();
  const log = createLog({ level: 'error', name: 'bench' });
  const undo: (() => Promise<unknown>)[] = [folder.remove];
  const close = async () => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    const environment = await benchEnvironment(folder.path);
    const server = await startPostgres({ dataDir: join(folder.path, 'postgres'), log });
    undo.push(() => server.stop());
    const installation = await openInstallation({ config: readConfig(environment), log, asGuest: true });
    undo.push(() => installation.close());
    const superuser = (database: string) =>
      createPool(server.adminUrl(database), { max: 4, applicationName: 'tidegate bench', log });
    const [emr, portal] = [superuser('emr'), superuser('portal')];
    undo.push(() => Promise.all([emr.end(), portal.end()]));
    return { ...installation, environment, emr, portal, close };
  } catch (error) {
    await close();
    throw error;
  }
}
