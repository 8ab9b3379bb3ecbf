// A refused write-back and the grant that it waits for must not miss each other. Whoever parks one and whoever reads a newer coverage take
// turns for a connection; whoever comes second sees what the first one wrote.
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import type { Db } from '../../platform/database/db.ts';
import { outbox } from '../../portal/index.ts';

async function takeTurn(tx: Db, { siteId, connectionId }: outbox.ConnectionKey): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`write-back ${siteId} ${connectionId}`]);
}

/**
 * Belongs into the transaction that keeps the roster of this coverage, before it does. Wakes what was parked for cells that are held by
 * it; resolves to how many.
 */
export async function wakeByCoverage(tx: Db, key: outbox.ConnectionKey, coverage: PermissionCoverage): Promise<number> {
  await takeTurn(tx, key);
  return outbox.wakeParked(tx, key, coverage.schedules);
}

/** Belongs into the transaction that parks `row`, before it does: afterwards `wakeByRoster` looks. */
export const beforeParking = takeTurn;

/** What was parked under a coverage of `asOf`, by the EMR's clock, and is held by the roster that a later reading left, wakes at once. */
export async function wakeByRoster(tx: Db, row: outbox.WriteBack, asOf: Date): Promise<void> {
  const { rows } = await tx.query<outbox.HeldColumns & Record<string, unknown>>(
    `select office_id as "officeId", provider_id as "providerId", columns_held::integer as "columnsHeld" from connect.roster_entry
      where site_id = $1 and connection_id = $2 and office_id = $3 and provider_id = $4 and read_at > $5`,
    [row.siteId, row.connectionId, row.officeId, row.providerId, asOf],
  );
  await outbox.wakeParked(tx, row, rows);
}
