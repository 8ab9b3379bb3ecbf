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
  type Page,
  permissionVersion,
  type ResourceRow,
} from './resources.sql.ts';
import type { ResourceType } from './resources.ts';
import { includedEntries, shapedEntries } from './search-bundle.ts';
import type { SearchRequest } from './search-request.ts';
import { askedFor, findWithheld } from './withheld.ts';
import { notFound } from './write-resource.ts';

/** A page that would bring more with it is asked for in smaller ones: a part of them would look like all. */
const maximumRevincluded = 10_000;

export interface FoundPage {
  /** Texts of entries: the page's, then what it brings with it. */
  readonly entries: readonly string[];
  readonly next: Page['next'];
  readonly total: number | undefined;
  readonly withheld: readonly WithheldCell[];
  readonly permissionVersion: string;
}

const nothing: Page = { entries: '', count: 0, next: null, included: [], ids: [] };

/**
 * One page, what it includes, its total and what was withheld, all of one snapshot: an answer whose parts were read under two
 * states of the permissions could claim that nothing was withheld when something was.
 */
export function searchResources(
  pool: Pool,
  principal: Principal,
  request: SearchRequest,
  baseUrl: string,
): Promise<FoundPage> {
  return asPrincipal(
    pool,
    principal,
    async (tx) => {
      const countOnly = request.summary === 'count';
      const page = countOnly
        ? nothing
        : await findPage(tx, principal, request, { baseUrl, withIds: request.revincludes.length > 0 });
      const entries = [shapedEntries(request, page.entries)];
      for (const [type, ids] of idsToInclude(request, page)) {
        entries.push(includedEntries(request, type, await findByIds(tx, principal, type, ids), baseUrl));
      }
      for (const { type, column } of request.revincludes) {
        const rows = await findReferring(tx, principal, type, column, page.ids, maximumRevincluded);
        if (rows.length > maximumRevincluded)
          throw problem('invalid', 'fhir.too-much', { maximum: maximumRevincluded });
        entries.push(includedEntries(request, type, rows, baseUrl));
      }
      const total = countOnly || request.total !== 'none' ? await countAll(tx, principal, request) : undefined;
      const version = await permissionVersion(tx, principal);
      const asked = askedFor(
        request.type,
        request.conditions,
        [...request.includes, ...request.revincludes].map(({ type }) => type),
      );
      const withheld = await findWithheld(tx, principal, request.type, asked);
      return { entries, next: page.next, total, withheld, permissionVersion: version };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** What the includes ask for by type; two of them may ask for one. */
export function idsToInclude(
  { includes }: Pick<SearchRequest, 'includes'>,
  { included }: Pick<Page, 'included'>,
): Map<ResourceType, string[]> {
  const sets = new Map<ResourceType, Set<string>>();
  includes.forEach(({ type }, index) => {
    sets.set(type, new Set([...(sets.get(type) ?? []), ...included[index]!]));
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
