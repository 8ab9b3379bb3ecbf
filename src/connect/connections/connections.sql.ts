import type { Db, Pool } from '../../platform/database/db.ts';
import { asSite } from '../../portal/index.ts';
import type { Feature } from '../contract/features.ts';

export interface Connection {
  readonly siteId: number;
  readonly connectionId: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly clientId: string;
  readonly authMethod: 'client_secret_post' | 'private_key_jwt';
  readonly credentialSealed: Buffer;
  readonly windowDays: number;
  readonly intervalMinutes: number;
  /** A booking that the EMR no longer lists, though everything there may be read, is taken for deleted. */
  readonly absenceIsDeletion: boolean;
  /** Whoever is new in the EMR is selected by himself. */
  readonly selectNewProviders: boolean;
  /** What certificates may try a confirmation on. */
  readonly testBookingId: string | null;
  readonly features: readonly Feature[];
  readonly settingsVersion: number;
  readonly nextRunAt: Date;
}

const columns = `site_id as "siteId", connection_id as "connectionId", name, base_url as "baseUrl", client_id as "clientId", auth_method as "authMethod",
  credential_sealed as "credentialSealed", window_days as "windowDays", interval_minutes as "intervalMinutes",
  absence_is_deletion as "absenceIsDeletion", select_new_providers as "selectNewProviders", test_booking_id as "testBookingId", features,
  settings_version as "settingsVersion", greatest(next_run_at, rest_until) as "nextRunAt"`;

/** The site's connection; a site has one until there is a screen for more. */
export async function findConnection(db: Db, siteId: number): Promise<Connection | undefined> {
  const { rows } = await db.query<Connection>(
    `select ${columns} from connect.connection where site_id = $1 and active order by created_at limit 1`,
    [siteId],
  );
  return rows[0];
}

export async function getConnection(db: Db, siteId: number, connectionId: string): Promise<Connection> {
  const { rows } = await db.query<Connection>(
    `select ${columns} from connect.connection where site_id = $1 and connection_id = $2`,
    [siteId, connectionId],
  );
  if (!rows[0]) throw new Error(`connection ${connectionId} is gone`);
  return rows[0];
}

/** Of every site: for the worker and the command line. */
export async function listActiveConnections(db: Db): Promise<{ siteId: number; connectionId: string; name: string }[]> {
  const { rows } = await db.query<{ siteId: number; connectionId: string; name: string }>(
    'select site_id as "siteId", connection_id as "connectionId", name from connect.connection where active order by name',
  );
  return rows;
}

/** What is looked after in turns: subscriptions at the EMR, and gaps. Each has an instant at which it is due; null: when something changes. */
export type LookedAfter = 'announcements' | 'gaps';

/** Takes one connection for which this is due; for `againMs` nobody else does. */
export async function takeDue(
  pool: Pool,
  what: LookedAfter,
  againMs: number,
): Promise<Pick<Connection, 'siteId' | 'connectionId'> | undefined> {
  const due = `${what}_due_at`;
  for (;;) {
    const { rows } = await pool.query<{ siteId: number; connectionId: string }>(
      `select site_id as "siteId", connection_id as "connectionId" from connect.connection
        where active and ${due} <= now() order by ${due} limit 1`,
    );
    const [one] = rows;
    if (!one) return undefined;
    const taken = await asSite(pool, one.siteId, async (tx) => {
      const { rowCount } = await tx.query(
        `update connect.connection set ${due} = now() + $3 * interval '1 millisecond'
          where site_id = $1 and connection_id = $2 and ${due} <= now()`,
        [one.siteId, one.connectionId, againMs],
      );
      return rowCount === 1;
    });
    if (taken) return one;
  }
}

/** A new connection waits one interval for its first automatic run; a shorter interval brings the next one nearer. */
export async function saveConnection(db: Db, one: Omit<Connection, 'nextRunAt'>): Promise<void> {
  await db.query(
    `insert into connect.connection (site_id, connection_id, name, base_url, client_id, auth_method, credential_sealed, window_days,
                                     interval_minutes, features, settings_version, absence_is_deletion,
                                     select_new_providers, test_booking_id, next_run_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, now() + make_interval(mins => $9))
     on conflict (site_id, connection_id) do update
        set name = excluded.name, base_url = excluded.base_url, client_id = excluded.client_id,
            auth_method = excluded.auth_method, credential_sealed = excluded.credential_sealed, window_days = excluded.window_days,
            interval_minutes = excluded.interval_minutes, features = excluded.features, settings_version = excluded.settings_version,
            absence_is_deletion = excluded.absence_is_deletion, select_new_providers = excluded.select_new_providers,
            test_booking_id = excluded.test_booking_id, next_run_at = least(connection.next_run_at, excluded.next_run_at), announcements_due_at = now(), gaps_due_at = now()`,
    [
      one.siteId,
      one.connectionId,
      one.name,
      one.baseUrl,
      one.clientId,
      one.authMethod,
      one.credentialSealed,
      one.windowDays,
      one.intervalMinutes,
      one.features,
      one.settingsVersion,
      one.absenceIsDeletion,
      one.selectNewProviders,
      one.testBookingId,
    ],
  );
  await db.query(`select pg_notify('announcements_due', ''), pg_notify('gaps_due', '')`);
}

export async function listSelected(db: Db, siteId: number, connectionId: string): Promise<string[]> {
  const { rows } = await db.query<{ providerId: string }>(
    'select provider_id as "providerId" from connect.selected_provider where site_id = $1 and connection_id = $2 order by provider_id',
    [siteId, connectionId],
  );
  return rows.map((row) => row.providerId);
}

export async function replaceSelected(
  db: Db,
  siteId: number,
  connectionId: string,
  providerIds: readonly string[],
): Promise<void> {
  await db.query(
    'delete from connect.selected_provider where site_id = $1 and connection_id = $2 and provider_id <> all ($3)',
    [siteId, connectionId, providerIds],
  );
  await db.query(
    `insert into connect.selected_provider (site_id, connection_id, provider_id)
     select $1, $2, provider_id from unnest($3::text[]) as wanted (provider_id) on conflict do nothing`,
    [siteId, connectionId, providerIds],
  );
}
