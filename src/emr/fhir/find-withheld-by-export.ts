import type { Pool } from 'pg';
import { columns } from '../../fhir/columns.ts';
import type { WithheldCell } from '../../fhir/outcome.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import type { ExportRequest } from './export-request.ts';
import { askedFor, findWithheld } from './withheld.ts';

/** The cells and offices that an export asked for, over all its types and filters, and does not hold now. Each once. */
export function findWithheldByExport(
  pool: Pool,
  principal: Principal,
  request: ExportRequest,
): Promise<WithheldCell[]> {
  return asPrincipal(
    pool,
    principal,
    async (tx) => {
      const found = new Map<string, WithheldCell>();
      for (const type of request.types) {
        const filters = request.filters.filter((filter) => filter.type === type);
        const questions = filters.length === 0 ? [[]] : filters.map(({ conditions }) => conditions);
        for (const conditions of questions) {
          const cells = await findWithheld(tx, principal, type, askedFor(type, conditions, []));
          for (const cell of cells) found.set(`${cell.officeId} ${cell.providerId} ${cell.column}`, cell);
        }
      }
      return [...found.values()].sort(
        (a, b) =>
          compare(a.officeId, b.officeId) ||
          compare(a.providerId ?? '', b.providerId ?? '') ||
          columnOrder(a) - columnOrder(b),
      );
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const columnOrder = (cell: WithheldCell): number => (cell.column === undefined ? -1 : columns.indexOf(cell.column));
