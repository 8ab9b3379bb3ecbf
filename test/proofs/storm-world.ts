// A clinic, its portal and Cloud Connect as processes of their own over a PostgreSQL of their own, each of which can be killed and started
// again: the EMR and the portal by the command that clinics use, two workers that say their steps and can be held at one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BenchClinic, benchClinic } from '../../bench/clinic.ts';
import { benchEnvironment, benchFolder, type StartedProcess, startProcess } from '../../bench/installation.ts';
import { readConfig } from '../../src/config.ts';
import { requestRun } from '../../src/connect/index.ts';
import { openInstallation } from '../../src/main.ts';
import { createPool, type Pool } from '../../src/platform/database/db.ts';
import { type PostgresServer, startPostgres } from '../../src/platform/database/postgres-server.ts';
import { newId } from '../../src/platform/ids.ts';
import { createLog } from '../../src/platform/log.ts';
import { createPortalUser } from '../../src/portal/index.ts';

export const victims = ['emr', 'worker', 'portal', 'postgres'] as const;
export type Victim = (typeof victims)[number];

const person = { email: 'sam@clinic.example', password: 'a long password for tests' };
const program = fileURLToPath(new URL('./storm-worker.ts', import.meta.url));
/** The whole proof has no use for a world that does not come back within this. */
const patienceMs = 60_000;

interface StormWorker {
  readonly process: ChildProcess;
  /** What it is told to do at which step: `hold STEP`, `go`. */
  tell(line: string): void;
}

export interface StormWorld {
  readonly clinic: BenchClinic;
  /** Superusers: for changes at the EMR's desk, for faults and for the checker. */
  readonly emr: Pool;
  readonly portal: Pool;
  /** Ends it as `kill -9` does. Of the workers: the one given, else the one that said something last. */
  kill(victim: Victim, worker?: number): Promise<void>;
  /** Starts it again, and resolves when it serves. */
  revive(victim: Victim): Promise<void>;
  /** Both workers stop at this step; resolves with the one that reached it first, and then the other no longer stops. */
  hold(step: string): Promise<number>;
  go(): void;
  /** Asks for a run, however often that takes. */
  ask(mode: 'full' | 'recent'): Promise<string>;
  /** Presses at the portal over HTTP until an answer comes; resolves with the press if it was taken. */
  press(bookingId: string): Promise<{ pressId: string; bookingId: string } | undefined>;
  close(): Promise<void>;
}

function ended(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is dead already.
  }
}

