import type { Pool } from 'pg';
import type { WithheldCell } from '../../fhir/outcome.ts';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import {
  countAll,
  findByIds,
  findPage,
  findReferring,
  type PageRow,
  permissionVersion,
  type ResourceRow,
  type ResourceText,
} from './resources.sql.ts';
import type { ResourceType } from './resources.ts';
import type { SearchRequest } from './search-request.ts';
import { askedFor, findWithheld } from './withheld.ts';
import { notFound } from './write-resource.ts';

/** A page that would bring more with it is asked for in smaller ones: a part of them would look like all. */
const maximumRevincluded = 10_000;

export interface FoundPage {
  readonly matches: readonly PageRow[];
  readonly more: boolean;
  readonly included: readonly { readonly type: ResourceType; readonly rows: readonly ResourceText[] }[];
  readonly total: number | undefined;
  readonly withheld: readonly WithheldCell[];
  readonly permissionVersion: string;
}

/**
 * One page, what it includes, its total and what was withheld, all of one snapshot: an answer whose parts were read under two
 * states of the permissions could claim that nothing was withheld when something was.
 */
export function searchResources(pool: Pool, principal: Principal, request: SearchRequest): Promise<FoundPage> {
  return asPrincipal(
    pool,
    principal,
    async (tx) => {
      const countOnly = request.summary === 'count';
      const rows = countOnly ? [] : await findPage(tx, principal, request);
      const matches = rows.slice(0, request.count);
      const included: { type: ResourceType; rows: ResourceText[] }[] = [];
      for (const [type, ids] of idsToInclude(request, matches)) {
        included.push({ type, rows: await findByIds(tx, principal, type, ids) });
      }
      for (const { type, column } of request.revincludes) {
        const ids = matches.map(({ id }) => id);
        const rows = await findReferring(tx, principal, type, column, ids, maximumRevincluded);
        if (rows.length > maximumRevincluded)
          throw problem('invalid', 'fhir.too-much', { maximum: maximumRevincluded });
        if (rows.length > 0) included.push({ type, rows });
      }
      const total = countOnly || request.total !== 'none' ? await countAll(tx, principal, request) : undefined;
      const version = await permissionVersion(tx, principal);
      const asked = askedFor(
        request.type,
        request.conditions,
        [...request.includes, ...request.revincludes].map(({ type }) => type),
      );
      const withheld = await findWithheld(tx, principal, request.type, asked);
      return { matches, more: rows.length > matches.length, included, total, withheld, permissionVersion: version };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

export function idsToInclude(
  request: Pick<SearchRequest, 'includes'>,
  matches: readonly PageRow[],
): Map<ResourceType, string[]> {
  const sets = new Map<ResourceType, Set<string>>();
  request.includes.forEach(({ type }, index) => {
    const set = sets.get(type) ?? new Set();
    for (const row of matches) if (row.included?.[index] != null) set.add(row.included[index]);
    sets.set(type, set);
  });
  return new Map([...sets].map(([type, ids]) => [type, [...ids]]));
}

/**
 * One resource. 404 where there is none or the caller may not see it: nobody can tell the two apart. 410 where he could see the pair that
 * it was deleted from.
 */
export function findResource(pool: Pool, caller: Caller, type: ResourceType, id: string): Promise<ResourceRow> {
  return asPrincipal(
    pool,
    caller,
    async (tx) => (await findByIds(tx, caller, type, [id]))[0] ?? notFound(tx, caller, type, id),
    { readOnly: true },
  );
}
