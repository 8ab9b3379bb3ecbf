// A small matrix for tests: two offices, the doctor Quill in both.
import type { ColumnSet } from '../../../fhir/columns.ts';
import type { PermissionOffice, PermissionRow, ProviderPermissions } from '../../contract/security.ts';
import { keyOf, type Place, placesOf } from './pending-changes.ts';

const today = '2026-11-24';

export const testRow = (providerId: string, columns: ColumnSet, more: Partial<PermissionRow> = {}): PermissionRow => ({
  providerId,
  display: `Dr. ${providerId}`,
  columns,
  accessUntilDay: null,
  lapsed: false,
  changedAt: null,
  changedBy: null,
  ...more,
});

export const testOffice = (
  officeId: string,
  rows: readonly PermissionRow[],
  more: Partial<PermissionOffice> = {},
): PermissionOffice => ({ officeId, name: officeId, zone: 'America/Vancouver', member: true, today, rows, ...more });

export const testMatrix = (version: string, offices: readonly PermissionOffice[]): ProviderPermissions => ({
  user: { userId: 'ocean', username: 'OceanAPI1042', displayName: 'OceanAPI1042', kind: 'service', active: true },
  isIntegrationUser: true,
  version,
  offices,
});

export function placeIn(matrix: ProviderPermissions, key: string): Place {
  const place = placesOf(matrix).find((one) => keyOf(one) === key);
  if (!place) throw new Error(`no ${key} in the matrix`);
  return place;
}
