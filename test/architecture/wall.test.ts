import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breachesIn, rooms } from './wall.ts';

const root = join(import.meta.dirname, '../..');
const fixture = join(import.meta.dirname, 'fixtures/breaches');

const filesIn = (directory: string) =>
  globSync('src/**/*.{ts,tsx}', { cwd: directory }).map((file) => file.replaceAll('\\', '/'));

describe('the wall', () => {
  it('finds every planted breach and nothing else', () => {
    const found = filesIn(fixture).flatMap((file) => breachesIn(fixture, file));
    expect(found.map((breach) => `${breach.file} > ${breach.imports}`).sort()).toEqual([
      'src/connect/knows-emr.ts > src/emr/index.ts',
      'src/connect/past-the-door.ts > src/portal/intake.ts',
      'src/emr/contract/knows-server.ts > src/emr/db.ts',
      'src/emr/knows-portal.ts > src/portal/index.ts',
      'src/emr/web/dynamic.ts > src/portal/index.ts',
      'src/emr/web/reaches-the-server.ts > src/emr/people.sql.ts',
      'src/fhir/does-io.ts > node:fs',
      'src/odd/no-room.ts > ',
      'src/platform/knows-health-care.ts > src/emr/rules.ts',
      'src/portal/knows-connect.ts > src/connect/context.ts',
      'src/ui/unlisted-package.ts > lodash',
    ]);
  });

  it('is kept by every file of the house', () => {
    const files = filesIn(root);
    expect(files.length).toBeGreaterThan(0);
    expect(files.flatMap((file) => breachesIn(root, file))).toEqual([]);
  });

  it('is the table that ARCHITECTURE.md prints', () => {
    const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const printed = [...page.matchAll(/^\| `(src\/[^`]+)` *\| ([^|]*?) *\|/gm)].map(([, room, knows]) => [
      room,
      knows?.trim(),
    ]);
    const held = Object.entries(rooms).map(([room, { knows }]) => [
      room,
      knows.length === 0 ? 'nothing of ours' : knows.map((one) => `\`${one}\``).join(', '),
    ]);
    expect(printed).toEqual(held);
  });
});
