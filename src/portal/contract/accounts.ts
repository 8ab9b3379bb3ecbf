// What whoever is not signed in does with a link in an e-mail. The token stands behind the # of the link's address, which browsers send nowhere,
// and travels in the body.
import { z } from 'zod';
import { newPassword, personName, type SiteRole } from './session.ts';

const token = z.string().min(1).max(200);

/** POST /api/invitations/read → OpenInvitation. 404, the same for each: unknown, expired, accepted, withdrawn. */
export const tokenRequest = z.strictObject({ token });

export interface OpenInvitation {
  readonly siteName: string;
  readonly email: string;
  readonly role: SiteRole;
  /** The address has an account, at another site: it becomes a member of this one too, and its password stays. */
  readonly hasAccount: boolean;
}

/** POST /api/invitations/accept → 204, once. Without an account name and password are needed; with one they are not looked at. */
export const acceptRequest = z.strictObject({
  token,
  displayName: personName.optional(),
  password: newPassword.optional(),
});
export type AcceptRequest = z.infer<typeof acceptRequest>;

/** POST /api/password-resets → 202, whether or not the address has an account. */
export const resetRequest = z.strictObject({ email: z.string().trim().min(3).max(320) });

/** POST /api/password-resets/read → OpenReset, as with invitations. */
export interface OpenReset {
  readonly email: string;
}

/** POST /api/password-resets/set → 204, once. Every session of the account ends. */
export const setPasswordRequest = z.strictObject({ token, password: newPassword });
