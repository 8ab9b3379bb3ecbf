import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { findBinaries } from './postgres-binaries.ts';
import { clusterOf, serverEnvironment } from './postgres-cluster.ts';
import { findPostgres, type PostgresOptions, type PostgresServer, startPostgres } from './postgres-server.ts';
import { isAlive, processesIn } from './process-table.ts';
import { canUse, serverAccount } from './server-account.ts';

const isRoot = process.getuid?.() === 0;
const account = serverAccount();
const identity = account ? { uid: account.uid, gid: account.gid } : {};

let home: string;
let dataDir: string;
let lines: string[];
const servers: PostgresServer[] = [];
const children: ChildProcess[] = [];

const log = createLog({ level: 'debug', name: 'test', destination: { write: (line) => lines.push(line) } });
async function start(options: Partial<PostgresOptions> = {}): Promise<PostgresServer> {
  const server = await startPostgres({ dataDir, log, settings: { fsync: 'off' }, ...options });
  servers.push(server);
  return server;
}

async function ask<T = unknown>(url: string, text: string): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query(text)).rows[0] ?? {})[0] as T;
  } finally {
    await client.end();
  }
}

/** Another process that runs the server of `dataDir`; resolves to what it said first. */
async function otherProcess(as: { uid?: number; gid?: number } = {}): Promise<{ child: ChildProcess; said: string }> {
  const module = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const program = `
    import { startPostgres } from ${module('./postgres-server.ts')};
    import { createLog } from ${module('../log.ts')};
    try {
      const { pid, port, adopted } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: createLog({ level: 'silent', name: 'other' }), settings: { fsync: 'off' } });
      console.log(JSON.stringify({ pid, port, adopted }));
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.message);
    }`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
    ...as,
  });
  children.push(child);
  const [said] = await once(child.stdout!, 'data');
  return { child, said: String(said).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

beforeEach(() => {
  lines = [];
  home = mkdtempSync(join(tmpdir(), 'tidegate-server-'));
  chmodSync(home, 0o755);
  dataDir = join(home, 'postgres');
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  for (const server of servers.splice(0)) await server.stop().catch(() => {});
  // What a test left running on purpose.
  if (processesIn(clusterOf(dataDir))?.length !== 0) {
    const left = await startPostgres({ dataDir, log }).catch(() => undefined);
    await left?.stop();
  }
  rmSync(home, { recursive: true, force: true });
});

test('it is made at the first start, keeps its data and its port, and is gone after stop', async () => {
  const began = performance.now();
  const first = await start();
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(first.adopted).toBe(false);
  await ask(first.adminUrl('postgres'), 'create table kept as select 42 as answer');
  await Promise.all([first.stop(), first.stop()]);
  expect(isAlive(first.pid)).toBe(false);
  await expect(ask(first.adminUrl('postgres'), 'select 1')).rejects.toThrow('ECONNREFUSED');

  const second = await start();
  expect([second.port, second.adopted]).toEqual([first.port, false]);
  expect(await ask(second.adminUrl('postgres'), 'select answer from kept')).toBe(42);
  expect(await ask(second.adminUrl('postgres'), 'show server_encoding')).toBe('UTF8');
  expect(await ask(second.adminUrl('postgres'), `select upper('é')`)).toBe('É');
  expect(await ask(second.adminUrl('postgres'), 'show data_checksums')).toBe('on');
});

test('it listens on this machine alone, and lets nobody in without the password', async () => {
  const server = await start();
  expect(await ask(server.adminUrl('postgres'), 'show listen_addresses')).toBe('127.0.0.1');
  expect(await ask(server.adminUrl('postgres'), 'show unix_socket_directories')).toBe('');
  const url = new URL(server.adminUrl('postgres'));
  url.password = 'guess';
  await expect(ask(url.href, 'select 1')).rejects.toThrow('password authentication failed');
  const secret = readFileSync(join(home, 'secrets', 'postgres-superuser'), 'utf8').trim();
  expect(statSync(join(home, 'secrets', 'postgres-superuser')).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'secrets')).mode & 0o777).toBe(0o700);
  expect(lines.join() + readFileSync(join(home, 'postgres.log'), 'utf8')).not.toContain(secret);
});

