// Slot: computed from open hours and bookings, and kept nowhere. It needs Scheduling, like the bookings that it is free of.
import { columnsNeeded } from '../../fhir/columns.ts';
import { type DateCondition, parseDateCondition } from '../../fhir/dates.ts';
import { permissionVersionHeader, suppressedOutcome, type WithheldCell } from '../../fhir/outcome.ts';
import { parseReference, searchPairs } from '../../fhir/search-query.ts';
import { format } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal, withRoster } from '../principal.ts';
import { listOpenSchedules } from '../scheduling/open-hours.sql.ts';
import { readSlotId, type Slot, slotPrefix, slotsOf } from '../scheduling/slots.ts';
import type { FhirAnswer } from './fhir-answer.ts';
import type { Reading, ReadRequest } from './read-interactions.ts';
import { findByIds, permissionVersion } from './resources.sql.ts';
import { defaultCount, maximumCount } from './search-request.ts';
import { findPairsOfSchedules, findSlots, type SlotRow } from './slot.sql.ts';
import { findWithheldCells } from './withheld.sql.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** What is looked at where a search does not say. */
const usualDays = 14;
const maximumDays = 62;
const maximumSlots = 50_000;

interface SlotSearch {
  readonly schedules: readonly string[] | null;
  readonly from: Date;
  readonly until: Date;
  readonly status: 'free' | 'busy' | null;
  readonly count: number;
  readonly after: { readonly startAt: Date; readonly id: string } | null;
  readonly includesSchedule: boolean;
}

