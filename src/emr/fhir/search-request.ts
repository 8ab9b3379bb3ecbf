// What a search asks for, read from its parameters. Whatever is not understood is refused by name, because a filter that a
// server ignores answers with more than was asked, and nobody sees it; `Prefer: handling=lenient` takes that risk on request.
import { type DateCondition, parseDateCondition } from '../../fhir/dates.ts';
import { parseReference, type ReferenceValue, type SearchPair } from '../../fhir/search-query.ts';
import { problem } from '../../platform/problem.ts';
import { isResourceType, type Resource, type ResourceType, resources } from './resources.ts';

export type Condition =
  | { readonly kind: 'id'; readonly values: readonly string[] }
  | { readonly kind: 'token'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'boolean'; readonly column: string; readonly values: readonly boolean[] }
  | { readonly kind: 'identifier'; readonly column: string; readonly values: readonly string[] }
  | {
      readonly kind: 'string';
      readonly columns: readonly string[];
      readonly values: readonly string[];
      readonly exact: boolean;
    }
  | { readonly kind: 'date'; readonly column: string; readonly values: readonly DateCondition[] }
  | {
      readonly kind: 'reference';
      readonly columns: Readonly<Record<string, string>>;
      readonly values: readonly ReferenceValue[];
    };

/** Where the page before ended: the sort it was made for, the last row's key (null when sorted by id) and id. */
export interface Cursor {
  readonly sort: string;
  readonly key: string | null;
  readonly id: string;
}

export interface Sort {
  readonly name: string;
  readonly descending: boolean;
}

export interface SearchRequest {
  readonly type: ResourceType;
  readonly conditions: readonly Condition[];
  readonly sort: Sort;
  readonly count: number;
  readonly cursor: Cursor | undefined;
  /** Target types and the columns that hold their ids. */
  readonly includes: readonly { readonly type: ResourceType; readonly column: string }[];
  /** Types that refer to this one, and their columns that hold its ids. */
  readonly revincludes: readonly { readonly type: ResourceType; readonly column: string }[];
  readonly total: 'accurate' | 'estimate' | 'none';
  readonly summary: 'true' | 'data' | 'count' | 'false';
  readonly elements: readonly string[] | undefined;
  /** The parameters that were used, as written: for the self and next links. */
  readonly used: readonly (readonly [string, string])[];
}

export const defaultCount = 100;
export const maximumCount = 1000;

export interface ParseOptions {
  readonly baseUrl: string;
  readonly lenient: boolean;
}

function refuse(pair: Pick<SearchPair, 'written'>): never {
  throw problem('invalid', 'fhir.parameter-not-supported', { parameter: pair.written }, { expression: [pair.written] });
}

function refuseValue(pair: Pick<SearchPair, 'written'>): never {
  throw problem('invalid', 'fhir.parameter-value', { parameter: pair.written }, { expression: [pair.written] });
}

const all = <T>(values: readonly string[], read: (text: string) => T | undefined, pair: SearchPair): T[] =>
  values.map((text) => read(text) ?? refuseValue(pair));

/** No stored text is empty or holds a NUL, which PostgreSQL does not take. */
const isStorable = (text: string): boolean => text !== '' && !text.includes('\u0000');

/** Of `value` and `|value`; null for `system|value`, because a system of somebody else's is on none of ours. */
function valueWithoutSystem(text: string): string | null | undefined {
  const [before, after, more] = text.split('|');
  if (!isStorable(text) || more !== undefined || after === '') return undefined;
  if (after === undefined) return before;
  return before === '' ? after : null;
}

/** The condition of one parameter; undefined when the type does not have it. Throws for a value that cannot be read. */
export function conditionOf(resource: Resource, pair: SearchPair, baseUrl: string): Condition | undefined {
  const known = Object.hasOwn(resource.parameters, pair.name) ? resource.parameters[pair.name] : undefined;
  if (pair.modifier !== undefined && !(known?.kind === 'string' && pair.modifier === 'exact')) return undefined;
  if (pair.name === '_id') {
    const values = all(pair.values, (text) => parseReference(text, baseUrl), pair).map(({ id }) => id);
    return { kind: 'id', values };
  }
  if (!known) return undefined;
  switch (known.kind) {
    case 'identifier': {
      // `|value`: one without a system, which is how ours are. A system of somebody else's is on none of them.
      const values = all(pair.values, valueWithoutSystem, pair).filter((value) => value !== null);
      return { kind: 'identifier', column: known.column, values };
    }
    case 'string': {
      const values = all(pair.values, (text) => (isStorable(text) ? text : undefined), pair);
      return { kind: 'string', columns: known.columns, values, exact: pair.modifier === 'exact' };
    }
    case 'date':
      return { kind: 'date', column: known.column, values: all(pair.values, parseDateCondition, pair) };
    case 'token': {
      const values = all(pair.values, (text) => /^(?:[^|]*\|)?([a-z-]+)$/.exec(text)?.[1], pair);
      return { kind: 'token', column: known.column, values };
    }
    case 'boolean': {
      const values = all(pair.values, (text) => (/^(true|false)$/.test(text) ? text : undefined), pair);
      return { kind: 'boolean', column: known.column, values: values.map((text) => text === 'true') };
    }
    case 'reference': {
      const ofTarget = (value: ReferenceValue | undefined) =>
        value && (value.type === undefined || Object.hasOwn(known.columns, value.type)) ? value : undefined;
      const values = all(pair.values, (text) => ofTarget(parseReference(text, baseUrl)), pair);
      return { kind: 'reference', columns: known.columns, values };
    }
  }
}