test("the server's log has no values and no statements of those that fail", async () => {
  const server = await start();
  await ask(server.adminUrl('postgres'), 'create table person (name text primary key)');
  await ask(server.adminUrl('postgres'), `insert into person values ('Agathe')`);
  await expect(ask(server.adminUrl('postgres'), `insert into person values ('Agathe')`)).rejects.toThrow('person_pkey');
  await server.stop();
  const written = readFileSync(join(home, 'postgres.log'), 'utf8');
  expect(written).toContain('person_pkey');
  expect(written).not.toContain('Agathe');
});

test('a second owner is refused, and is told the directory, the process and what to do', async () => {
  const server = await start();
  const expected = `The data directory ${dataDir} is in use by process ${process.pid}. Stop that process (Ctrl-C where it runs, or: kill ${process.pid})`;
  await expect(startPostgres({ dataDir, log })).rejects.toThrow(expected);
  expect((await otherProcess()).said).toContain(expected);
  expect(await ask(server.adminUrl('postgres'), 'select 1')).toBe(1);
  await server.stop();
  expect(JSON.parse((await otherProcess()).said).adopted).toBe(false);
});

test('of several that start at once exactly one becomes the owner', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => otherProcess()));
  const said = all.map((one) => one.said);
  expect(said.filter((text) => text.startsWith('{')).length).toBe(1);
  expect(said.filter((text) => text.includes('is in use by process')).length).toBe(4);
});

test('a lock of a process that died, or whose number another has now, is replaced', async () => {
  for (const lock of [
    { pid: 2 ** 22 - 3, start: 'then' },
    { pid: process.ppid, start: 'before that one' },
    'not even a lock',
  ]) {
    writeFileSync(join(home, 'postgres.lock'), JSON.stringify(lock));
    const server = await start();
    await server.stop();
  }
});

test('a server whose starter was killed goes on, and the next start adopts it', async () => {
  const { child, said } = await otherProcess();
  const orphan = JSON.parse(said);
  await kill(child);
  expect(isAlive(orphan.pid)).toBe(true);
  const server = await start();
  expect([server.adopted, server.pid, server.port]).toEqual([true, orphan.pid, orphan.port]);
  expect(await ask(server.adminUrl('postgres'), 'select 1')).toBe(1);
  await server.stop();
  expect(isAlive(orphan.pid)).toBe(false);
});

test('an orphan that does not answer as ours is stopped, and a server started afresh', async () => {
  await (await start()).stop();
  const { postgres } = findBinaries(account, home, log);
  const deaf = spawn(
    postgres,
    ['-D', clusterOf(dataDir), '-c', 'listen_addresses=', '-c', `unix_socket_directories=${dataDir}`],
    {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      env: serverEnvironment,
      ...identity,
    },
  );
  children.push(deaf);
  await expect.poll(() => readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim()).toBe('ready');
  const server = await start();
  expect(server.adopted).toBe(false);
  expect(server.pid).not.toBe(deaf.pid);
  expect(lines.join()).toContain('does not answer as ours');
  expect(await ask(server.adminUrl('postgres'), 'select 1')).toBe(1);
});

test('after a crash of everything the next start recovers, and what was committed is there', async () => {
  const first = await start({ settings: {} });
  await ask(first.adminUrl('postgres'), 'create table kept as select generate_series(1, 1000) as id');
  process.kill(first.pid, 'SIGKILL');
  await expect.poll(() => isAlive(first.pid)).toBe(false);
  await first.stop();
  const second = await start();
  expect(second.adopted).toBe(false);
  expect(await ask(second.adminUrl('postgres'), 'select count(*)::int from kept')).toBe(1000);
});

test('a pid file whose number belongs to another program now is not obeyed, and that program is left alone', async () => {
  await (await start()).stop();
  const other = spawn('sleep', ['60'], { stdio: 'ignore', cwd: '/', ...identity });
  children.push(other);
  const stale = [other.pid, dataDir, 1_700_000_000, 5432, '', '127.0.0.1', '', 'ready', ''].join('\n');
  writeFileSync(join(dataDir, 'postmaster.pid'), stale);
  if (account) chownSync(join(dataDir, 'postmaster.pid'), account.uid, account.gid);
  const server = await start();
  expect(server.adopted).toBe(false);
  expect(isAlive(other.pid!)).toBe(true);
});

test('a port that somebody took meanwhile is given up for another', async () => {
  const first = await start();
  await first.stop();
  const squatter = createServer().listen(first.port, '127.0.0.1');
  await once(squatter, 'listening');
  const second = await start();
  expect(second.port).not.toBe(first.port);
  squatter.close();
});

