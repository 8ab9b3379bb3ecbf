// Starts services over their databases. What is opened last is closed first, PostgreSQL at the very end.
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import { systemClock } from './platform/clock.ts';
import { connectionUrl } from './platform/database/db.ts';
import { migrate } from './platform/database/migrate.ts';
import { prepareDatabase } from './platform/database/organisation-database.ts';
import { findPostgres, startPostgres } from './platform/database/postgres-server.ts';
import { secretNamed } from './platform/database/secrets.ts';
import { sha256 } from './platform/ids.ts';
import type { Log } from './platform/log.ts';
import { problem } from './platform/problem.ts';
import { type RoleUrls, type RunningService, type ServiceName, type Surroundings, services } from './services.ts';

export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

const migrationsOf = (organisation: string): string =>
  fileURLToPath(new URL(`./${organisation}/migrations`, import.meta.url));

const organisations = {
  emr: { owner: 'emr_owner', roles: ['emr_app', 'emr_import'] },
  portal: { owner: 'portal_owner', roles: ['portal_app', 'connect_app', 'portal_sync'] },
} as const;
type Organisation = keyof typeof organisations;

export interface OpenInstallation extends Surroundings {
  /** Of the databases' owners: for migrations alone. */
  readonly ownerUrls: Readonly<Record<Organisation, string>>;
  /** Where the embedded database's files are, if this process runs it. */
  readonly databaseDirectory: string | undefined;
  close(): Promise<void>;
}

/** Refuses, before anything is started, a port that somebody listens on, one that two services were given, and a host that is not ours. */
export async function checkPorts(config: Config, names: readonly ServiceName[]): Promise<void> {
  const probes: Server[] = [];
  try {
    for (const name of names) {
      if (name === 'worker') continue;
      const port = config.ports[name];
      const probe = createServer();
      probes.push(probe);
      probe.listen({ host: config.host, port });
      await once(probe, 'listening').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') {
          const setting = `${name.toUpperCase()}_PORT`;
          throw problem('unavailable', 'cli.taken-port', { port: String(port), service: name, setting });
        }
        const { host } = config;
        throw problem('unavailable', 'cli.host', { host, port: String(port), reason: String(error.code) });
      });
    }
  } finally {
    await Promise.all(probes.filter((probe) => probe.listening).map((probe) => once(probe.close(), 'close')));
  }
}

/** Makes the data directory. One that this account may not write is refused here, by name, and not by whoever meets it first. */
function prepareDataDir(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = String((error as NodeJS.ErrnoException).code);
    throw problem('unavailable', 'cli.data-dir', { directory, reason });
  }
}

/** What a database of the user's own says when it cannot be used: the server's words name roles and databases, never a password. */
function ofOwnDatabase(setting: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === undefined) throw error;
    throw problem('unavailable', 'cli.database', { setting, reason: error.message || error.code });
  };
}

export interface OpenOptions {
  readonly config: Config;
  readonly log: Log;
  /** A command beside a running clinic uses that clinic's PostgreSQL and starts none of its own while it runs. */
  readonly asGuest?: boolean;
  readonly onDatabaseLost?: () => void;
}

/** Databases, roles and migrations: what every service and every command stands on. */
export async function openInstallation(options: OpenOptions): Promise<OpenInstallation> {
  const { config, log } = options;
  prepareDataDir(config.dataDir);
  const postgres = await postgresFor(options);
  try {
    const roleUrls: Record<string, string> = {};
    const ownerUrls: Partial<Record<Organisation, string>> = {};
    for (const [organisation, { owner, roles }] of Object.entries(organisations) as [
      Organisation,
      (typeof organisations)[Organisation],
    ][]) {
      const given = organisation === 'emr' ? config.emrDatabaseUrl : config.portalDatabaseUrl;
      const ownerUrl =
        given ??
        (await prepareDatabase({
          adminUrl: postgres!.adminUrl('postgres'),
          database: organisation,
          owner: { name: owner, password: secretNamed(config.dataDir, owner) },
        }));
      const logins = roles.map((name) => ({ name, password: secretNamed(config.dataDir, name) }));
      const migrated = migrate({ ownerUrl, directory: migrationsOf(organisation), log, roles: logins });
      await (given ? migrated.catch(ofOwnDatabase(`${organisation.toUpperCase()}_DATABASE_URL`)) : migrated);
      const database = decodeURIComponent(new URL(ownerUrl).pathname.slice(1));
      for (const { name, password } of logins)
        roleUrls[name] = connectionUrl(ownerUrl, { user: name, password, database });
      ownerUrls[organisation] = ownerUrl;
    }
    return {
      config,
      log,
      clock: systemClock,
      version,
      ownerUrls: ownerUrls as Record<Organisation, string>,
      sealingKey: sha256(secretNamed(config.dataDir, 'sealing-key')),
      certificateSeed: sha256(secretNamed(config.dataDir, 'certificate-key')),
      auditKey: sha256(secretNamed(config.dataDir, 'audit-key')),
      emrSealingKey: sha256(secretNamed(config.dataDir, 'emr-sealing-key')),
      roles: {
        emrApp: roleUrls['emr_app']!,
        emrImport: roleUrls['emr_import']!,
        portalApp: roleUrls['portal_app']!,
        connectApp: roleUrls['connect_app']!,
        portalSync: roleUrls['portal_sync']!,
      } satisfies RoleUrls,
      databaseDirectory: postgres?.directory,
      close: async () => postgres?.stop?.(),
    };
  } catch (error) {
    await postgres?.stop?.();
    throw error;
  }
}

interface UsedPostgres {
  readonly directory?: string;
  adminUrl(database: string): string;
  stop?(): Promise<void>;
}

async function postgresFor({ config, log, asGuest, onDatabaseLost }: OpenOptions): Promise<UsedPostgres | undefined> {
  if (config.emrDatabaseUrl && config.portalDatabaseUrl) return undefined;
  const dataDir = join(config.dataDir, 'postgres');
  if (asGuest) {
    const running = await findPostgres(dataDir);
    if (running) return { adminUrl: (database) => running.adminUrl(database) };
  }
  return startPostgres({ dataDir, log, ...(onDatabaseLost ? { onLost: onDatabaseLost } : {}) });
}

/** Starts the named services in order; if one cannot start, those before it are closed again. */
export async function startServices(
  installation: Surroundings,
  names: readonly ServiceName[],
): Promise<RunningService> {
  const running: RunningService[] = [];
  const close = async () => {
    for (const service of running.splice(0).reverse()) await service.close();
  };
  try {
    for (const name of names) running.push(await services[name](installation));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
