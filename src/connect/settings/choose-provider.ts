// A provider who is new in the EMR, or who was taken out of the selection: selected by a Site Admin, or left out in so many words. A new one
// also by the connection's standing rule.
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { intake, recordAudit } from '../../portal/index.ts';
import { type Connection, findConnection, listSelected } from '../connections/connections.sql.ts';
import { insertRun, markGapsDue } from '../sync/sync.sql.ts';
import { listNewProviders, listUndecided, noteProviders, selectMore, settleProviders } from './new-providers.sql.ts';
import { forgetCursors, lockSettings } from './settings.sql.ts';

/** A Site Admin selects him, and his schedules are read; or leaves him out, and is not asked again. */
export async function chooseProvider(
  tx: Db,
  { siteId, userId, requestId }: { readonly siteId: number; readonly userId: string; readonly requestId: string },
  providerId: string,
  choice: 'select' | 'leave',
): Promise<void> {
  await lockSettings(tx, siteId);
  const connection = await findConnection(tx, siteId);
  if (!connection) throw problem('conflict', 'sync.problem.no-connection');
  const one = (await listUndecided(tx, connection)).find((each) => each.providerId === providerId);
  if (!one) throw problem('conflict', 'connect.new.problem.chosen');
  const { connectionId } = connection;
  await settleProviders(tx, connection, [providerId]);
  await markGapsDue(tx, connection);
  if (choice === 'select') {
    await selectMore(tx, connection, [providerId]);
    await forgetCursors(tx, connection, [providerId]);
    await intake.markNotSelected(tx, siteId, connectionId, await listSelected(tx, siteId, connectionId));
    for (const officeId of one.officeIds) {
      await insertRun(tx, {
        siteId,
        connectionId,
        mode: 'slice',
        slice: { officeId, providerId },
        requestedBy: userId,
      });
    }
  }
  await recordAudit(tx, {
    siteId,
    userId,
    action: choice === 'select' ? 'select-new-provider' : 'leave-new-provider',
    entity: 'provider',
    entityId: providerId,
    requestId,
  });
}

/**
 * Notes whom the roster names, and follows the standing rule. True: somebody was selected, so the settings are others than a moment ago.
 * In the transaction that wrote the roster, and that held the settings before.
 */
export async function followRoster(
  tx: Db,
  { siteId, connectionId, selectNewProviders }: Pick<Connection, 'siteId' | 'connectionId' | 'selectNewProviders'>,
  providerIds: readonly string[],
): Promise<boolean> {
  const key = { siteId, connectionId };
  await noteProviders(tx, key, providerIds);
  if (!selectNewProviders) return false;
  const ids = (await listNewProviders(tx, key)).map((one) => one.providerId);
  if (ids.length === 0) return false;
  await settleProviders(tx, key, ids);
  await selectMore(tx, key, ids);
  for (const entityId of ids) {
    await recordAudit(tx, {
      siteId,
      userId: null,
      action: 'select-new-provider',
      entity: 'provider',
      entityId,
    });
  }
  return true;
}
