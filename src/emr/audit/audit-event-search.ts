// `AuditEvent` and `AuditEvent/[id]`: who saw, changed, or was refused what. For administrators alone, whatever a client's scopes say.
import { parseDateCondition } from '../../fhir/dates.ts';
import { outcome } from '../../fhir/outcome.ts';
import { isFhirId, parseReference, searchPairs } from '../../fhir/search-query.ts';
import { format } from '../../language/messages.ts';
import { type LogPosition, positionIn, positionText } from '../../platform/http/page-position.ts';
import { problem } from '../../platform/problem.ts';
import type { FhirAnswer } from '../fhir/fhir-answer.ts';
import type { Reading, ReadRequest } from '../fhir/read-interactions.ts';
import { defaultCount, maximumCount } from '../fhir/search-request.ts';
import type { Caller } from '../oauth/caller.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { auditEventOf } from './audit-event.ts';
import { findLogRows, type LogFilter, type Target } from './audit-log.sql.ts';
import { readAuditLog } from './read-audit-log.ts';

interface AuditSearch {
  readonly filter: Omit<LogFilter, 'target'>;
  readonly about: Pick<Target, 'patientId' | 'entity'> | undefined;
  readonly count: number;
  readonly before: LogPosition | undefined;
  readonly used: readonly [string, string][];
}

/**
 * Latest first. `entity` and `patient` ask who saw a record or anything of a patient: what named it, and the lists that showed it, which are
 * judged by the record as it was then. Where the administrator may not see the record himself, the lists cannot be judged, and the
 * answer says so.
 */
export async function answerAuditEvents(
  { pool, baseUrl }: Reading,
  caller: Caller,
  { path, query, lenient, language }: Omit<ReadRequest, 'ifNoneMatch'>,
): Promise<FhirAnswer> {
  const [, id, more] = path.split('/');
  if (more !== undefined) throw problem('not-found', 'problem.not-found');
  requireScope(caller, 'AuditEvent', id === undefined ? 's' : 'r');
  if (caller.kind !== 'administrator') throw problem('forbidden', 'audit.administrators-only');
  const place = { tenantId: caller.tenantId, baseUrl };
  const options = { readOnly: true, isolation: 'repeatable read' } as const;
  if (id !== undefined) {
    const [row] = isFhirId(id)
      ? await asPrincipal(
          pool,
          caller,
          (tx) => findLogRows(tx, caller, { eventId: id }, { limit: 1, withChanges: false }),
          options,
        )
      : [];
    if (!row) throw problem('not-found', 'problem.not-found');
    return { status: 200, headers: {}, body: JSON.stringify(auditEventOf(row, place)) };
  }
  const asked = parseAuditSearch(query, baseUrl, lenient);
  const page = await asPrincipal(
    pool,
    caller,
    (tx) => readAuditLog(tx, caller, baseUrl, { ...asked, withChanges: false }),
    options,
  );
  const link = (relation: string, more: [string, string][]) => ({
    relation,
    url: `${baseUrl}/AuditEvent?${new URLSearchParams([...asked.used, ...more])}`,
  });
  const unknown = page.listsUnknown
    ? [
        {
          resource: outcome({
            severity: 'warning',
            code: 'suppressed',
            details: { text: format(language, 'audit.lists-unknown') },
          }),
          search: { mode: 'outcome' },
        },
      ]
    : [];
  const entries = [
    ...page.rows.map((row) => ({
      fullUrl: `${baseUrl}/AuditEvent/${row.id}`,
      resource: auditEventOf(row, place),
      search: { mode: 'match' },
    })),
    ...unknown,
  ];
  const links = [link('self', []), ...(page.more ? [link('next', [['_cursor', positionText(page.more)]])] : [])];
  return {
    status: 200,
    headers: {},
    body: JSON.stringify({
      resourceType: 'Bundle',
      type: 'searchset',
      link: links,
      ...(entries.length === 0 ? {} : { entry: entries }),
    }),
  };
}

function parseAuditSearch(query: URLSearchParams, baseUrl: string, lenient: boolean): AuditSearch {
  let filter: AuditSearch['filter'] = {};
  let about: AuditSearch['about'];
  let count = defaultCount;
  let before: LogPosition | undefined;
  const used: [string, string][] = [];
  for (const { written, raw } of searchPairs(query)) {
    const refuse = (key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never => {
      throw problem('invalid', key, { parameter: written }, { expression: [written] });
    };
    if (written === 'entity' || written === 'patient') {
      const named = parseReference(raw, baseUrl);
      if (!named || about) return refuse('fhir.parameter-value');
      const isPatient = written === 'patient';
      if (isPatient && named.type !== undefined && named.type !== 'Patient') refuse('fhir.parameter-value');
      if (!isPatient && named.type === undefined) refuse('fhir.parameter-value');
      about = isPatient ? { patientId: named.id } : { entity: { type: named.type!, id: named.id } };
    } else if (written === 'date') {
      const condition = parseDateCondition(raw);
      if (!condition || condition.prefix === 'ne') return refuse('fhir.parameter-value');
      filter = { ...filter, ...between(condition) };
    } else if (written === 'outcome') {
      const wanted = { '0': 'done', '4': 'refused', '8': 'failed' } as const;
      if (raw !== '0' && raw !== '4' && raw !== '8') return refuse('fhir.parameter-value');
      filter = { ...filter, outcome: wanted[raw] };
    } else if (written === '_count') {
      if (!/^[1-9]\d{0,8}$/.test(raw)) refuse('fhir.parameter-value');
      count = Math.min(Number(raw), maximumCount);
    } else if (written === '_cursor') {
      before = positionIn(raw) ?? refuse('fhir.parameter-value');
      continue;
    } else if (written === '_sort') {
      if (raw !== '-date') refuse('fhir.parameter-value');
    } else if (written !== '_format' && (!lenient || written.includes('.'))) refuse('fhir.parameter-not-supported');
    used.push([written, raw]);
  }
  return { filter, about, count, before, used };
}

function between({
  prefix,
  from,
  until,
}: {
  prefix: string;
  from: string;
  until: string;
}): Pick<LogFilter, 'from' | 'until'> {
  switch (prefix) {
    case 'ge':
      return { from: new Date(from) };
    case 'gt':
      return { from: new Date(until) };
    case 'lt':
      return { until: new Date(from) };
    case 'le':
      return { until: new Date(until) };
    default:
      return { from: new Date(from), until: new Date(until) };
  }
}