/** Again and again until it works: what it needs may be dead at the moment. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(50);
    }
  }
}

export async function stormWorld({ bookings }: { readonly bookings: number }): Promise<StormWorld> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const one of undo.splice(0).reverse()) await one();
  };
  try {
    return await openStorm(bookings, undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openStorm(
  bookings: number,
  undo: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<StormWorld> {
  const folder = await benchFolder();
  undo.push(folder.remove);
  const log = createLog({ level: 'silent', name: 'storm' });
  const environment = { ...(await benchEnvironment(folder.path)), LOG_LEVEL: 'silent' };
  const dataDir = join(folder.path, 'postgres');
  let server: PostgresServer = await startPostgres({ dataDir, log });
  undo.push(() => server.stop());
  const installation = await openInstallation({ config: readConfig(environment), log, asGuest: true });
  undo.push(() => installation.close());
  const pool = (url: string) => createPool(url, { max: 4, applicationName: 'tidegate storm', log });
  const [emr, portal, sync] = [
    pool(server.adminUrl('emr')),
    pool(server.adminUrl('portal')),
    pool(installation.roles.portalSync),
  ];
  undo.push(() => Promise.all([emr.end(), portal.end(), sync.end()]));
  const clinic = await benchClinic({ ...installation, environment, emr, portal, close }, { tenantId: 1042, bookings });
  const { siteId, connectionId } = clinic;
  await createPortalUser(
    { syncPool: sync },
    { siteId, userId: null },
    { ...person, displayName: 'Sam Placeholder', role: 'member' },
  );

  const services: { emr?: StartedProcess; portal?: StartedProcess } = {};
  const startService = async (name: 'emr' | 'portal') => {
    services[name] = await startProcess(['--services', name], environment);
  };
  undo.push(() => Promise.all([services.emr?.stop(), services.portal?.stop()]));

  const workers: (StormWorker | undefined)[] = [];
  let heard: (step: string, worker: number) => void = () => {};
  let lastHeard = 0;
  const startWorker = async (index: number) => {
    const child = spawn(
      process.execPath,
      ['--no-warnings', program, installation.roles.portalSync, installation.sealingKey.toString('hex')],
      { stdio: ['pipe', 'pipe', 'ignore'] },
    );
    child.stdin.on('error', () => {});
    const started = new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'started') return resolve();
        lastHeard = index;
        heard(line, index);
      });
      child.once('exit', () => reject(new Error('a worker did not start')));
    });
    await started;
    workers[index] = { process: child, tell: (line) => child.stdin.write(`${line}\n`) };
  };
  const tellAll = (line: string) => {
    for (const worker of workers) worker?.tell(line);
  };
  undo.push(async () => {
    for (const worker of workers) worker?.process.kill('SIGKILL');
  });

  // A proof that is broken off leaves nothing behind.
  const endAll = () => {
    for (const pid of [services.emr?.pid, services.portal?.pid, server.pid]) {
      if (pid !== undefined) ended(pid);
    }
    rmSync(folder.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  process.once('exit', endAll);
  undo.push(async () => process.off('exit', endAll));

  await Promise.all([
    ...(['emr', 'portal'] as const).map((name) => insist(() => startService(name))),
    startWorker(0),
    startWorker(1),
  ]);

  const killProcess = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  let cookie: string | undefined;
  const portalUrl = installation.config.urls.portal;
  const post = (path: string, body: unknown) =>
    fetch(`${portalUrl}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: portalUrl, ...(cookie ? { cookie } : {}) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
  const signIn = async () => {
    if (cookie) return;
    const answer = await post('sign-in', person);
    if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
    cookie = answer.headers.getSetCookie()[0]!.split(';', 1)[0]!;
  };

  return {
    clinic,
    emr,
    portal,
    kill: async (victim, worker = lastHeard) => {
      if (victim === 'worker') {
        const { process: child } = workers[worker]!;
        workers[worker] = undefined;
        await killProcess(child);
      } else if (victim === 'postgres') {
        const pid = Number(readFileSync(join(server.directory, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
        process.kill(pid, 'SIGKILL');
      } else {
        process.kill(services[victim]!.pid, 'SIGKILL');
      }
    },
    revive: async (victim) => {
      if (victim === 'postgres') {
        await server.stop();
        server = await startPostgres({ dataDir, log });
        await insist(() => portal.query('select'));
      } else if (victim === 'worker') {
        for (const index of [0, 1]) if (!workers[index]) await insist(() => startWorker(index));
      } else await insist(() => startService(victim));
    },
    hold: (step) =>
      new Promise<number>((resolve, reject) => {
        const tooLong = setTimeout(() => reject(new Error(`no worker reached ${step}`)), patienceMs);
        heard = (reached, index) => {
          if (reached !== step) return;
          clearTimeout(tooLong);
          heard = () => {};
          workers[1 - index]?.tell('go');
          resolve(index);
        };
        tellAll(`hold ${step}`);
      }),
    go: () => tellAll('go'),
    ask: async (mode) =>
      (await insist(() => requestRun({ pool: sync }, { siteId, connectionId, mode, requestedBy: null }))).runId,
    press: (bookingId) => {
      const pressId = newId();
      let version: string | undefined;
      return insist(async () => {
        await signIn();
        version ??= (
          await portal.query<{ version: string }>('select emr_version as version from booking where booking_id = $1', [
            bookingId,
          ])
        ).rows[0]!.version;
        const answer = await post(`bookings/${bookingId}/mark-confirmed`, { pressId, version });
        if (answer.status >= 500) throw new Error(`a press was answered ${answer.status}`);
        return answer.status === 202 ? { pressId, bookingId } : undefined;
      });
    },
    close,
  };
}
