import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { format, languageOf, type MessageKey, wordOr } from '../../language/messages.ts';
import { csvText, jsonOf } from '../../platform/csv.ts';
import { type LogPosition, positionIn, positionText } from '../../platform/http/page-position.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { endOfDay, localText, startOfDay } from '../../platform/zones.ts';
import { asSite, type PortalContext } from '../context.ts';
import {
  type AuditLog,
  type AuditLogEntry,
  type AuditLogQuery,
  auditLogQuery,
  auditPageSize,
} from '../contract/audit-log.ts';
import { readSite } from '../patients/patients.sql.ts';
import type { Sessions } from '../session/sessions.ts';
import { recordAudit } from './audit.sql.ts';
import { type AuditRow, listAuditRows } from './audit-log.sql.ts';

const csvPageSize = 500;

/** The audit log of a site, for its Site Admins. */
export function registerAuditLog(app: FastifyInstance, { pool }: PortalContext, sessions: Sessions): void {
  const readPage = (
    siteId: number,
    asked: AuditLogQuery,
    before: LogPosition | undefined,
    count: number,
  ): Promise<AuditLog> =>
    asSite(
      pool,
      siteId,
      async (tx) => {
        const { zone } = await readSite(tx, siteId);
        const filter = {
          userId: asked.user,
          about: asked.about,
          from: asked.from === undefined ? undefined : startOfDay(zone, asked.from),
          until: asked.until === undefined ? undefined : endOfDay(zone, asked.until),
        };
        const rows = await listAuditRows(tx, siteId, filter, { before, limit: count + 1 });
        const last = rows.length > count ? rows[count - 1] : undefined;
        return {
          zone,
          entries: rows.slice(0, count).map((row) => presented(row, zone)),
          more: last ? positionText({ at: last.key, id: last.id }) : null,
        };
      },
      { isolation: 'repeatable read', readOnly: true },
    );

  app.post('/api/audit-log', async (request): Promise<AuditLog> => {
    const { siteId } = await sessions.requireSiteAdmin(request);
    const asked = parse(auditLogQuery, request.body ?? {}, 'body');
    const before = asked.before === undefined ? undefined : positionIn(asked.before);
    if (asked.before !== undefined && before === undefined)
      throw problem('invalid', 'problem.invalid', {}, { where: 'body', fields: [{ path: 'before' }] });
    return readPage(siteId, asked, before, auditPageSize);
  });

  app.post('/api/audit-log.csv', async (request, reply) => {
    const { siteId, userId } = await sessions.requireSiteAdmin(request);
    const asked = parse(auditLogQuery, request.body ?? {}, 'body');
    const language = languageOf(request.headers['accept-language']);
    const about = { siteId, userId, entity: 'audit-log', entityId: String(siteId), requestId: request.id };
    await asSite(pool, siteId, (tx) => recordAudit(tx, { ...about, action: 'export', after: asked }));
    // The first page is read before the answer begins, so that what cannot be read is refused and not broken off.
    const first = await readPage(siteId, asked, undefined, csvPageSize);
    const pages = async function* () {
      let page = first;
      for (;;) {
        yield page.entries;
        if (page.more === null) return;
        page = await readPage(siteId, asked, positionIn(page.more), csvPageSize);
      }
    };
    // There are few words and many rows.
    const words = new Map<MessageKey, string>();
    const t = (key: MessageKey): string => {
      const known = words.get(key) ?? format(language, key);
      words.set(key, known);
      return known;
    };
    const head = columns.map(([key]) => (key === 'audit.column.when' ? `${t(key)} (${first.zone})` : t(key)));
    const read = (entry: AuditLogEntry) => columns.map(([, of]) => of(entry, t));
    return reply
      .header('content-disposition', 'attachment; filename="audit-log.csv"')
      .type('text/csv; charset=utf-8')
      .send(Readable.from(csvText(head, pages(), read)));
  });
}

const presented = (row: AuditRow, zone: string): AuditLogEntry => ({
  id: row.id,
  at: localText(zone, row.at),
  user: row.userId === null ? null : { id: row.userId, name: row.userName },
  action: row.action,
  entity: { type: row.entityType, id: row.entityId, name: row.entityName },
  before: row.before,
  after: row.after,
  requestId: row.requestId,
});

const columns: readonly (readonly [MessageKey, (entry: AuditLogEntry, t: (key: MessageKey) => string) => unknown])[] = [
  ['audit.column.when', ({ at }) => at],
  ['audit.column.user', ({ user }) => user?.name ?? user?.id],
  ['audit.csv.user-id', ({ user }) => user?.id],
  ['audit.column.what', ({ action }, t) => wordOr(t, `users.audit.action.${action}`, action)],
  ['users.audit.of-what', ({ entity }, t) => wordOr(t, `users.audit.entity.${entity.type}`, entity.type)],
  ['users.audit.of-whom', ({ entity }) => entity.name],
  ['audit.csv.entity', ({ entity }) => `${entity.type}/${entity.id}`],
  ['audit.request', ({ requestId }) => requestId],
  ['audit.before', ({ before }) => jsonOf(before)],
  ['audit.after', ({ after }) => jsonOf(after)],
];