/** Throws Problem `invalid` that names the parameter. */
export function parseSearch(type: ResourceType, pairs: readonly SearchPair[], options: ParseOptions): SearchRequest {
  const resource = resources[type];
  const conditions: Condition[] = [];
  const used: [string, string][] = [];
  const control: Record<string, SearchPair> = {};
  const includes: SearchRequest['includes'][number][] = [];
  const revincludes: SearchRequest['revincludes'][number][] = [];
  for (const pair of pairs) {
    // Refused even when handling is lenient: leaving out a chain turns "the bookings of these patients" into all bookings.
    if (pair.name === '_has' || pair.name.includes('.') || pair.modifier?.includes('.')) refuse(pair);
    if (pair.name === '_include' && pair.modifier === undefined) {
      includes.push(...includesOf(type, resource, pair));
      used.push([pair.written, pair.raw]);
      continue;
    }
    if (pair.name === '_revinclude' && pair.modifier === undefined) {
      revincludes.push(revincludeOf(type, pair));
      used.push([pair.written, pair.raw]);
      continue;
    }
    if (isControl(pair.name) && pair.modifier === undefined) {
      if (control[pair.name] !== undefined) refuseValue(pair);
      control[pair.name] = pair;
      if (pair.name !== '_cursor') used.push([pair.written, pair.raw]);
      continue;
    }
    const condition = conditionOf(resource, pair, options.baseUrl);
    if (condition) {
      conditions.push(condition);
      used.push([pair.written, pair.raw]);
    } else if (!options.lenient) refuse(pair);
  }
  if (
    control['_format'] &&
    !/^(json|(application|text)\/(fhir\+)?json)$/.test(control['_format'].raw.replace(' ', '+'))
  ) {
    refuseValue(control['_format']);
  }
  const summary = oneOf(control['_summary'], ['true', 'data', 'count', 'false'] as const, 'false');
  const count = countOf(control['_count']);
  const sort = sortOf(resource, control['_sort'], used);
  return {
    type,
    conditions,
    sort,
    count: Math.min(count, maximumCount),
    cursor: cursorOf(control['_cursor'], sort),
    includes,
    revincludes,
    total: oneOf(control['_total'], ['accurate', 'estimate', 'none'] as const, 'none'),
    // FHIR: _count=0 means the same as _summary=count.
    summary: count === 0 ? 'count' : summary,
    elements: control['_elements']?.values.filter((name) => name !== ''),
    used,
  };
}

const controls = ['_format', '_summary', '_count', '_sort', '_cursor', '_total', '_elements'];
const isControl = (name: string): boolean => controls.includes(name);

function includesOf(type: ResourceType, resource: Resource, pair: SearchPair): SearchRequest['includes'][number][] {
  const [source, name = '', target, more] = pair.raw.split(':');
  const targets = Object.hasOwn(resource.includes, name) ? resource.includes[name] : undefined;
  if (source !== type || !targets || more !== undefined) refuseValue(pair);
  const found = Object.entries(targets).filter(([one]) => target === undefined || one === target);
  if (found.length === 0) refuseValue(pair);
  return found.flatMap(([one, column]) => (isResourceType(one) ? [{ type: one, column }] : []));
}

/** `Appointment:patient`: bookings that refer to what was found. */
function revincludeOf(type: ResourceType, pair: SearchPair): SearchRequest['revincludes'][number] {
  const [source = '', name = '', target, more] = pair.raw.split(':');
  const known = isResourceType(source) && Object.hasOwn(resources[source].includes, name);
  const column = known ? resources[source as ResourceType].includes[name]?.[type] : undefined;
  if (!column || more !== undefined || (target !== undefined && target !== type)) refuseValue(pair);
  return { type: source as ResourceType, column };
}

function oneOf<const T extends string>(pair: SearchPair | undefined, known: readonly T[], otherwise: T): T {
  if (!pair) return otherwise;
  return known.find((one) => one === pair.raw) ?? refuseValue(pair);
}

function countOf(pair: SearchPair | undefined): number {
  if (!pair) return defaultCount;
  return /^\d{1,9}$/.test(pair.raw) ? Number(pair.raw) : refuseValue(pair);
}

/**
 * A search by time is read in the order of that time, because its index yields it so; any other by id, which never changes while
 * somebody turns pages.
 */
function sortOf(resource: Resource, pair: SearchPair | undefined, used: readonly (readonly [string, string])[]): Sort {
  if (!pair) {
    const byTime = ['date', '_lastUpdated'].find((name) => used.some(([one]) => one === name));
    return { name: byTime ?? '_id', descending: false };
  }
  const descending = pair.raw.startsWith('-');
  const name = descending ? pair.raw.slice(1) : pair.raw;
  return Object.hasOwn(resource.sorts, name) ? { name, descending } : refuseValue(pair);
}

const sortText = (sort: Sort): string => `${sort.descending ? '-' : ''}${sort.name}`;

export function cursorText(sort: Sort, key: string | null, id: string): string {
  return Buffer.from(JSON.stringify([sortText(sort), key, id])).toString('base64url');
}

/** Where a page ended, as its next link said it. Throws for what no link of ours says. */
export const readCursor = (raw: string, sort: Sort): Cursor =>
  cursorOf({ name: '_cursor', modifier: undefined, written: '_cursor', values: [raw], raw }, sort)!;

function cursorOf(pair: SearchPair | undefined, sort: Sort): Cursor | undefined {
  if (!pair) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(pair.raw, 'base64url').toString('utf8'));
  } catch {
    refuseValue(pair);
  }
  if (!Array.isArray(read) || read.length !== 3) refuseValue(pair);
  const [of, key, id] = read as readonly unknown[];
  const isKey = sort.name === '_id' ? key === null : typeof key === 'string' && parseDateCondition(key) !== undefined;
  if (of !== sortText(sort) || !isKey || typeof id !== 'string') refuseValue(pair);
  return { sort: of as string, key: key as string | null, id };
}
