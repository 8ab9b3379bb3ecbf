/** POST /api/sign-in. siteId chooses where the person is a Site Admin of several sites. The second factor follows, as at the portal. */
export interface SignInRequest {
  readonly email: string;
  readonly password: string;
  readonly siteId?: number;
}

/** GET /api/me and the answer to signing in. A member who is no Site Admin gets 403 with extra.siteAdmins: display names. */
export interface Me {
  readonly userId: string;
  readonly displayName: string;
  readonly siteId: number;
  readonly siteName: string;
  readonly sites: readonly { readonly siteId: number; readonly name: string }[];
}
