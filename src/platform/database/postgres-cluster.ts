// The files of the embedded server: where they lie and how they are made.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { randomToken } from '../ids.ts';
import type { Log } from '../log.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { findSecret, secretNamed, secretsIn } from './secrets.ts';
import { canUse, type ServerAccount } from './server-account.ts';

/** For an account that cannot enter the place where the data should be (a 0700 home above it). Root only. */
export const sharedPlace = '/var/lib/tidegate';
export const superuserSecret = 'postgres-superuser';

/** What is remembered beside a data directory. */
export interface ClusterMemory {
  /** Where the files are, when not in the data directory itself. */
  readonly elsewhere?: string;
  /** The port of the last start. */
  readonly port?: number;
}

const memoryFile = (dataDir: string): string => join(dirname(dataDir), `${basename(dataDir)}.json`);

export function readMemory(dataDir: string): ClusterMemory {
  try {
    return JSON.parse(readFileSync(memoryFile(dataDir), 'utf8')) as ClusterMemory;
  } catch {
    return {};
  }
}

export function writeMemory(dataDir: string, memory: ClusterMemory): void {
  writeFileSync(memoryFile(dataDir), `${JSON.stringify(memory)}\n`);
}

/** The directory that the server uses for `dataDir`: itself, or the place that was remembered. Real path if it exists. */
export function clusterOf(dataDir: string): string {
  const cluster = readMemory(dataDir).elsewhere ?? dataDir;
  return existsSync(cluster) ? realpathSync(cluster) : cluster;
}

export const isMade = (cluster: string): boolean => existsSync(join(cluster, 'PG_VERSION'));

/** The account to run as: whoever owns the existing files, since PostgreSQL insists on that; else the one proposed. */
export function accountFor(cluster: string, proposed: ServerAccount | undefined): ServerAccount | undefined {
  const files = statSync(cluster, { throwIfNoEntry: false });
  if (!files) return proposed;
  const { uid, gid } = files;
  if (process.getuid?.() === 0) {
    return uid === 0 || uid === proposed?.uid || !isMade(cluster) ? proposed : { name: `uid ${uid}`, uid, gid };
  }
  if (process.getuid && uid !== process.getuid()) {
    throw new Error(`${cluster} belongs to another user (uid ${uid}). Start as that user, or give another DATA_DIR.`);
  }
  return undefined;
}

export interface MakeOptions {
  readonly dataDir: string;
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount | undefined;
  readonly log: Log;
}

/** Makes the files unless they are there. Resolves to their real path. */
export async function makeCluster({ dataDir, binaries, account, log }: MakeOptions): Promise<string> {
  const known = clusterOf(dataDir);
  if (isMade(known)) {
    checkVersion(known, binaries);
    if (findSecret(dirname(dataDir), superuserSecret) === undefined) {
      throw new Error(
        `${known} is there, but the password of its superuser is missing (${join(secretsIn(dirname(dataDir)), superuserSecret)}). ` +
          'Put that file back, or move the data directory away to begin anew.',
      );
    }
    return known;
  }
  const cluster = placeFor(dataDir, account);
  if (cluster !== dataDir) {
    writeMemory(dataDir, { elsewhere: cluster });
    log.info(
      { directory: cluster, account: account?.name },
      `the account that runs PostgreSQL cannot enter ${dirname(dataDir)}; the database lies in ${cluster}`,
    );
  }
  await initialise(cluster, secretNamed(dirname(dataDir), superuserSecret), binaries, account);
  return realpathSync(cluster);
}

function checkVersion(cluster: string, binaries: PostgresBinaries): void {
  const major = Number.parseInt(readFileSync(join(cluster, 'PG_VERSION'), 'utf8'), 10);
  if (major === binaries.major) return;
  throw new Error(
    `${cluster} was made by PostgreSQL ${major}; this version brings ${binaries.major}. ` +
      'Restore a backup into a new DATA_DIR, or use the version that made it.',
  );
}

function placeFor(dataDir: string, account: ServerAccount | undefined): string {
  if (!account || canUse(dirname(dataDir), 'x', account)) return dataDir;
  mkdirSync(sharedPlace, { recursive: true, mode: 0o755 });
  // A name nobody used: files of a data directory that was deleted since are not taken for this one's.
  return join(sharedPlace, `${basename(dataDir)}-${randomToken(6)}`);
}

/** initdb beside the goal, then one rename: a start that is stopped half-way leaves nothing that looks like a database. */
async function initialise(
  cluster: string,
  password: string,
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<void> {
  const prefix = `${basename(cluster)}.making-`;
  for (const name of readdirSync(dirname(cluster))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(cluster), name), { recursive: true, force: true });
  }
  const draft = join(dirname(cluster), `${prefix}${randomToken(6)}`);
  const passwordFile = join(draft, 'password');
  mkdirSync(draft, { mode: 0o700 });
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (account) for (const path of [draft, passwordFile]) chownSync(path, account.uid, account.gid);
    await promisify(execFile)(
      binaries.initdb,
      [
        ...['--pgdata', join(draft, 'data'), '--username', 'postgres', '--pwfile', passwordFile],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
        ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
        // The first checkpoint of the first start writes it all; syncing here too costs most of initdb's time.
        '--no-sync',
        '--no-instructions',
      ],
      { cwd: '/', env: serverEnvironment, ...(account ? { uid: account.uid, gid: account.gid } : {}) },
    );
    const data = join(draft, 'data');
    chmodSync(data, 0o700);
    // An empty directory of that name may have been made by hand; one that holds anything is left alone, with an error.
    if (existsSync(cluster)) rmdirSync(cluster);
    renameSync(data, cluster);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`the database could not be made in ${cluster}: ${stderr?.trim() || (error as Error).message}`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Nothing of our environment reaches the server: PG* variables and a foreign locale would change it. */
export const serverEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
