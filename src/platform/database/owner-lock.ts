// Who may run the server of a data directory: one process at a time, and a second one is told who the first is.
//  - The lock is a file that is made whole elsewhere and then linked into place, which only one can do.
//  - It names its owner by pid and start, so a lock that a killed process left is recognised and replaced.
//  - Node has no flock. What remains is the moment in which two processes replace the same dead lock; the file that is
//    moved away is compared with the one that was judged dead, and put back if it is another.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomToken } from '../ids.ts';
import { isAlive, startOf } from './process-table.ts';

interface Owner {
  readonly pid: number;
  readonly start: string | undefined;
}

export interface OwnerLock {
  release(): void;
}

/** Takes the lock or throws an error that names `what`, the owner's pid and what to do. */
export function takeOwnerLock(path: string, what: string): OwnerLock {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, start: startOf(process.pid), id: randomToken(6) });
  const draft = `${path}.${process.pid}.${randomToken(6)}`;
  writeFileSync(draft, mine, { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      if (linked(draft, path)) return { release: () => releaseOwn(path, mine) };
      const found = textOf(path);
      if (found === undefined) continue;
      const owner = ownerIn(found);
      if (owner && isAlive(owner.pid) && startOf(owner.pid) === owner.start) {
        throw new Error(
          `${what} is in use by process ${owner.pid}. Stop that process (Ctrl-C where it runs, or: kill ${owner.pid}), ` +
            'or give this one another DATA_DIR.',
        );
      }
      moveAwayDead(path, found);
    }
    throw new Error(`${what}: the lock ${path} could not be taken`);
  } finally {
    rmSync(draft, { force: true });
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function moveAwayDead(path: string, judgedDead: string): void {
  const away = `${path}.${randomToken(6)}.dead`;
  try {
    renameSync(path, away);
  } catch {
    return;
  }
  if (textOf(away) !== judgedDead) linked(away, path);
  rmSync(away, { force: true });
}

function releaseOwn(path: string, mine: string): void {
  if (textOf(path) === mine) rmSync(path, { force: true });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ownerIn(text: string): Owner | undefined {
  try {
    const { pid, start } = JSON.parse(text) as Partial<Owner>;
    return typeof pid === 'number' ? { pid, start } : undefined;
  } catch {
    return undefined;
  }
}
