// What has been ticked and not saved yet, as the rows that it would make.
import { bitOf, type Column, columns } from '../../fhir/columns.ts';
import type { PermissionOffice, PermissionRow, ProviderPermissions } from '../contract/security.ts';

export interface PendingRow {
  readonly columns: number;
  readonly accessUntilDay: string | null;
}
/** `office/provider` → the row as it would be saved. A row equal to the saved one is not here. */
export type Pending = ReadonlyMap<string, PendingRow>;

export const keyOf = (officeId: string, providerId: string): string => `${officeId}/${providerId}`;

export const rowAfter = (pending: Pending, office: PermissionOffice, row: PermissionRow): PendingRow =>
  pending.get(keyOf(office.officeId, row.providerId)) ?? row;

export function withRow(pending: Pending, office: PermissionOffice, row: PermissionRow, next: PendingRow): Pending {
  const changed = new Map(pending);
  const key = keyOf(office.officeId, row.providerId);
  if (next.columns === row.columns && next.accessUntilDay === row.accessUntilDay) changed.delete(key);
  else changed.set(key, next);
  return changed;
}

/** Sets or clears `set` on many rows: ticks all unless all are ticked. */
export function toggled(
  pending: Pending,
  places: readonly { readonly office: PermissionOffice; readonly row: PermissionRow }[],
  set: number,
): Pending {
  const all = places.every(({ office, row }) => (rowAfter(pending, office, row).columns & set) === set);
  return places.reduce((result, { office, row }) => {
    const now = rowAfter(result, office, row);
    return withRow(result, office, row, { ...now, columns: all ? now.columns & ~set : now.columns | set });
  }, pending);
}

export interface CellChange {
  readonly office: PermissionOffice;
  readonly row: PermissionRow;
  readonly column: Column;
  readonly granted: boolean;
}

export function cellChanges(matrix: ProviderPermissions, pending: Pending): CellChange[] {
  return matrix.offices.flatMap((office) =>
    office.rows.flatMap((row) => {
      const after = rowAfter(pending, office, row);
      return columns.flatMap((column) => {
        const was = (row.columns & bitOf[column]) !== 0;
        const is = (after.columns & bitOf[column]) !== 0;
        return was === is ? [] : [{ office, row, column, granted: is }];
      });
    }),
  );
}
