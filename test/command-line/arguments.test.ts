import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readArguments } from '../../src/cli/arguments.ts';
import { format } from '../../src/language/messages.ts';
import type { Problem } from '../../src/platform/problem.ts';
import { newPlace, type Place, tidegate } from './tidegate.ts';

let place: Place;
beforeAll(async () => {
  place = await newPlace();
});
afterAll(() => rmSync(dirname(place.dataDir), { recursive: true, force: true }));

test.each([
  ['start', ['--no-dem'], 'start has no option --no-dem. It has: --services, --no-demo.'],
  ['start', ['--mode', 'full'], 'start has no option --mode. It has: --services, --no-demo.'],
  ['start', ['-d'], 'start has no option -d. It has: --services, --no-demo.'],
  ['start', ['emr'], 'start does not know what to do with “emr”.'],
  ['start', ['--no-demo=false'], '--no-demo takes no value.'],
  ['start', ['--services'], '--services needs a value.'],
  ['sync', ['--connection', '--json'], '--connection needs a value.'],
  ['sync', ['--connection='], '--connection needs a value.'],
  ['import', ['--jsn', 'file'], 'import has no option --jsn. It has: --tenant, --encounters, --json.'],
] as const)('%s %j is refused with a sentence', (command, args, sentence) => {
  const read = () => {
    try {
      return readArguments(command, args);
    } catch (error) {
      return format('en', (error as Problem).key, (error as Problem).params);
    }
  };
  expect(read()).toBe(sentence);
});

test('what the command takes is read', () => {
  expect(readArguments('import', ['--json', 'a', '--', '--b'])).toEqual({
    values: { json: true },
    positionals: ['a', '--b'],
  });
  expect(readArguments('sync', ['--connection', 'one', '--mode=full']).values).toEqual({
    connection: 'one',
    mode: 'full',
  });
});

test('a mistyped line ends with the sentence, the usage and exit 2, and makes nothing', async () => {
  for (const [args, sentence] of [
    [['start', '--no-dem'], 'start has no option --no-dem.'],
    [['start', '--services', 'emr,door'], 'There is no service door. There are: emr, portal, connect, worker.'],
    [['import', '--json'], 'Name at least one file or folder to import.'],
  ] as const) {
    const { code, stdout, stderr } = await tidegate(args, place);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('tidegate start [--services');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  }
  expect(existsSync(place.dataDir)).toBe(false);
});

test('help beside a command prints the usage', async () => {
  const { code, stdout, stderr } = await tidegate(['import', '-h'], place);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('tidegate import <file or folder>…');
});

test('it speaks French when asked to', async () => {
  const { environment } = place;
  const { stderr } = await tidegate(['strat'], { environment: { ...environment, TIDEGATE_LANGUAGE: 'fr' } });
  expect(stderr).toContain('La commande strat n’existe pas.');
});

test('a setting that cannot be used is named, with exit 2', async () => {
  const { environment } = place;
  const { code, stderr } = await tidegate(['start'], { environment: { ...environment, EMR_PORT: 'many' } });
  expect(code).toBe(2);
  expect(stderr).toContain('EMR_PORT cannot be used');
});

test('a port in use, one port for two services and a foreign host are refused before anything is made', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const taken = `${(other.address() as AddressInfo).port}`;
  try {
    for (const [setting, said] of [
      [
        { CONNECT_PORT: taken },
        `Port ${taken} of connect is already in use. Stop what uses it, or choose another with CONNECT_PORT.`,
      ],
      [
        { PORTAL_PORT: place.environment['EMR_PORT']! },
        `Port ${place.environment['EMR_PORT']} of portal is already in use.`,
      ],
      [{ HOST: '192.0.2.1' }, 'HOST is 192.0.2.1, and this machine cannot listen there'],
    ] as const) {
      const { code, stderr } = await tidegate(['start'], { environment: { ...place.environment, ...setting } });
      expect(stderr).toContain(said);
      expect(code).toBe(1);
    }
  } finally {
    other.close();
  }
  expect(existsSync(place.dataDir)).toBe(false);
});

test('a data directory that cannot be made or written is named', async () => {
  const file = join(dirname(place.dataDir), 'file');
  writeFileSync(file, '');
  const { environment } = place;
  const { code, stderr } = await tidegate(['start'], { environment: { ...environment, DATA_DIR: join(file, 'data') } });
  expect(stderr).toContain(`The data directory ${join(file, 'data')} cannot be used (ENOTDIR).`);
  expect(code).toBe(1);
});
