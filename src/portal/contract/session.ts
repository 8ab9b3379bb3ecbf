import { z } from 'zod';

export const siteRoles = ['member', 'site-admin'] as const;
export type SiteRole = (typeof siteRoles)[number];

/** As everybody who works at the site sees it. */
export const personName = z.string().trim().min(1).max(200);
export const newPassword = z.string().min(12).max(1000);

export const signInRequest = z.object({
  email: z.string().trim().min(3).max(320),
  password: z.string().min(1).max(1000),
  siteId: z.number().int().positive().optional(),
});
export type SignInRequest = z.infer<typeof signInRequest>;

export interface Me {
  readonly userId: string;
  readonly displayName: string;
  readonly role: SiteRole;
  readonly siteId: number;
  readonly siteName: string;
  readonly sites: readonly { readonly siteId: number; readonly name: string }[];
  /** Where Cloud Connect is, for whom it is: *Why is this missing?* leads there. null: he is no Site Admin. */
  readonly cloudConnectUrl: string | null;
}

/**
 * The answer to POST /api/sign-in where the password is not all: a code of the authenticator app (POST /api/sign-in/code { code }, also a recovery
 * code), or to set the second factor up, which Site Admins need (POST /api/second-factor/offer, then …/confirm { code }). Until it is done every
 * other route answers 401, with the step in `extra.next`. The routes are those of the EMR (docs/decisions/0027-second-factor.md).
 */
export interface NextStep {
  readonly next: 'code' | 'enrol';
}

/** GET and POST /api/set-up, as the EMR's: the first site and its first Site Admin. */
export interface SetUpState {
  readonly needed: boolean;
}
export const setUpRequest = z.object({
  siteId: z.number().int().min(1).max(999_999),
  siteName: z.string().trim().min(1).max(200),
  zone: z.string().min(1).max(100),
  /** What patients are asked to call. */
  phone: z
    .string()
    .trim()
    .max(40)
    .regex(/^[\d+() .-]*$/)
    .optional(),
  email: z.email().max(320),
  displayName: personName,
  password: newPassword,
});
export type SetUpRequest = z.infer<typeof setUpRequest>;
