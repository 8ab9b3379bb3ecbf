// Whether a list that was recorded by its query showed a record: the query is read again and asked about the record as it was when the
// list was read. Where that cannot be told to the second, or a type keeps no versions, the answer errs to the side of naming somebody.

import { columnsNeeded } from '../../fhir/columns.ts';
import { searchPairs } from '../../fhir/search-query.ts';
import type { Db } from '../../platform/database/db.ts';
import { parseExport } from '../fhir/export-request.ts';
import { type Bind, conditionSql, keysetSql, statement, visibleSql } from '../fhir/resources.sql.ts';
import { isResourceType, type ResourceType, resources } from '../fhir/resources.ts';
import { type Condition, parseSearch, readCursor, type SearchRequest } from '../fhir/search-request.ts';
import type { LogRow, Target } from './audit-log.sql.ts';

interface Reader {
  readonly tenantId: number;
  readonly userId: string;
}

export interface Recorded extends Pick<LogRow, 'kind' | 'entityType' | 'entityId' | 'query' | 'pageEnd' | 'held'> {
  readonly readAt: Date;
}

/** Clocks of statements and of transactions that commit later differ by this much at most in what a list may have seen. */
const slackSeconds = 5;

export async function discloses(
  db: Db,
  reader: Reader,
  list: Recorded,
  target: Target,
  baseUrl: string,
): Promise<boolean> {
  const { kind, entityType, entityId } = list;
  // All that one patient has; the pairs were compared already.
  if (kind === 'everything' || (kind === 'history' && entityId !== null))
    return isOfPatient(db, reader, entityId, target);
  if (entityType === null || !isResourceType(entityType) || !opens(list, entityType)) return false;
  const query = new URLSearchParams(list.query ?? '');
  if (kind === 'history') return shows(db, reader, entityType, target, { list, conditions: [[]], page: null });
  if (kind === 'export') {
    const { filters } = parseExport('', query, { baseUrl, lenient: true });
    const ofType = filters.filter(({ type }) => type === entityType).map(({ conditions }) => conditions);
    return shows(db, reader, entityType, target, { list, conditions: ofType.length === 0 ? [[]] : ofType, page: null });
  }
  const page = parseSearch(entityType, searchPairs(query), { baseUrl, lenient: true });
  if (page.summary === 'count') return false;
  return shows(db, reader, entityType, target, { list, conditions: [page.conditions], page });
}

/** Whether what the list's reader held on one of the record's pairs opens this type. */
function opens({ held }: Recorded, type: string): boolean {
  if (!isResourceType(type)) return false;
  const needed = resources[type].needs | columnsNeeded.Practitioner;
  return (held ?? []).some((columns) => (columns & needed) === needed);
}

async function isOfPatient(db: Db, reader: Reader, patientId: string | null, target: Target): Promise<boolean> {
  if (patientId === null || target.patientId === patientId) return target.patientId === patientId;
  const { entity } = target;
  if (!entity || !isResourceType(entity.type)) return false;
  const column = patientColumn(entity.type);
  if (!column) return false;
  return exists(
    db,
    entity.type,
    reader,
    (bind) => `${resources[entity.type as ResourceType].id} = ${bind(entity.id)} and ${column} = ${bind(patientId)}`,
  );
}

interface Question {
  readonly list: Recorded;
  /** Alternatives; each is a conjunction. */
  readonly conditions: readonly (readonly Condition[])[];
  readonly page: SearchRequest | null;
}

async function shows(db: Db, reader: Reader, type: ResourceType, target: Target, question: Question): Promise<boolean> {
  const { list, conditions, page } = question;
  const about = (bind: Bind): string | undefined => aboutTarget(type, target, question, bind);
  if (about(() => '') === undefined) return false;
  return exists(db, type, reader, (bind) => {
    const matching = conditions.map((all) =>
      all.filter(isKept(type)).reduce((text, one) => `${text} and ${conditionSql(type, one, bind)}`, 'true'),
    );
    return [
      about(bind)!,
      `(${matching.join(' or ')})`,
      asOf(type, list, bind),
      ...(page ? [within(type, page, list.pageEnd, bind)] : []),
    ].join(' and ');
  });
}