/** `Slot?schedule=…&start=ge…&start=lt…&status=free`; without bounds, two weeks from now. The self link says what was looked at. */
export function searchSlots(
  { pool, baseUrl, clock }: Reading,
  caller: Caller,
  { query, lenient, language }: Omit<ReadRequest, 'path' | 'ifNoneMatch'>,
): Promise<FhirAnswer> {
  requireScope(caller, 'Slot', 's');
  const asked = parseSlotSearch(query, { baseUrl, lenient, clock });
  if (asked.includesSchedule) requireScope(caller, 'Schedule', 'r');
  return asPrincipal(
    pool,
    caller,
    async (tx) => {
      const schedules = await listOpenSchedules(tx, caller.tenantId, caller.userId, asked.schedules);
      const slots = schedules.flatMap((schedule) => slotsOf(schedule, asked.from, asked.until));
      if (slots.length > maximumSlots) throw problem('invalid', 'fhir.too-much', { maximum: maximumSlots });
      const rows = await findSlots(tx, caller, slots, { ...asked, limit: asked.count + 1 });
      const page = rows.slice(0, asked.count);
      const ids = new Set(
        page.map(({ json }) => (JSON.parse(json) as { schedule: { reference: string } }).schedule.reference.slice(9)),
      );
      const included = asked.includesSchedule ? await findByIds(tx, caller, 'Schedule', [...ids]) : [];
      const version = await permissionVersion(tx, caller);
      const withheld = await withheldSchedules(tx, caller, asked.schedules);
      const entries = [
        ...page.map(({ id, json }) => entryText('Slot', id, json, 'match', baseUrl)),
        ...included.map(({ id, json }) => entryText('Schedule', id, json, 'include', baseUrl)),
        ...(withheld.length === 0
          ? []
          : [
              `{"resource":${JSON.stringify(suppressedOutcome(withheld, format(language, 'fhir.suppressed')))},"search":{"mode":"outcome"}}`,
            ]),
      ];
      const last = rows.length > page.length ? page.at(-1) : undefined;
      return {
        status: 200,
        headers: { [permissionVersionHeader]: version },
        body: `{"resourceType":"Bundle","type":"searchset","link":${JSON.stringify(linksOf(asked, baseUrl, last))}${entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`}}`,
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** 404 where there is no such slot, or the caller may not see it. */
export function readSlot({ pool }: Reading, caller: Caller, slotId: string): Promise<FhirAnswer> {
  requireScope(caller, 'Slot', 'r');
  return asPrincipal(
    pool,
    caller,
    async (tx) => {
      const [row] = await findSlots(tx, caller, await slotsNamed(tx, caller, slotId), {
        status: null,
        after: null,
        limit: 1,
      });
      if (!row) throw problem('not-found', 'problem.not-found');
      return { status: 200, headers: {}, body: row.json };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

async function slotsNamed(tx: Db, caller: Caller, slotId: string): Promise<Slot[]> {
  const named = readSlotId(slotId);
  if (!named) return [];
  const schedules = await listOpenSchedules(tx, caller.tenantId, caller.userId, null);
  const schedule = schedules.find(({ scheduleId }) => slotPrefix(scheduleId) === named.prefix);
  if (!schedule) return [];
  return slotsOf(schedule, named.startAt, new Date(named.startAt.getTime() + 1));
}

async function withheldSchedules(tx: Db, caller: Caller, schedules: readonly string[] | null): Promise<WithheldCell[]> {
  const needed = columnsNeeded.Slot;
  return withRoster(tx, async () => {
    if (schedules === null) return findWithheldCells(tx, caller, { needed, offices: null, providers: null });
    const cells: WithheldCell[] = [];
    for (const { officeId, providerId } of await findPairsOfSchedules(tx, caller.tenantId, schedules)) {
      cells.push(...(await findWithheldCells(tx, caller, { needed, offices: [officeId], providers: [providerId] })));
    }
    return cells;
  });
}

const entryText = (type: string, id: string, json: string, mode: string, baseUrl: string): string =>
  `{"fullUrl":"${baseUrl}/${type}/${id}","resource":${json},"search":{"mode":"${mode}"}}`;

function linksOf(asked: SlotSearch, baseUrl: string, last: SlotRow | undefined): { relation: string; url: string }[] {
  const query = new URLSearchParams([
    ...(asked.schedules === null ? [] : [['schedule', asked.schedules.join(',')] as [string, string]]),
    ['start', `ge${asked.from.toISOString()}`],
    ['start', `lt${asked.until.toISOString()}`],
    ...(asked.status === null ? [] : [['status', asked.status] as [string, string]]),
    ...(asked.includesSchedule ? [['_include', 'Slot:schedule'] as [string, string]] : []),
    ['_count', String(asked.count)],
  ]);
  const links = [{ relation: 'self', url: `${baseUrl}/Slot?${query}` }];
  if (last) {
    const cursor = Buffer.from(JSON.stringify([last.startAt.getTime(), last.id])).toString('base64url');
    query.append('_cursor', cursor);
    links.push({ relation: 'next', url: `${baseUrl}/Slot?${query}` });
  }
  return links;
}

function parseSlotSearch(
  query: URLSearchParams,
  { baseUrl, lenient, clock }: { readonly baseUrl: string; readonly lenient: boolean; readonly clock: Clock },
): SlotSearch {
  const refuse = (parameter: string, key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never => {
    throw problem('invalid', key, { parameter }, { expression: [parameter] });
  };
  let schedules: string[] | null = null;
  let status: SlotSearch['status'] = null;
  let count = defaultCount;
  let after: SlotSearch['after'] = null;
  let includesSchedule = false;
  const bounds: DateCondition[] = [];
  for (const { written, values, raw } of searchPairs(query)) {
    if (written === 'schedule') {
      const named = values.map((text) => parseReference(text, baseUrl));
      if (named.some((one) => !one || (one.type !== undefined && one.type !== 'Schedule'))) {
        refuse(written, 'fhir.parameter-value');
      }
      const ids = named.map((one) => one!.id);
      schedules = schedules === null ? ids : (schedules as string[]).filter((id) => ids.includes(id));
    } else if (written === 'start') {
      const condition = parseDateCondition(raw);
      if (!condition || condition.prefix === 'ne') refuse(written, 'fhir.parameter-value');
      else bounds.push(condition);
    } else if (written === 'status') {
      if (raw !== 'free' && raw !== 'busy') refuse(written, 'fhir.parameter-value');
      status = raw as 'free' | 'busy';
    } else if (written === '_count') {
      if (!/^[1-9]\d{0,8}$/.test(raw)) refuse(written, 'fhir.parameter-value');
      count = Math.min(Number(raw), maximumCount);
    } else if (written === '_include') {
      if (raw !== 'Slot:schedule') refuse(written, 'fhir.parameter-value');
      includesSchedule = true;
    } else if (written === '_sort') {
      if (raw !== 'start') refuse(written, 'fhir.parameter-value');
    } else if (written === '_cursor') {
      after = cursorIn(raw) ?? refuse(written, 'fhir.parameter-value');
    } else if (written === '_format') {
      if (!/^(json|application\/(fhir\+)?json)$/.test(raw.replace(' ', '+'))) refuse(written, 'fhir.parameter-value');
    } else if (!lenient || written.includes('.')) refuse(written, 'fhir.parameter-not-supported');
  }
  const { from, until } = windowOf(bounds, clock);
  if (until.getTime() - from.getTime() > maximumDays * dayMs) refuse('start', 'fhir.parameter-value');
  return { schedules, from, until, status, count, after, includesSchedule };
}

/** Slots begin at whole minutes, so milliseconds are enough. */
function windowOf(bounds: readonly DateCondition[], clock: Clock): { from: Date; until: Date } {
  let from: number | undefined;
  let until: number | undefined;
  const later = (text: string) => {
    from = Math.max(from ?? Number.NEGATIVE_INFINITY, Date.parse(text));
  };
  const sooner = (text: string) => {
    until = Math.min(until ?? Number.POSITIVE_INFINITY, Date.parse(text));
  };
  for (const { prefix, from: begin, until: end } of bounds) {
    if (prefix === 'ge' || prefix === 'eq') later(begin);
    if (prefix === 'gt') later(end);
    if (prefix === 'lt') sooner(begin);
    if (prefix === 'le' || prefix === 'eq') sooner(end);
  }
  const begins = from ?? Math.min(clock.now().getTime(), until ?? Number.POSITIVE_INFINITY);
  return { from: new Date(begins), until: new Date(until ?? begins + usualDays * dayMs) };
}

function cursorIn(text: string): SlotSearch['after'] | undefined {
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    return Number.isSafeInteger(at) && typeof id === 'string' ? { startAt: new Date(at as number), id } : undefined;
  } catch {
    return undefined;
  }
}
