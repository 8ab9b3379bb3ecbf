import { bitOf, type ColumnSet, columns } from '../../fhir/columns.ts';

/**
 * The first wall, for a row that carries its pair: alias g is the held grant; $tenant and $user stand for the principal.
 *
 * The grants come from a table of their own, which `offset 0` keeps apart: it is read once and has as many rows as the reader holds pairs.
 * Woven into the whole statement, the view's tables are so small that the planner walks through them again for each booking.
 */
export const heldPair = (alias: string, needed: ColumnSet): string =>
  `join (select h.office_id, h.provider_id, h.columns from held_grant h
          where h.tenant_id = $tenant and h.user_id = $user${needs(needed)} offset 0) g
     on g.office_id = ${alias}.office_id and g.provider_id = ${alias}.provider_id`;

// Bit by bit and not `(columns & needed) = needed`: of that the planner believes that nearly no grant has it (0017-walls-that-are-cheap.sql).
const needs = (needed: ColumnSet): string =>
  columns
    .filter((column) => (needed & bitOf[column]) !== 0)
    .map((column) => ` and (h.columns & ${bitOf[column]}) <> 0`)
    .join('');
