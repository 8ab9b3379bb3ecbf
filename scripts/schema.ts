// Writes src/<organisation>/schema.sql from the migrations, on a PostgreSQL of its own; `--check` compares instead.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../src/platform/database/db.ts';
import { startPostgres } from '../src/platform/database/postgres-server.ts';
import { schemaText } from '../src/platform/database/schema-text.ts';
import { testDatabase } from '../src/platform/database/test-database.ts';
import { createLog } from '../src/platform/log.ts';

const root = join(import.meta.dirname, '..');
const organisations = {
  emr: ['emr_app', 'emr_import'],
  portal: ['portal_app', 'connect_app', 'portal_sync'],
} as const;
const checking = process.argv.includes('--check');

// An organisation stands alone too: what is not in this tree is not looked for.
const present = Object.entries(organisations).filter(([name]) => existsSync(join(root, 'src', name, 'migrations')));
let failed = present.length === 0;
if (failed) console.error('schema: no src/<organisation>/migrations here');

const home = mkdtempSync(join(tmpdir(), 'tidegate-schema-'));
chmodSync(home, 0o711);
const log = createLog({ level: 'warn', name: 'schema' });
const server = await startPostgres({ dataDir: join(home, 'postgres'), log, settings: { fsync: 'off' } });
try {
  for (const [organisation, roles] of present) {
    const migrations = join(root, 'src', organisation, 'migrations');
    const made = await testDatabase({ adminUrl: server.adminUrl('postgres'), organisation, migrations, roles });
    const pool = createPool(made.ownerUrl, { max: 1, applicationName: 'schema' });
    try {
      const { text, counts } = await schemaText(pool, roles);
      const path = join(root, 'src', organisation, 'schema.sql');
      const counted = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
      if (counts.tables === 0) {
        failed = true;
        console.error(`schema: ${organisation} has no tables`);
      } else if (!checking) {
        writeFileSync(path, text);
        console.log(`schema: src/${organisation}/schema.sql written: ${counted.join(', ')}`);
      } else if ((existsSync(path) ? readFileSync(path, 'utf8') : '') === text) {
        console.log(`schema: src/${organisation}/schema.sql agrees with the migrations: ${counted.join(', ')}`);
      } else {
        failed = true;
        console.error(`schema: src/${organisation}/schema.sql differs from its migrations; run npm run schema:write`);
      }
    } finally {
      await pool.end();
    }
  }
} finally {
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
if (failed) process.exit(1);
