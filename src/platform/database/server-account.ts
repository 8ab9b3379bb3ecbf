import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';

/** The account that the server runs as where we are root: PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** `postgres` if the machine has it, else `nobody`; undefined for an ordinary user, who runs the server himself. */
export function serverAccount(): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name!, uid: Number(uid), gid: Number(gid) }));
  const found = ['postgres', 'nobody'].map((name) => accounts.find((one) => one.name === name)).find(Boolean);
  if (!found) {
    throw new Error('PostgreSQL does not run as root, and there is no account "postgres" or "nobody" to run it as.');
  }
  return found;
}

/**
 * May `account` (or this process, without one) use the path? For another account the system itself is asked, as that
 * account: rights along a path are more than mode bits (ACLs, mounts, confinement).
 */
export function canUse(path: string, right: 'r' | 'x', account: ServerAccount | undefined): boolean {
  if (account) {
    const { uid, gid } = account;
    const asked = spawnSync('/bin/sh', ['-c', `test -${right} "$1"`, 'sh', path], {
      uid,
      gid,
      cwd: '/',
      stdio: 'ignore',
    });
    return asked.status === 0;
  }
  try {
    accessSync(path, right === 'r' ? constants.R_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
