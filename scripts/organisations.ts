// Each organisation alone: a copy of the tree without the other's folders must compile and pass its own tests.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const organisations = [
  { name: 'emr', keeps: ['emr'], types: 'tsconfig.emr.json' },
  { name: 'portal', keeps: ['portal', 'connect'], types: 'tsconfig.portal.json' },
] as const;
const everybody = ['fhir', 'platform', 'ui', 'language'];
const files = [
  'package.json',
  'tsconfig.json',
  'tsconfig.emr.json',
  'tsconfig.portal.json',
  'tsconfig.web.json',
  'vitest.config.ts',
  'scripts',
];

for (const { name, keeps, types } of organisations) {
  const alone = mkdtempSync(join(tmpdir(), `tidegate-${name}-alone-`));
  try {
    // mkdtemp gives 0700; one test of the supervisor runs as another account, who has to read the sources.
    chmodSync(alone, 0o755);
    mkdirSync(join(alone, 'src'));
    mkdirSync(join(alone, 'test'));
    for (const file of files) cpSync(join(root, file), join(alone, file), { recursive: true });
    for (const room of [...keeps, ...everybody])
      cpSync(join(root, 'src', room), join(alone, 'src', room), { recursive: true });
    cpSync(join(root, 'test/database-server.ts'), join(alone, 'test/database-server.ts'));
    symlinkSync(join(root, 'node_modules'), join(alone, 'node_modules'));
    for (const [command, ...args] of [
      ['tsc', '-p', types],
      ['tsc', '-p', 'tsconfig.web.json'],
      ['vitest', 'run', 'src'],
    ] as const) {
      console.log(`${name} alone: ${command} ${args.join(' ')}`);
      const { status } = spawnSync(join(root, 'node_modules/.bin', command), args, { cwd: alone, stdio: 'inherit' });
      if (status !== 0) process.exit(1);
    }
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
}
