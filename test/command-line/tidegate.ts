// The real command line, in a process of its own, with ports and data of the test's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../installation.ts';

export const root = join(import.meta.dirname, '../..');
const program = join(root, 'src/cli/tidegate.ts');

/** An installation that is not there yet. */
export interface Place {
  readonly dataDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly urls: { readonly emr: string; readonly connect: string; readonly portal: string };
}

export async function newPlace(): Promise<Place> {
  // Below a 0711 folder as root the server's account can enter; mkdtemp gives 0700, and then it lies elsewhere.
  const dataDir = join(mkdtempSync(join(tmpdir(), 'tidegate-command-')), 'data');
  const [emr, connect, portal] = [await freePort(), await freePort(), await freePort()];
  return {
    dataDir,
    environment: {
      DATA_DIR: dataDir,
      EMR_PORT: `${emr}`,
      CONNECT_PORT: `${connect}`,
      PORTAL_PORT: `${portal}`,
      MAILBOX_PORT: `${await freePort()}`,
    },
    urls: {
      emr: `http://127.0.0.1:${emr}`,
      connect: `http://127.0.0.1:${connect}`,
      portal: `http://127.0.0.1:${portal}`,
    },
  };
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Going {
  readonly child: ChildProcess;
  /** Resolves with the line that begins so, of either stream; rejects when the process ends without it. */
  line(begin: string): Promise<string>;
  readonly ended: Promise<Ended>;
}

const going = new Set<ChildProcess>();

/** Starts it and goes on. `with` is what runs the command line: Node, or npm as a person would. */
export function launch(args: readonly string[], place: Pick<Place, 'environment'>, npm = false): Going {
  const [command, ...all] = npm
    ? ['npm', 'run', '--silent', 'tidegate', '--', ...args]
    : [process.execPath, program, ...args];
  // The tests' own settings must not reach it, and neither must vitest's.
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(command!, all, {
    cwd: root,
    env: { PATH, HOME, ...place.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  going.add(child);
  const said = { stdout: '', stderr: '' };
  const waiting: (() => void)[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    going.delete(child);
    return { code: code as number | null, ...said };
  });
  return {
    child,
    ended,
    line: (begin) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = `${said.stdout}\n${said.stderr}`.split('\n').find((line) => line.startsWith(begin));
          if (found !== undefined) resolve(found);
        };
        waiting.push(look);
        look();
        void ended.then(() => reject(new Error(`it ended without “${begin}”:\n${said.stdout}\n${said.stderr}`)));
      }),
  };
}

export const tidegate = (args: readonly string[], place: Pick<Place, 'environment'>): Promise<Ended> =>
  launch(args, place).ended;

/** Ends, as hard as it takes, what a failed test left running. */
export async function endAll(): Promise<void> {
  for (const child of going) child.kill('SIGTERM');
  for (const child of [...going]) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Every process of the machine that was started with that data directory, or is a server of its files. */
export function processesOf({ dataDir }: Place): number[] {
  const memory = readJson(`${dataDir}/postgres.json`) as { elsewhere?: string } | undefined;
  const cluster = memory?.elsewhere ?? join(dataDir, 'postgres');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => read(`/proc/${pid}/environ`).includes(`DATA_DIR=${dataDir}\0`) || serves(pid, cluster))
    .map(Number);
}

const serves = (pid: string, cluster: string): boolean => read(`/proc/${pid}/cmdline`).split('\0').includes(cluster);

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readJson(path: string): unknown {
  const text = read(path);
  return text === '' ? undefined : JSON.parse(text);
}
