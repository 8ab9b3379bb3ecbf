import { z } from 'zod';

/** POST /api/sign-in. siteId chooses where the person is a Site Admin of several sites. */
export const signInRequest = z.object({
  email: z.string().trim().min(3).max(320),
  password: z.string().min(1).max(1000),
  siteId: z.number().int().positive().optional(),
});
export type SignInRequest = z.infer<typeof signInRequest>;

/** GET /api/me and the answer to signing in. A member who is no Site Admin gets 403 with extra.siteAdmins: display names. */
export interface Me {
  readonly userId: string;
  readonly displayName: string;
  readonly siteId: number;
  readonly siteName: string;
  readonly sites: readonly { readonly siteId: number; readonly name: string }[];
}
