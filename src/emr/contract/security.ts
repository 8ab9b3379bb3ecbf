import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';
import { calendarDay } from './calendar-day.ts';
import type { UserKind } from './session.ts';

/** A user as every answer names one. Administrators only (403 names whom to ask in extra.administrators: display names). */
export interface ListedUser {
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: UserKind;
  readonly active: boolean;
}

/** POST /api/users → 201 ListedUser. 409 for a name that is taken, 400 otherwise; each names `fields`. */
export const createUserRequest = z
  .object({
    username: z.string().trim().min(1).max(200),
    displayName: z.string().trim().min(1).max(200),
    kind: z.enum(['administrator', 'staff']),
    password: z.string().min(12).max(1000),
    officeIds: z.array(z.string()).max(1000),
    /** Of those, the offices that the user is manager of. */
    managedOfficeIds: z.array(z.string()).max(1000).optional(),
  })
  .refine(({ officeIds, managedOfficeIds = [] }) => managedOfficeIds.every((id) => officeIds.includes(id)), {
    path: ['managedOfficeIds'],
  });
export type CreateUserRequest = z.infer<typeof createUserRequest>;

/** One row of the matrix: a provider schedule as a user holds it. */
export interface PermissionRow {
  readonly providerId: string;
  readonly display: string;
  /** Ticked columns, whether or not the row has lapsed. */
  readonly columns: ColumnSet;
  /** YYYY-MM-DD, the last day on which the row holds, in the office's zone. */
  readonly accessUntilDay: string | null;
  readonly lapsed: boolean;
  /** When this row was last changed and by whom (display name); null: never. */
  readonly changedAt: string | null;
  readonly changedBy: string | null;
}

export interface PermissionOffice {
  readonly officeId: string;
  readonly name: string;
  readonly zone: string;
  /** A user who does not belong to the office holds nothing there, whatever is ticked. */
  readonly member: boolean;
  /** Today in the office's zone, YYYY-MM-DD. */
  readonly today: string;
  readonly rows: readonly PermissionRow[];
}

/** GET /api/users/:userId/provider-permissions, with ETag `"<version>"`. */
export interface ProviderPermissions {
  readonly user: ListedUser;
  readonly isIntegrationUser: boolean;
  readonly version: string;
  readonly offices: readonly PermissionOffice[];
}

/** A row as it is to be. */
export const permissionChange = z.object({
  officeId: z.string().min(1).max(64),
  providerId: z.string().min(1).max(64),
  columns: z.number().int().min(0).max(63),
  accessUntilDay: calendarDay.nullable(),
});

/**
 * PUT /api/users/:userId/provider-permissions, If-Match required (428 without, 412 when somebody saved before: extra.current is
 * the ProviderPermissions as they are now, and nothing was changed). Only changed rows are sent; the answer is the new state.
 * A pair that is no provider schedule is refused by name, and nothing of the request is done.
 */
export const setProviderPermissionsRequest = z.object({
  changes: z.array(permissionChange).max(10_000),
  /** Offices that the user is to belong to as well, saved with the changes or not at all. */
  joinOfficeIds: z.array(z.string().min(1).max(64)).max(1000).optional(),
  reason: z.string().trim().max(500).optional(),
});
export type SetProviderPermissionsRequest = z.infer<typeof setProviderPermissionsRequest>;

/** The answer of POST /api/integrations/:userId/credentials, which replaces the secret. Shown once. */
export interface IntegrationCredentials extends AddedIntegration {
  readonly clientSecret: string;
}

/** The answer of POST /api/integrations. */
export interface AddedIntegration {
  readonly user: ListedUser;
  readonly clientId: string;
  /** Shown once; null: the client proves itself with keys. */
  readonly clientSecret: string | null;
  /** What Cloud Connect's Edit Settings asks for as EMR base URL. */
  readonly fhirBaseUrl: string;
  /** Until when what was before goes on working; absent or null: it does not. */
  readonly formerUntil?: string | null;
}

/** GET /api/roster: offices of the tenant, for choosing memberships. Administrators only. */
export interface RosterOffice {
  readonly officeId: string;
  readonly name: string;
  readonly zone: string;
}
