import { z } from 'zod';

export const siteRoles = ['member', 'site-admin'] as const;
export type SiteRole = (typeof siteRoles)[number];

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
}

/** GET and POST /api/set-up, as the EMR's: the first site and its first Site Admin. */
export interface SetUpState {
  readonly needed: boolean;
}
export const setUpRequest = z.object({
  siteId: z.number().int().min(1).max(999_999),
  siteName: z.string().trim().min(1).max(200),
  zone: z.string().min(1).max(100),
  email: z.email().max(320),
  displayName: z.string().trim().min(1).max(200),
  password: z.string().min(12).max(1000),
});
export type SetUpRequest = z.infer<typeof setUpRequest>;
