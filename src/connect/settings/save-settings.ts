import { sqlState } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { sealSecret } from '../../platform/sealed.ts';
import { asSite, intake, recordAudit } from '../../portal/index.ts';
import {
  type Connection,
  findConnection,
  listSelected,
  replaceSelected,
  saveConnection,
} from '../connections/connections.sql.ts';
import type { ConnectContext } from '../context.ts';
import type { SettingsRequest } from '../contract/settings.ts';
import { forgetTenant, noteWell } from '../sync/sync.sql.ts';
import { noteDeselected, settleProviders } from './new-providers.sql.ts';
import { askSubscriptionsAgain, forgetCursors, forgetRoster, lockSettings } from './settings.sql.ts';
import { authMethodOf, isSameEmr, isSamePlace, refuseField, selectionChange } from './settings.ts';

export interface SettingsActor {
  readonly siteId: number;
  /** null: the installation itself, at set-up. */
  readonly userId: string | null;
}

export interface SavedSettings {
  readonly connectionId: string;
  readonly settingsVersion: number;
}

/**
 * Saves *Edit Settings*; makes the connection when there is none (version "0"). One transaction: the connection, the selection, and
 * the bookings of providers who were taken out of it, who leave the portal's lists and stay stored.
 *
 * A run may be going meanwhile. It compares settings_version, under a lock of the connection's row, in the transaction in which it
 * applies: whichever of the two comes second sees the first.
 *
 * Throws `precondition-failed` with extra.settingsVersion when somebody saved before, `invalid` that names the field, `conflict` for
 * a name that another connection has.
 */
export async function saveSettings(
  { pool, sealingKey }: Pick<ConnectContext, 'pool' | 'sealingKey'>,
  actor: SettingsActor,
  request: SettingsRequest,
  { version, requestId }: { readonly version: string; readonly requestId?: string | undefined },
): Promise<SavedSettings> {
  const { siteId } = actor;
  try {
    return await asSite(pool, siteId, async (tx) => {
      await lockSettings(tx, siteId);
      const there = await findConnection(tx, siteId);
      const current = there?.settingsVersion ?? 0;
      if (version !== String(current)) {
        throw problem('precondition-failed', 'problem.precondition-failed', {}, { settingsVersion: current });
      }
      const key = { siteId, connectionId: there?.connectionId ?? newId() };
      const { connectionId } = key;
      const credential = credentialOf(there, request, connectionId, sealingKey);

      const settingsVersion = current + 1;
      const testBookingId = request.testBookingId ?? null;
      await saveConnection(tx, { ...request, testBookingId, ...key, ...credential, settingsVersion });
      const before = there ? await listSelected(tx, siteId, connectionId) : [];
      const { added, removed } = selectionChange(before, request.selectedProviderIds);
      if (added.length + removed.length > 0) {
        await replaceSelected(tx, siteId, connectionId, request.selectedProviderIds);
        await forgetCursors(tx, key, [...added, ...removed]);
        await intake.markNotSelected(tx, siteId, connectionId, request.selectedProviderIds);
        await noteDeselected(tx, key, removed);
        await settleProviders(tx, key, added);
      }
      await askSubscriptionsAgain(tx, key);
      await noteWell(tx, key);
      if (request.clientSecret !== undefined) await forgetTenant(tx, key);
      if (there && !isSameEmr(there, request)) {
        await forgetRoster(tx, key);
        await forgetCursors(tx, key);
      }
      await recordAudit(tx, {
        siteId,
        userId: actor.userId,
        action: 'save-settings',
        entity: 'connection',
        entityId: connectionId,
        before: there && summary(there),
        after: {
          ...summary(request),
          secretReplaced: request.clientSecret !== undefined,
          providersAdded: added,
          providersRemoved: removed,
        },
        requestId,
      });
      return { connectionId, settingsVersion };
    });
  } catch (error) {
    if (sqlState(error) === '23505') throw problem('conflict', 'connect.settings.problem.name-taken');
    throw error;
  }
}

/** The secret that was typed, sealed; else the one there is, which is kept only for the place that it was entered for. */
function credentialOf(
  there: Connection | undefined,
  { clientSecret, baseUrl }: SettingsRequest,
  connectionId: string,
  sealingKey: Buffer,
): Pick<Connection, 'credentialSealed' | 'authMethod'> {
  if (clientSecret !== undefined) {
    const credentialSealed = sealSecret(clientSecret, sealingKey, connectionId);
    return { credentialSealed, authMethod: authMethodOf(clientSecret) };
  }
  if (!there || !isSamePlace(there.baseUrl, baseUrl)) return refuseField('clientSecret');
  return { credentialSealed: there.credentialSealed, authMethod: there.authMethod };
}

/** What the audit keeps of settings: never the secret, sealed or not. */
const summary = (
  one: Omit<SettingsRequest, 'clientSecret' | 'features' | 'selectedProviderIds'> & {
    readonly features: readonly string[];
  },
) => ({
  name: one.name,
  baseUrl: one.baseUrl,
  clientId: one.clientId,
  windowDays: one.windowDays,
  intervalMinutes: one.intervalMinutes,
  absenceIsDeletion: one.absenceIsDeletion,
  selectNewProviders: one.selectNewProviders,
  testBookingId: one.testBookingId ?? null,
  features: one.features,
});
