// The supervisor of the embedded PostgreSQL.
//
// Specification
//  1. startPostgres(dataDir) resolves when the server answers on 127.0.0.1 with the superuser's password. First time: the
//     files are made (initdb). As root the server runs as `postgres` or `nobody`; where that account cannot enter, the
//     programs or the data are put where it can, and the log says where.
//  2. One owner. A lock beside the data directory names the process that runs it; a second one is refused, by name.
//  3. The server outlives us if we are killed. The next start finds it by its pid file and adopts it when it answers with
//     our password, works in our directory and is our version; else it is stopped (SIGINT, then SIGQUIT) and started anew.
//  4. A pid file without its server is stale. It is removed only when no process works in the directory: the file is also
//     PostgreSQL's own guard against two servers on the same files.
//  5. The port is chosen once and kept while it is free.
//  6. stop() is a fast shutdown (SIGINT); after 10 s SIGQUIT, after 10 more SIGKILL, which recovery heals at the next
//     start. Then the lock is given back. It is safe to call it twice.
//  7. Ctrl-C reaches the whole process group of a terminal; the server is in a group of its own, so that the apps close
//     their connections first and the server goes last.
//  8. Nothing that people wrote reaches the server's log: no statements, no parameters, no row values.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { takeOwnerLock } from './owner-lock.ts';
import { findBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import {
  accountFor,
  clusterOf,
  makeCluster,
  readMemory,
  serverEnvironment,
  sharedPlace,
  superuserSecret,
  writeMemory,
} from './postgres-cluster.ts';
import { isAlive, isPostmasterOf, processesIn } from './process-table.ts';
import { findSecret } from './secrets.ts';
import { type ServerAccount, serverAccount } from './server-account.ts';

export interface PostgresOptions {
  /** The server's files. Its lock, log, port and password are kept beside it, in the folder above. */
  readonly dataDir: string;
  readonly log: Log;
  /** The account to run as where we are root; `postgres` or `nobody` unless told. */
  readonly as?: ServerAccount;
  /** Server settings beyond ours, such as `fsync: 'off'` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Called once when the server ends without stop(). */
  readonly onLost?: () => void;
}

export interface RunningPostgres {
  readonly port: number;
  /** Superuser URL of one database of the server. Holds the password: never log it. */
  adminUrl(database: string): string;
}

export interface PostgresServer extends RunningPostgres {
  readonly pid: number;
  /** True when it was already running, left by a process that was killed. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

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

export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const home = dirname(dataDir);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const lock = takeOwnerLock(join(home, `${basename(dataDir)}.lock`), `The data directory ${dataDir}`);
  try {
    const account = accountFor(clusterOf(dataDir), options.as ?? serverAccount());
    const binaries = findBinaries(account, account ? sharedPlace : home, options.log);
    const cluster = await makeCluster({ dataDir, binaries, account, log: options.log });
    const password = findSecret(home, superuserSecret)!;
    const found = await adoptOrStop(cluster, password, binaries, options.log);
    const server = found ?? (await startAnew({ ...options, dataDir }, cluster, password, binaries, account));
    options.log.info({ pid: server.pid, port: server.port, adopted: Boolean(found) }, 'PostgreSQL is ready');
    return supervised(server, password, Boolean(found), options, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The running server of a data directory that another process owns: for a command beside `start`. */
export async function findPostgres(dataDir: string): Promise<RunningPostgres | undefined> {
  const cluster = clusterOf(resolve(dataDir));
  const password = findSecret(dirname(resolve(dataDir)), superuserSecret);
  const running = readPidFile(cluster);
  if (!password || !running?.port || !isPostmasterOf(running.pid, cluster)) return undefined;
  const { port } = running;
  return (await ask(port, password)).cluster === cluster
    ? { port, adminUrl: (database) => urlOf(port, password, database) }
    : undefined;
}

interface Process {
  readonly pid: number;
  readonly port: number;
}

function supervised(
  { pid, port }: Process,
  password: string,
  adopted: boolean,
  { log, onLost }: PostgresOptions,
  released: () => void,
): PostgresServer {
  let stopping: Promise<void> | undefined;
  const watch = setInterval(() => {
    if (stopping || isAlive(pid)) return;
    clearInterval(watch);
    log.fatal({ pid }, 'PostgreSQL ended although nobody stopped it');
    onLost?.();
  }, 1000);
  watch.unref();
  const stopOnce = async () => {
    clearInterval(watch);
    const began = performance.now();
    await end(pid, log);
    released();
    log.info({ pid, ms: Math.round(performance.now() - began) }, 'PostgreSQL has stopped');
  };
  return {
    pid,
    port,
    adopted,
    adminUrl: (database) => urlOf(port, password, database),
    stop: () => {
      stopping ??= stopOnce();
      return stopping;
    },
  };
}

const urlOf = (port: number, password: string, database: string): string =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
}

/** postmaster.pid: pid, data directory, start, port, … one a line; the later ones appear while the server starts. */
function readPidFile(cluster: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    return Number.isInteger(pid) && pid > 0 ? { pid, port: Number(lines[3]) || undefined } : undefined;
  } catch {
    return undefined;
  }
}

