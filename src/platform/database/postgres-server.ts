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
import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { launchPostgres } from './launch-postgres.ts';
import { takeOwnerLock } from './owner-lock.ts';
import { findBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { accountFor, clusterOf, makeCluster, sharedPlace, superuserSecret } from './postgres-cluster.ts';
import { ask, end, type Process, readPidFile, urlOf } from './postgres-process.ts';
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
  /** Where its files are: the data directory, or the place that was found for them. */
  readonly directory: string;
  /** True when it was already running, left by a process that was killed. */
  readonly adopted: boolean;
  stop(): Promise<void>;
}

/** Starts, or adopts, the server of a data directory. Throws an error for a person: what is wrong and what to do. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const { log, settings = {} } = options;
  const home = dirname(dataDir);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const lock = takeOwnerLock(join(home, `${basename(dataDir)}.lock`), `The data directory ${dataDir}`);
  try {
    const account = accountFor(clusterOf(dataDir), options.as ?? serverAccount());
    const binaries = findBinaries(account, account ? sharedPlace : home, log);
    const cluster = await makeCluster({ dataDir, binaries, account, log });
    const password = findSecret(home, superuserSecret)!;
    const found = await adoptOrStop(cluster, password, binaries, log);
    const server = found ?? (await launchPostgres({ dataDir, cluster, password, binaries, account, settings, log }));
    log.info({ server: server.pid, port: server.port, adopted: Boolean(found) }, 'PostgreSQL is ready');
    return {
      ...supervised(server, password, options, () => lock.release()),
      directory: cluster,
      adopted: Boolean(found),
    };
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

function supervised(
  { pid, port }: Process,
  password: string,
  { log, onLost }: PostgresOptions,
  released: () => void,
): Omit<PostgresServer, 'directory' | 'adopted'> {
  let stopping: Promise<void> | undefined;
  const watch = setInterval(() => {
    if (stopping || isAlive(pid)) return;
    clearInterval(watch);
    log.fatal({ server: pid }, 'PostgreSQL ended although nobody stopped it');
    onLost?.();
  }, 1000);
  watch.unref();
  const stopOnce = async () => {
    clearInterval(watch);
    const began = performance.now();
    await end(pid, log);
    released();
    log.info({ server: pid, ms: Math.round(performance.now() - began) }, 'PostgreSQL has stopped');
  };
  return {
    pid,
    port,
    adminUrl: (database) => urlOf(port, password, database),
    stop: () => {
      stopping ??= stopOnce();
      return stopping;
    },
  };
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
    log.warn({ server: found.pid }, 'a PostgreSQL left by a killed process does not answer as ours; stopping it');
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
