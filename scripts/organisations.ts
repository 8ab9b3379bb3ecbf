// Each organisation alone: a copy of the tree without the other's folders must compile, and every one of its test files must load with all
// that it imports; with --tests they are run too, as `npm test` runs them in the whole tree. The rooms that both share are compiled with
// each, and load in a third copy that has neither: once, since they are the same files.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const verb = process.argv.includes('--tests') ? 'run' : 'list';
const shared = ['fhir', 'platform', 'ui', 'language'];
const copies = [
  { name: 'emr alone', keeps: ['emr'], types: ['tsconfig.emr.json', 'tsconfig.web.json'], tests: ['src/emr'] },
  {
    name: 'portal and connect alone',
    keeps: ['portal', 'connect'],
    types: ['tsconfig.portal.json', 'tsconfig.web.json'],
    tests: ['src/portal', 'src/connect'],
  },
  { name: 'neither', keeps: [], types: [], tests: shared.map((room) => `src/${room}`) },
] as const;
const files = [
  'package.json',
  'tsconfig.json',
  'tsconfig.emr.json',
  'tsconfig.portal.json',
  'tsconfig.web.json',
  'vitest.config.ts',
  'scripts',
  'test/database-server.ts',
  'test/closing-line.ts',
  'test/slow-first.ts',
  'test/validators',
];

for (const { name, keeps, types, tests } of copies) {
  const alone = mkdtempSync(join(tmpdir(), 'tidegate-alone-'));
  try {
    // mkdtemp gives 0700; one test of the supervisor runs as another account, who has to read the sources.
    chmodSync(alone, 0o755);
    for (const folder of ['src', 'test']) mkdirSync(join(alone, folder));
    for (const file of files) cpSync(join(root, file), join(alone, file), { recursive: true });
    for (const room of [...keeps, ...shared])
      cpSync(join(root, 'src', room), join(alone, 'src', room), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(alone, 'node_modules'));
    for (const folder of tests) {
      // A folder without a test would be taken for one whose tests pass.
      if (globSync(`${folder}/**/*.test.ts`, { cwd: alone }).length > 0) continue;
      throw new Error(
        `${name}: ${existsSync(join(alone, folder)) ? `${folder} has no test` : `there is no ${folder}`}`,
      );
    }
    for (const [command, ...args] of [
      ...types.map((config) => ['tsc', '-p', config] as const),
      ['vitest', verb, ...tests.map((folder) => `${folder}/`)] as const,
    ]) {
      const began = performance.now();
      const isList = args[0] === 'list';
      const { status, stdout } = spawnSync(join(root, 'node_modules/.bin', command), args, {
        cwd: alone,
        stdio: ['ignore', isList ? 'pipe' : 'inherit', 'inherit'],
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      });
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      const loaded = isList ? stdout.split('\n').filter((line) => line.includes(' > ')).length : null;
      const passed = status === 0 && loaded !== 0;
      if (isList && !passed) process.stdout.write(stdout);
      const what = loaded === null ? '' : `, ${loaded} tests loaded`;
      console.log(`${name}: ${command} ${args.join(' ')}: ${passed ? 'passed' : 'failed'} in ${seconds} s${what}`);
      if (!passed) process.exit(1);
    }
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
}