async function exists(db: Db, type: ResourceType, reader: Reader, where: (bind: Bind) => string): Promise<boolean> {
  const { values, bind } = statement();
  const from = resources[type].historyFrom ?? resources[type].from;
  const { rows } = await db.query(`select ${visibleSql(type, reader, bind, from)} and ${where(bind)} limit 1`, values);
  return rows.length > 0;
}

/** SQL that a row of the list is, or brings with it, what is asked about; undefined: no row of this list can be. */
function aboutTarget(
  type: ResourceType,
  { patientId, entity }: Target,
  { page, list }: Question,
  bind: Bind,
): string | undefined {
  const parts: string[] = [];
  if (entity?.type === type) parts.push(`${resources[type].id} = ${bind(entity.id)}`);
  for (const { type: included, column } of page?.includes ?? []) {
    if (entity?.type === included && opens(list, included)) parts.push(`${column} = ${bind(entity.id)}`);
  }
  const ofPatient = patientColumn(type);
  if (patientId !== undefined && ofPatient) parts.push(`${ofPatient} = ${bind(patientId)}`);
  // What refers to a patient came with him.
  for (const { type: source } of page?.revincludes ?? []) {
    const column = patientColumn(source);
    if (type === 'Patient' && entity?.type === source && column && opens(list, source)) {
      const { id, historyFrom, from } = resources[source];
      const table = (historyFrom ?? from).split(' ').slice(0, 2).join(' ');
      parts.push(
        `p.patient_id in (select ${column} from ${table} where ${column.split('.')[0]}.tenant_id = p.tenant_id and ${id} = ${bind(entity.id)})`,
      );
    }
  }
  return parts.length === 0 ? undefined : `(${parts.join(' or ')})`;
}

function patientColumn(type: ResourceType): string | undefined {
  if (type === 'Patient') return 'p.patient_id';
  const parameter = resources[type].parameters['patient'];
  return parameter?.kind === 'reference' ? parameter.columns['Patient'] : undefined;
}

/** Of a type without versions only what does not change can be asked of today's row. */
const isKept =
  (type: ResourceType) =>
  ({ kind }: Condition): boolean =>
    resources[type].historyFrom !== undefined || kind === 'id' || kind === 'reference' || kind === 'date';

/** The version that was current when the list was read, give or take the slack. */
function asOf(type: ResourceType, { readAt, kind }: Recorded, bind: Bind): string {
  const { lastUpdated, historyFrom, id } = resources[type];
  if (!lastUpdated) return 'true';
  const at = `${bind(readAt.toISOString())}::timestamptz`;
  const slack = `interval '${slackSeconds} seconds'`;
  const alias = lastUpdated.split('.')[0]!;
  if (!historyFrom) return `not (${alias}.version_id = 1 and ${lastUpdated} > ${at} + ${slack})`;
  const known = `${lastUpdated} <= ${at} + ${slack}`;
  if (kind === 'history') return known;
  const view = historyFrom.split(' ')[0]!;
  return `${known} and not ${alias}.deleted and not exists (select from ${view} n where n.tenant_id = ${alias}.tenant_id
    and n.${id.split('.')[1]} = ${id} and n.version_id > ${alias}.version_id and n.last_updated <= ${at} - ${slack})`;
}

/** After where the page before ended, up to where this one did. */
function within(type: ResourceType, page: SearchRequest, pageEnd: string | null, bind: Bind): string {
  const { after } = keysetSql(type, page.sort, page.cursor, bind);
  const ended = pageEnd === null ? undefined : readCursor(pageEnd, page.sort);
  const beyond = ended ? keysetSql(type, page.sort, ended, bind).after : '';
  return `true${after}${beyond === '' ? '' : ` and not (true${beyond})`}`;
}
