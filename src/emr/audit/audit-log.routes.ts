import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { format, languageOf } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { type LogPosition, positionIn, positionText } from '../../platform/http/page-position.ts';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { endOfDay, localText, startOfDay } from '../../platform/zones.ts';
import type { EmrContext } from '../context.ts';
import {
  type AuditLog,
  type AuditLogEntry,
  type AuditLogQuery,
  auditLogQuery,
  auditPageSize,
} from '../contract/audit-log.ts';
import { listOwnOffices } from '../people/people.sql.ts';
import { asPrincipal, type Principal, withRoster } from '../principal.ts';
import { requireAdministrator } from '../session/session.routes.ts';
import { noteAccess } from './access.ts';
import { auditCsv } from './audit-csv.ts';
import { findPatientId, type LogRow } from './audit-log.sql.ts';
import { type LogRequest, readAuditLog } from './read-audit-log.ts';

const csvPageSize = 500;

/** *Audit Logs* of Manage Security. What is asked for travels in the body: it may be a chart number, and an address is written down. */
export function registerAuditLog(app: FastifyInstance, context: EmrContext): void {
  app.post('/api/audit-log', async (request): Promise<AuditLog> => {
    const actor = await requireAdministrator(context, request);
    const asked = parse(auditLogQuery, request.body ?? {}, 'body');
    noteQuery(asked);
    return readPage(context, actor, asked, before(asked), auditPageSize);
  });

  app.post('/api/audit-log.csv', async (request, reply) => {
    const actor = await requireAdministrator(context, request);
    const asked = parse(auditLogQuery, request.body ?? {}, 'body');
    noteQuery(asked);
    const language = languageOf(request.headers['accept-language']);
    // The first page is read before the answer begins, so that what cannot be read is refused and not broken off.
    const first = await readPage(context, actor, asked, undefined, csvPageSize);
    const pages = async function* () {
      let page = first;
      for (;;) {
        yield page.entries;
        if (page.more === null) return;
        page = await readPage(context, actor, asked, positionIn(page.more), csvPageSize);
      }
    };
    return reply
      .header('content-disposition', 'attachment; filename="audit-log.csv"')
      .type('text/csv; charset=utf-8')
      .send(Readable.from(auditCsv(pages(), first.zone, (key) => format(language, key))));
  });
}

const noteQuery = (asked: AuditLogQuery): void =>
  noteAccess({ query: new URLSearchParams(asked as Record<string, string>).toString() });

function before(asked: AuditLogQuery): LogPosition | undefined {
  if (asked.before === undefined) return undefined;
  const position = positionIn(asked.before);
  if (position) return position;
  throw problem('invalid', 'problem.invalid', {}, { where: 'body', fields: [{ path: 'before' }] });
}

function readPage(
  { pool, publicUrl }: EmrContext,
  actor: Principal,
  asked: AuditLogQuery,
  position: LogPosition | undefined,
  count: number,
): Promise<AuditLog> {
  return asPrincipal(
    pool,
    actor,
    async (tx) => {
      const zone = (await listOwnOffices(tx, actor.tenantId, actor.userId))[0]?.zone ?? 'UTC';
      const request: LogRequest = {
        filter: {
          userId: asked.user,
          kind: asked.kind,
          outcome: asked.outcome,
          from: asked.from === undefined ? undefined : startOfDay(zone, asked.from),
          until: asked.until === undefined ? undefined : endOfDay(zone, asked.until),
        },
        about: asked.patient === undefined ? undefined : { patientId: await findPatientId(tx, actor, asked.patient) },
        before: position,
        count,
        withChanges: true,
      };
      const page = await readWithNames(tx, actor, `${publicUrl}/fhir`, request);
      return {
        zone,
        entries: page.rows.map((row) => presented(row, zone)),
        more: page.more && positionText(page.more),
        listsUnknown: page.listsUnknown,
      };
    },
    { readOnly: true, isolation: 'repeatable read' },
  );
}

/** Offices and providers are named whoever looks: the roster is no secret to an administrator. Patients stay behind his grants. */
const readWithNames = (tx: Db, actor: Principal, baseUrl: string, request: LogRequest) =>
  withRoster(tx, () => readAuditLog(tx, actor, baseUrl, request));

const named = (id: string | null, name: string | null) =>
  id === null ? null : { id, name: name === '' ? null : name };

const presented = (row: LogRow, zone: string): AuditLogEntry => ({
  id: row.id,
  at: localText(zone, row.at),
  user: named(row.userId, row.userName),
  client: named(row.clientId, row.clientName),
  door: row.door,
  kind: row.kind,
  action: row.action,
  entity: row.entityType === null ? null : { type: row.entityType, id: row.entityId },
  patient: named(row.patientId, row.patientName),
  office: named(row.officeId, row.officeName),
  provider: named(row.providerId, row.providerName),
  status: row.status,
  query: row.query,
  requestId: row.requestId,
  permissionVersion: row.permissionVersion,
  before: row.before,
  after: row.after,
});
