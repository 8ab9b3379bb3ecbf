// A PostgreSQL of one run's own: started before its first database is made, in a directory that is deleted after the last.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../src/platform/database/postgres-server.ts';
import type {} from '../src/platform/database/test-database.ts';
import { createLog } from '../src/platform/log.ts';
import type {} from './temporary-installation.ts';

export interface DatabaseServer {
  /** The run's own directory: deleted when the server stops. */
  readonly home: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

export async function startDatabaseServer(): Promise<DatabaseServer> {
  const home = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
  // mkdtemp gives 0700, and as root the server runs as another account that must pass through.
  chmodSync(home, 0o711);
  const server = await startPostgres({
    dataDir: join(home, 'postgres'),
    log: createLog({ level: 'warn', name: 'test database' }),
    // Thrown away after the run, so nothing has to survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  }).catch((error) => {
    rmSync(home, { recursive: true, force: true });
    throw error;
  });
  return {
    home,
    adminUrl: server.adminUrl('postgres'),
    stop: async () => {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Vitest's global set-up: one server for all test files. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDatabaseServer();
  project.provide('adminUrl', server.adminUrl);
  project.provide('demoDirectory', join(server.home, 'demo'));
  return server.stop;
}
