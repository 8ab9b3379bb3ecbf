import { z } from 'zod';
import { type SiteRole, siteRoles } from './session.ts';

/** Somebody who is, or was, a member of the site. */
export interface SiteUser {
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: SiteRole;
  readonly active: boolean;
  /** Is set up. */
  readonly secondFactor: boolean;
  /** Whoever asks. */
  readonly own: boolean;
  /** As the answer’s other times; null: the audit log knows of none. */
  readonly lastSignInAt: string | null;
}

/** What became of the e-mail with the link. */
export const invitationMails = ['waiting', 'sent', 'failed'] as const;

/** An open invitation, which nobody has accepted yet. */
export interface Invitation {
  readonly invitationId: string;
  readonly email: string;
  readonly role: SiteRole;
  readonly invitedAt: string;
  /** Display name. */
  readonly invitedBy: string | null;
  readonly expiresAt: string;
  readonly expired: boolean;
  readonly mail: (typeof invitationMails)[number];
}

/** GET /api/users: for Site Admins of the site in force. Times are `YYYY-MM-DD HH:MM:SS` in `zone`. */
export interface SiteUsers {
  readonly zone: string;
  readonly users: readonly SiteUser[];
  readonly invitations: readonly Invitation[];
}

const language = z.enum(['en', 'fr']);

/**
 * POST /api/invitations → 204. The link goes by e-mail, in `language`; one that was open for the address ends. 409 where the address is a member's
 * already. POST /api/invitations/:id/withdraw → 204.
 */
export const invitationRequest = z.strictObject({
  email: z.string().trim().min(3).max(254),
  role: z.enum(siteRoles),
  language,
});
export type InvitationRequest = z.infer<typeof invitationRequest>;

/** POST /api/users/:userId/role → 204. 409 with `fields` for the last Site Admin. …/deactivate, …/reactivate and
 * …/second-factor/reset take no body. */
export const roleRequest = z.strictObject({ role: z.enum(siteRoles) });
