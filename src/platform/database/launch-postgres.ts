// Starting a server on files that are there: settings, port, log file, and waiting until it answers.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { readMemory, serverEnvironment, writeMemory } from './postgres-cluster.ts';
import { ask, type Process } from './postgres-process.ts';
import { isAlive } from './process-table.ts';
import type { ServerAccount } from './server-account.ts';

const tuning: Readonly<Record<string, string>> = {
  max_connections: '200',
  shared_buffers: '256MB',
  work_mem: '32MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  random_page_cost: '1.1',
  wal_compression: 'on',
  jit: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Specification 8: DETAIL carries key values, and statements carry what people typed.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_line_prefix: '%m [%p] ',
};

/** Containers often have 64 MB of /dev/shm: parallel queries would fail there with "no space left on device". */
function sharedMemory(): Readonly<Record<string, string>> {
  if (process.platform !== 'linux') return {};
  // A statement whose reader went away ends within two seconds even while it computes (Linux only).
  const watched = { client_connection_check_interval: '2s' };
  try {
    const { bsize, bavail } = statfsSync('/dev/shm');
    return bsize * bavail < 512 * 2 ** 20 ? { ...watched, dynamic_shared_memory_type: 'sysv' } : watched;
  } catch {
    return { ...watched, dynamic_shared_memory_type: 'sysv' };
  }
}

export interface LaunchOptions {
  /** Beside it are the log and the remembered port. */
  readonly dataDir: string;
  /** Where the files are. */
  readonly cluster: string;
  readonly password: string;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Log;
}

/** Resolves when the server answers; throws with what the server wrote when it does not come up. */
export async function launchPostgres(options: LaunchOptions): Promise<Process> {
  const { dataDir, cluster, password, settings, log } = options;
  const memory = readMemory(dataDir);
  const logFile = `${dataDir}.log`;
  rotate(logFile);
  let reason = '';
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const kept = attempt === 0 ? memory.port : undefined;
    const port = kept && (await isFree(kept)) ? kept : await freePort();
    const all = { ...tuning, ...sharedMemory(), ...settings, port: `${port}` };
    const from = sizeOf(logFile);
    const pid = launch(options, all, logFile);
    if (await ready(pid, port, cluster, password)) {
      writeMemory(dataDir, { ...memory, port });
      return { pid, port };
    }
    reason = readFileSync(logFile).subarray(from).toString('utf8');
    // Somebody took the port in between, or the memory of a killed server is not yet given back.
    if (!/could not (bind|create any TCP)|pre-existing shared memory|postmaster\.pid" already exists/.test(reason))
      break;
    await sleep(300);
  }
  log.error({ logFile }, 'PostgreSQL did not start');
  const fatal = reason.split('\n').filter((line) => /FATAL|PANIC|ERROR|HINT|postgres:/.test(line));
  throw new Error(`PostgreSQL did not start in ${cluster}: ${fatal.slice(-4).join(' ').trim() || `see ${logFile}`}`);
}

function launch(
  { binaries, cluster, account }: LaunchOptions,
  settings: Readonly<Record<string, string>>,
  logFile: string,
): number {
  // A file, not a pipe: the server must be able to write after we are gone.
  const output = openSync(logFile, 'a', 0o600);
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(binaries.postgres, ['-D', cluster, ...args], {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: '/',
    env: serverEnvironment,
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  });
  closeSync(output);
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined) throw new Error(`${binaries.postgres} could not be run`);
  return child.pid;
}

/** True once it answers; false when it ended instead. Recovery after a crash may take minutes and is waited for. */
async function ready(pid: number, port: number, cluster: string, password: string): Promise<boolean> {
  const silentUntil = performance.now() + 60_000;
  while (isAlive(pid)) {
    const answer = await ask(port, password);
    if (answer.cluster === cluster) return true;
    if (answer.refused) {
      process.kill(pid, 'SIGINT');
      throw new Error(`The database in ${cluster} does not take the superuser's password that is kept beside it.`);
    }
    if (!answer.busy && performance.now() > silentUntil) {
      process.kill(pid, 'SIGQUIT');
      return false;
    }
    await sleep(20);
  }
  return false;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Keeps two log files of at most about 10 MB. */
function rotate(logFile: string): void {
  if (sizeOf(logFile) > 10 * 2 ** 20) renameSync(logFile, `${logFile}.1`);
}
