// Talking to a PostgreSQL server process: who it is, whether it answers as ours, and how it is ended.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../log.ts';
import { isAlive } from './process-table.ts';

export interface Process {
  readonly pid: number;
  readonly port: number;
}

export const urlOf = (port: number, password: string, database: string): string =>
  `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
}

/** postmaster.pid: pid, data directory, start, port, … one a line; the later ones appear while the server starts. */
export function readPidFile(cluster: string): PidFile | undefined {
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
  /** True when it is there and does not take our password. */
  readonly refused?: boolean;
}

/** Who answers on that port, if it is ours. Never throws. */
export async function ask(port: number, password: string): Promise<Answer> {
  const client = new pg.Client({ connectionString: urlOf(port, password, 'postgres'), connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      `select current_setting('data_directory') as cluster, current_setting('server_version') as version`,
    );
    return rows[0] as Answer;
  } catch (error) {
    const { code } = error as { code?: string };
    return { busy: code === '57P03', refused: code === '28P01' };
  } finally {
    await client.end().catch(() => {});
  }
}

/** Fast shutdown, then harder: SIGQUIT after ten seconds, SIGKILL after ten more. Resolves when the process is gone. */
export async function end(pid: number, log: Log): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return;
    if (signal !== 'SIGINT') log.warn({ server: pid, signal }, 'PostgreSQL does not stop; asking harder');
    process.kill(pid, signal);
    for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 20) await sleep(20);
  }
  if (isAlive(pid)) throw new Error(`PostgreSQL (process ${pid}) does not stop`);
}
