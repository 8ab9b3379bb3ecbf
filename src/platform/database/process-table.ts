// What the machine knows about processes. A pid alone says little: numbers are used again, so wherever a pid was written
// down, the process's start goes with it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const onLinux = process.platform === 'linux';

/** True while the process runs. A zombie does not: nobody may be there to collect it (Node as process 1 of a container). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !onLinux || statOf(pid)?.state !== 'Z';
}

/** Distinguishes this process from any other that had or will have its number; undefined when it is gone. */
export function startOf(pid: number): string | undefined {
  if (onLinux) {
    const stat = statOf(pid);
    // Ticks since boot: unique only together with the boot.
    return stat && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${stat.startTicks}`;
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function statOf(pid: number): { state: string; startTicks: string } | undefined {
  try {
    // pid (name, which may hold spaces and brackets) state … ; the start is field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return { state: fields[0]!, startTicks: fields[19]! };
  } catch {
    return undefined;
  }
}

/**
 * Processes that work in `directory` (a postmaster and its children do, in their data directory).
 * Undefined where the system does not tell.
 */
export function processesIn(directory: string): number[] | undefined {
  if (!onLinux) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === directory && isAlive(pid);
      } catch {
        return false;
      }
    });
}

/** True when that living process is the server whose files are `directory` (a real path), not a later user of its pid. */
export function isPostmasterOf(pid: number, directory: string): boolean {
  const working = processesIn(directory);
  if (working) return working.includes(pid);
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', `${pid}`], { encoding: 'utf8' });
    return command.includes('postgres') && command.includes(directory);
  } catch {
    return false;
  }
}
