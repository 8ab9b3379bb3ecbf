import type { PoolClient } from 'pg';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { asSite, intake, recordAudit } from '../../portal/index.ts';
import { findConnection, listSelected, replaceSelected, saveConnection } from '../connections/connections.sql.ts';
import { openCredential, sealCredential } from '../connections/credentials.ts';
import type { ConnectContext } from '../context.ts';
import type { SettingsRequest } from '../contract/settings.ts';

export interface SettingsActor {
  readonly siteId: number;
  /** null: the installation itself, at set-up. */
  readonly userId: string | null;
}

/**
 * Saves *Edit Settings*. One transaction: the connection, the selection, and the bookings of providers who were taken out of it, who
 * leave the portal's lists and stay stored. Throws `precondition-failed` when somebody saved before.
 */
export async function saveSettings(
  { pool, sealingKey }: Pick<ConnectContext, 'pool' | 'sealingKey'>,
  actor: SettingsActor,
  request: SettingsRequest,
  { version, requestId }: { readonly version: string; readonly requestId?: string | undefined },
): Promise<{ readonly connectionId: string; readonly settingsVersion: number }> {
  const { siteId } = actor;
  return asSite(pool, siteId, async (tx) => {
    // One site's settings are saved one after the other; there is no row to lock before the first.
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('settings', $1))`, [siteId]);
    const there = await findConnection(tx, siteId);
    if (version !== String(there?.settingsVersion ?? 0))
      throw problem('precondition-failed', 'problem.precondition-failed');
    const connectionId = there?.connectionId ?? newId();
    const credentialSealed =
      request.clientSecret === undefined
        ? there?.credentialSealed
        : sealCredential(request.clientSecret, sealingKey, connectionId);
    if (!credentialSealed) {
      throw problem(
        'invalid',
        'problem.invalid',
        {},
        { where: 'body', fields: [{ path: 'clientSecret', code: 'required', message: 'required' }] },
      );
    }
    const before = there && { ...summary(there), selectedProviderIds: await listSelected(tx, siteId, connectionId) };
    const settingsVersion = (there?.settingsVersion ?? 0) + 1;
    const baseUrl = request.baseUrl.replace(/\/+$/, '');
    await saveConnection(tx, { ...request, baseUrl, siteId, connectionId, credentialSealed, settingsVersion });
    await replaceSelected(tx, siteId, connectionId, request.selectedProviderIds);
    await intake.markNotSelected(tx, siteId, connectionId, request.selectedProviderIds);
    await recordAudit(tx, {
      siteId,
      userId: actor.userId,
      action: 'save-settings',
      entity: 'connection',
      entityId: connectionId,
      before,
      after: {
        ...summary({ ...request, baseUrl }),
        selectedProviderIds: request.selectedProviderIds,
        secretReplaced: request.clientSecret !== undefined,
      },
      requestId,
    });
    return { connectionId, settingsVersion };
  });
}

const summary = (
  one: Pick<SettingsRequest, 'name' | 'baseUrl' | 'clientId' | 'windowDays' | 'intervalMinutes'> & {
    readonly features: readonly string[];
  },
) => ({
  name: one.name,
  baseUrl: one.baseUrl,
  clientId: one.clientId,
  windowDays: one.windowDays,
  intervalMinutes: one.intervalMinutes,
  features: one.features,
});

/** The secret to try: the one typed, else the stored one. */
export async function secretToTry(
  tx: PoolClient,
  { sealingKey }: Pick<ConnectContext, 'sealingKey'>,
  siteId: number,
  typed: string | undefined,
): Promise<string> {
  if (typed !== undefined) return typed;
  const there = await findConnection(tx, siteId);
  return there ? openCredential(there.credentialSealed, sealingKey, there.connectionId) : '';
}
