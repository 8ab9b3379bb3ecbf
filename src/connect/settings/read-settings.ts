import { bitOf, includesColumns } from '../../fhir/columns.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { format, type Language } from '../../language/messages.ts';
import { asSite, listProviderNames } from '../../portal/index.ts';
import { type Connection, findConnection, listSelected } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import type { ConnectContext } from '../context.ts';
import { features } from '../contract/features.ts';
import type { SelectableProvider, Settings } from '../contract/settings.ts';
import type { Certainty } from '../contract/sync.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { readCoverage } from '../emr-client/read-coverage.ts';
import { findCertainty, listRoster, type RosterEntry } from '../sync/sync.sql.ts';
import { askEmr, sentenceOf } from './ask-emr.ts';

const beforeTheFirst: Settings = {
  connectionId: null,
  settingsVersion: 0,
  name: '',
  baseUrl: '',
  clientId: '',
  hasSecret: false,
  windowDays: 14,
  intervalMinutes: 30,
  absenceIsDeletion: false,
  selectNewProviders: false,
  testBookingId: null,
  features,
  providers: [],
  integrationUser: null,
  rosterProblem: null,
  certainty: null,
};

/**
 * What *Edit Settings* shows. The list of providers is what the EMR says now; when it cannot be asked, what it said at the last run,
 * with the reason. Only a run writes the stored roster: a page that is read changes nothing.
 */
export async function readSettings(
  { pool, sealingKey }: Pick<ConnectContext, 'pool' | 'sealingKey'>,
  siteId: number,
  language: Language,
): Promise<Settings> {
  const kept = await asSite(
    pool,
    siteId,
    async (tx) => {
      const connection = await findConnection(tx, siteId);
      if (!connection) return undefined;
      return {
        connection,
        selected: await listSelected(tx, siteId, connection.connectionId),
        roster: await listRoster(tx, connection),
        names: await listProviderNames(tx, siteId, connection.connectionId),
        certainty: await findCertainty(tx, connection),
      };
    },
    { readOnly: true },
  );
  if (!kept) return beforeTheFirst;
  const { connection, selected, names } = kept;
  const asked = await askRoster(connection, { sealingKey, language, mustBeProved: kept.certainty === 'proved' });
  const { connectionId, settingsVersion, name, baseUrl, clientId, windowDays, intervalMinutes } = connection;
  const { absenceIsDeletion, selectNewProviders, testBookingId } = connection;
  return {
    connectionId,
    settingsVersion,
    name,
    baseUrl,
    clientId,
    hasSecret: true,
    windowDays,
    intervalMinutes,
    absenceIsDeletion,
    selectNewProviders,
    testBookingId,
    features: connection.features,
    providers: selectableProviders(asked.roster ?? kept.roster, selected, names),
    integrationUser: asked.username,
    rosterProblem: asked.rosterProblem,
    certainty: asked.certainty ?? kept.certainty ?? null,
  };
}

type ListedPair = Pick<RosterEntry, 'officeName' | 'providerId' | 'providerDisplay' | 'columnsHeld'>;

interface AskedRoster {
  /** null, and certainty too: it could not be asked. */
  readonly roster: readonly ListedPair[] | null;
  readonly certainty: Certainty | null;
  readonly username: string | null;
  /** What has to be known of this list. */
  readonly rosterProblem: string | null;
}

async function askRoster(
  connection: Connection,
  {
    sealingKey,
    language,
    mustBeProved,
  }: { readonly sealingKey: Buffer; readonly language: Language; readonly mustBeProved: boolean },
): Promise<AskedRoster> {
  const because = (reason: string): AskedRoster => ({
    roster: null,
    certainty: null,
    username: null,
    rosterProblem: format(language, 'connect.settings.roster-not-asked', { reason }),
  });
  const address = addressOf(connection, sealingKey);
  if (!address) return because(format(language, 'connect.settings.secret-unreadable'));
  try {
    const { certainty, username, ...coverage } = await askEmr(address, (client) =>
      readCoverage(client, { mustBeProved }),
    );
    const isProved = certainty === 'proved';
    return {
      roster: pairsOf(coverage),
      username: isProved ? username : null,
      certainty,
      rosterProblem: isProved ? null : format(language, 'sync.certainty.evidence'),
    };
  } catch (error) {
    if (error instanceof EmrError) return because(sentenceOf(error, language));
    throw error;
  }
}

function pairsOf({ offices, schedules }: Pick<PermissionCoverage, 'offices' | 'schedules'>): ListedPair[] {
  const nameOf = new Map(offices.map((office) => [office.officeId, office.name]));
  return schedules
    .filter((row) => row.scheduleActive)
    .map(({ officeId, providerId, providerDisplay, columnsHeld }) => ({
      officeName: nameOf.get(officeId) ?? officeId,
      providerId,
      providerDisplay,
      columnsHeld,
    }));
}

/** One row a provider, by name; a selected provider whom the roster does not name stays in the list, so that he can be taken out. */
export function selectableProviders(
  roster: readonly ListedPair[],
  selected: readonly string[],
  names: ReadonlyMap<string, string>,
): SelectableProvider[] {
  const isSelected = new Set(selected);
  const byProvider = Map.groupBy(roster, (row) => row.providerId);
  const listed = [...byProvider].map(([providerId, rows]) => ({
    providerId,
    display: rows[0]!.providerDisplay,
    offices: rows.map((row) => row.officeName).sort((a, b) => a.localeCompare(b)),
    selected: isSelected.has(providerId),
    visible: rows.some((row) => includesColumns(row.columnsHeld, bitOf.Visible)),
  }));
  const unlisted = selected
    .filter((providerId) => !byProvider.has(providerId))
    .map((providerId) => ({
      providerId,
      display: names.get(providerId) ?? providerId,
      offices: [],
      selected: true,
      visible: false,
    }));
  return [...listed, ...unlisted].sort(
    (a, b) => a.display.localeCompare(b.display) || (a.providerId < b.providerId ? -1 : 1),
  );
}