interface Answer {
  /** The server's own data directory and version, when it let us in. */
  readonly cluster?: string;
  readonly version?: string;
  /** True while it is there but not ready: starting, recovering, shutting down. */
  readonly busy?: boolean;
}

async function ask(port: number, password: string): Promise<Answer> {
  const client = new pg.Client({ connectionString: urlOf(port, password, 'postgres'), connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('data_directory') as cluster, current_setting('server_version') as version`,
    );
    return rows[0] as Answer;
  } catch (error) {
    return { busy: (error as { code?: string }).code === '57P03' };
  } finally {
    await client.end().catch(() => {});
  }
}

async function adoptOrStop(
  cluster: string,
  password: string,
  binaries: PostgresBinaries,
  log: Log,
): Promise<Process | undefined> {
  const found = readPidFile(cluster);
  if (!found) return undefined;
  if (isAlive(found.pid) && isPostmasterOf(found.pid, cluster)) {
    const port = await adoptable(found.pid, cluster, password, binaries);
    if (port) return { pid: found.pid, port };
    log.warn({ pid: found.pid }, 'a PostgreSQL left by a killed process does not answer as ours; stopping it');
    await end(found.pid, log);
    return undefined;
  }
  // The server is gone. What it left behind (a killed postmaster's children) ends by itself, as a rule at once.
  for (let waited = 0; waited < 5000 && processesIn(cluster)?.length; waited += 50) await sleep(50);
  for (const pid of processesIn(cluster) ?? []) process.kill(pid, 'SIGKILL');
  if (processesIn(cluster)?.length === 0) rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return undefined;
}

/** The port on which the orphan answers as ours. One that starts, recovers or goes down is given ten seconds. */
async function adoptable(
  pid: number,
  cluster: string,
  password: string,
  binaries: PostgresBinaries,
): Promise<number | undefined> {
  for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 100) {
    const port = readPidFile(cluster)?.port;
    if (port) {
      const answer = await ask(port, password);
      if (!answer.busy) {
        return answer.cluster === cluster && binaries.version.startsWith(`${answer.version}.`) ? port : undefined;
      }
    }
    await sleep(100);
  }
  return undefined;
}

async function startAnew(
  { dataDir, log, settings }: PostgresOptions,
  cluster: string,
  password: string,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<Process> {
  const memory = readMemory(dataDir);
  const logFile = `${dataDir}.log`;
  rotate(logFile);
  let reason = '';
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const kept = attempt === 0 ? memory.port : undefined;
    const port = kept && (await isFree(kept)) ? kept : await freePort();
    const all = { ...tuning, ...sharedMemory(), ...settings, port: `${port}` };
    const from = sizeOf(logFile);
    const pid = launch(binaries, cluster, all, logFile, account);
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
  binaries: PostgresBinaries,
  cluster: string,
  settings: Readonly<Record<string, string>>,
  logFile: string,
  account: ServerAccount | undefined,
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
    if (!answer.busy && performance.now() > silentUntil) {
      process.kill(pid, 'SIGQUIT');
      return false;
    }
    await sleep(20);
  }
  return false;
}

async function end(pid: number, log: Log): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return;
    if (signal !== 'SIGINT') log.warn({ pid, signal }, 'PostgreSQL does not stop; asking harder');
    process.kill(pid, signal);
    for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 20) await sleep(20);
  }
  if (isAlive(pid)) throw new Error(`PostgreSQL (process ${pid}) does not stop`);
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
