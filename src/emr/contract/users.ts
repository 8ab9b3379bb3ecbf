import { z } from 'zod';
import type { ListedUser } from './security.ts';

/** What somebody is at an office: a manager sets its open hours. What each may see is in Provider Permissions alone. */
export const officeRoles = ['staff', 'manager'] as const;
export type OfficeRole = (typeof officeRoles)[number];

export interface UserOffice {
  readonly officeId: string;
  readonly name: string;
  readonly role: OfficeRole;
}

/** GET /api/users → SecurityUser[]. Administrators only. */
export interface SecurityUser extends ListedUser {
  readonly offices: readonly UserOffice[];
  /** How often this user is signed in now. */
  readonly sessions: number;
  /** A second factor is set up. */
  readonly secondFactor: boolean;
}

/**
 * PATCH /api/users/:userId → 204. Only what is named changes, so that two administrators who change different things lose nothing. An
 * office with the role null is one that the user no longer belongs to. 409 for the last administrator; 400 names `fields`.
 */
export const changeUserRequest = z
  .strictObject({
    displayName: z.string().trim().min(1).max(200).optional(),
    kind: z.enum(['administrator', 'staff']).optional(),
    offices: z
      .array(z.strictObject({ officeId: z.string().min(1).max(64), role: z.enum(officeRoles).nullable() }))
      .min(1)
      .max(1000)
      .optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined));
export type ChangeUserRequest = z.infer<typeof changeUserRequest>;

/**
 * POST /api/users/:userId/deactivate and …/reactivate → 204. Deactivating ends every session and token of the user at once, and nothing
 * that was open comes back with reactivating. 409 for the last administrator.
 *
 * POST /api/users/:userId/password → 204: a new password, and the end of the user's sessions.
 */
export const setPasswordRequest = z.strictObject({ password: z.string().min(12).max(1000) });
export type SetPasswordRequest = z.infer<typeof setPasswordRequest>;

/** GET /api/active-users → ActiveUser[], who was seen last first. POST /api/active-users/:sessionId/end → 204. */
export interface ActiveUser {
  readonly sessionId: string;
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly kind: ListedUser['kind'];
  readonly signedInAt: string;
  /** To the minute. */
  readonly lastSeenAt: string;
  /** The session that asks. */
  readonly own: boolean;
}
