import type { FastifyInstance } from 'fastify';
import { format, isMessageKey, type Language, languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { asSite } from '../../portal/index.ts';
import { type Connection, findConnection, listSelected } from '../connections/connections.sql.ts';
import { openCredential } from '../connections/credentials.ts';
import type { ConnectContext } from '../context.ts';
import { features } from '../contract/features.ts';
import { type ConnectionTest, type SelectableProvider, type Settings, settingsRequest } from '../contract/settings.ts';
import { createEmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { listRoster, type RosterEntry, writeRoster } from '../sync/sync.sql.ts';
import { saveSettings, secretToTry } from './save-settings.ts';

const visible = 32;

function providersOf(roster: readonly RosterEntry[], selected: ReadonlySet<string>): SelectableProvider[] {
  const found = new Map<string, SelectableProvider & { offices: string[] }>();
  for (const row of roster) {
    const there = found.get(row.providerId);
    const seen = (row.columnsHeld & visible) !== 0;
    if (there)
      found.set(row.providerId, {
        ...there,
        visible: there.visible || seen,
        offices: [...there.offices, row.officeName],
      });
    else {
      const { providerId, providerDisplay: display } = row;
      found.set(providerId, {
        providerId,
        display,
        offices: [row.officeName],
        selected: selected.has(providerId),
        visible: seen,
      });
    }
  }
  return [...found.values()];
}

const sentence = (error: EmrError, language: Language): string =>
  isMessageKey(error.key) ? format(language, error.key, error.params) : error.key;

export function registerSettings(app: FastifyInstance, context: ConnectContext): void {
  const { pool, sealingKey, sessions } = context;

  /** Asks the EMR for its roster now; undefined when all went well, else why the one shown may be old. */
  async function refreshRoster(connection: Connection, language: Language): Promise<string | null> {
    const client = createEmrClient({
      baseUrl: connection.baseUrl,
      clientId: connection.clientId,
      clientSecret: openCredential(connection.credentialSealed, sealingKey, connection.connectionId),
    });
    try {
      const coverage = await client.coverage();
      await asSite(pool, connection.siteId, (tx) => writeRoster(tx, connection, coverage));
      return null;
    } catch (error) {
      if (error instanceof EmrError) return sentence(error, language);
      throw error;
    } finally {
      await client.close();
    }
  }

  app.get('/api/settings', async (request, reply) => {
    const { siteId } = await sessions.require(request);
    const language = languageOf(request.headers['accept-language']);
    const connection = await asSite(pool, siteId, (tx) => findConnection(tx, siteId));
    const rosterProblem = connection ? await refreshRoster(connection, language) : null;
    const settings = await asSite(pool, siteId, async (tx): Promise<Settings> => {
      if (!connection) {
        return {
          connectionId: null,
          settingsVersion: 0,
          name: '',
          baseUrl: '',
          clientId: '',
          hasSecret: false,
          windowDays: 14,
          intervalMinutes: 30,
          features: [...features],
          providers: [],
          rosterProblem: null,
        };
      }
      const selected = new Set(await listSelected(tx, siteId, connection.connectionId));
      const { connectionId, settingsVersion, name, baseUrl, clientId, windowDays, intervalMinutes } = connection;
      return {
        connectionId,
        settingsVersion,
        name,
        baseUrl,
        clientId,
        hasSecret: true,
        windowDays,
        intervalMinutes,
        features: connection.features,
        providers: providersOf(await listRoster(tx, connection), selected),
        rosterProblem,
      };
    });
    return reply.header('etag', `"${settings.settingsVersion}"`).send(settings);
  });

  app.put('/api/settings', async (request, reply) => {
    const actor = await sessions.require(request);
    const version = /^"([^"]+)"$/.exec(request.headers['if-match'] ?? '')?.[1];
    if (version === undefined) throw problem('precondition-required', 'problem.precondition-required');
    const asked = parse(settingsRequest, request.body, 'body');
    const saved = await saveSettings(context, actor, asked, { version, requestId: request.id });
    return reply.header('etag', `"${saved.settingsVersion}"`).send(saved);
  });

  app.post('/api/settings/test', async (request): Promise<ConnectionTest> => {
    const { siteId } = await sessions.require(request);
    const language = languageOf(request.headers['accept-language']);
    const { baseUrl, clientId, clientSecret: typed } = parse(settingsRequest, request.body, 'body');
    const clientSecret = await asSite(pool, siteId, (tx) => secretToTry(tx, context, siteId, typed));
    const client = createEmrClient({ baseUrl, clientId, clientSecret });
    try {
      const { username } = await client.coverage();
      return { ok: true, failed: null, text: format(language, 'sync.test.works', { username }) };
    } catch (error) {
      if (!(error instanceof EmrError)) throw error;
      return { ok: false, failed: error.failure, text: sentence(error, language) };
    } finally {
      await client.close();
    }
  });
}