test('a directory that holds something else is left as it is, and an empty one is used', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'letter.txt'), 'dear');
  await expect(start()).rejects.toThrow(`the database could not be made in ${dataDir}: ENOTEMPTY`);
  expect(readFileSync(join(dataDir, 'letter.txt'), 'utf8')).toBe('dear');
  rmSync(join(dataDir, 'letter.txt'));
  expect(await ask((await start()).adminUrl('postgres'), 'select 1')).toBe(1);
});

test('what an interrupted first start left is cleared away', async () => {
  mkdirSync(join(home, 'postgres.making-abc', 'data'), { recursive: true });
  const server = await start();
  expect(await ask(server.adminUrl('postgres'), 'select 1')).toBe(1);
  expect(statSync(join(home, 'postgres.making-abc'), { throwIfNoEntry: false })).toBeUndefined();
});

test('data without its password, of another version, or with a foreign password is refused in words', async () => {
  const first = await start();
  await ask(first.adminUrl('postgres'), `alter role postgres password 'another'`);
  await first.stop();
  await expect(start()).rejects.toThrow("does not take the superuser's password");
  await sleep(500);
  writeFileSync(join(dataDir, 'PG_VERSION'), '16\n');
  await expect(start()).rejects.toThrow('was made by PostgreSQL 16; this version brings 18');
  writeFileSync(join(dataDir, 'PG_VERSION'), '18\n');
  rmSync(join(home, 'secrets'), { recursive: true });
  await expect(start()).rejects.toThrow('the password of its superuser is missing');
});

test('its owner is told when the server ends by itself', async () => {
  let lost = 0;
  const server = await start({ onLost: () => (lost += 1) });
  process.kill(server.pid, 'SIGQUIT');
  await expect.poll(() => lost, { timeout: 5000 }).toBe(1);
  await server.stop();
});

test('a command beside the owner finds the running server, and nothing when none runs', async () => {
  expect(await findPostgres(dataDir)).toBeUndefined();
  const server = await start();
  const found = await findPostgres(dataDir);
  expect(found?.port).toBe(server.port);
  expect(await ask(found!.adminUrl('postgres'), 'select 1')).toBe(1);
  await server.stop();
  expect(await findPostgres(dataDir)).toBeUndefined();
});

test.runIf(isRoot)('as root it runs as another account, which owns the files', async () => {
  const server = await start();
  expect(statSync(`/proc/${server.pid}`).uid).toBe(account!.uid);
  expect(statSync(dataDir).uid).toBe(account!.uid);
});

test.runIf(isRoot)(
  'as root with data under a 0700 directory it lies elsewhere, says where, and is found again',
  async () => {
    chmodSync(home, 0o700);
    const first = await start();
    const place = clusterOf(dataDir);
    try {
      expect(place).toMatch(/^\/var\/lib\/tidegate\//);
      expect(lines.join()).toContain(`the database lies in ${place}`);
      await ask(first.adminUrl('postgres'), 'create table kept as select 42 as answer');
      await first.stop();
      const second = await start();
      expect(await ask(second.adminUrl('postgres'), 'select answer from kept')).toBe(42);
      expect((await findPostgres(dataDir))?.port).toBe(second.port);
      await second.stop();
    } finally {
      rmSync(dirname(dataDir), { recursive: true, force: true });
      rmSync(place, { recursive: true, force: true });
    }
  },
);

// The other account has to read this checkout: below a 0700 folder there is nothing to try.
const nobodyReads = canUse(import.meta.filename, 'r', { name: 'nobody', uid: 65_534, gid: 65_534 });
test.runIf(isRoot && nobodyReads)(
  'an ordinary user runs it himself; root later runs it as that user; a third is refused',
  async () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(home, nobody.uid, nobody.gid);
    const { child, said } = await otherProcess(nobody);
    expect(statSync(`/proc/${JSON.parse(said).pid}`).uid).toBe(nobody.uid);
    await kill(child);
    const adopted = await start();
    expect(adopted.adopted).toBe(true);
    await adopted.stop();
    const afresh = await start();
    expect(statSync(`/proc/${afresh.pid}`).uid).toBe(nobody.uid);
    await afresh.stop();
    const third = { uid: 65_533, gid: 65_533 };
    chownSync(home, third.uid, third.gid);
    expect((await otherProcess(third)).said).toContain(`belongs to another user (uid ${nobody.uid})`);
  },
);
