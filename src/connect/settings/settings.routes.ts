import type { FastifyInstance } from 'fastify';
import { format, languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { asSite } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import { type ConnectContext, requireSiteAdmin } from '../context.ts';
import type { ConnectionTest, Settings } from '../contract/settings.ts';
import { testConnection } from './ask-emr.ts';
import { readSettings } from './read-settings.ts';
import { saveSettings } from './save-settings.ts';
import { isSamePlace, readSettingsRequest, refuseField } from './settings.ts';

export function registerSettings(app: FastifyInstance, context: ConnectContext): void {
  app.get('/api/settings', async (request, reply): Promise<Settings> => {
    const { siteId } = await requireSiteAdmin(context, request);
    const settings = await readSettings(context, siteId, languageOf(request.headers['accept-language']));
    reply.header('etag', `"${settings.settingsVersion}"`);
    return settings;
  });

  app.put('/api/settings', async (request, reply): Promise<Settings> => {
    const actor = await requireSiteAdmin(context, request);
    const version = /^"(\d+)"$/.exec(request.headers['if-match'] ?? '')?.[1];
    if (version === undefined) throw problem('precondition-required', 'problem.precondition-required');
    await saveSettings(context, actor, readSettingsRequest(request.body), { version, requestId: request.id });
    const settings = await readSettings(context, actor.siteId, languageOf(request.headers['accept-language']));
    reply.header('etag', `"${settings.settingsVersion}"`);
    return settings;
  });

  app.post('/api/settings/test', async (request): Promise<ConnectionTest> => {
    const { siteId } = await requireSiteAdmin(context, request);
    const language = languageOf(request.headers['accept-language']);
    const { baseUrl, clientId, clientSecret } = readSettingsRequest(request.body);
    if (clientSecret !== undefined) return testConnection({ baseUrl, clientId, clientSecret }, language);
    const there = await asSite(context.pool, siteId, (tx) => findConnection(tx, siteId), { readOnly: true });
    // The stored secret goes to the place that it was entered for, whatever address is being tried.
    if (!there || !isSamePlace(there.baseUrl, baseUrl)) return refuseField('clientSecret');
    const address = addressOf({ ...there, baseUrl, clientId }, context.sealingKey);
    if (!address) return { ok: false, failed: 'token', text: format(language, 'connect.settings.secret-unreadable') };
    return testConnection(address, language);
  });
}
