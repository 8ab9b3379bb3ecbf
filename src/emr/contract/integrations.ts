import { z } from 'zod';

// Clients of this EMR's FHIR interface: registering, rotating, approving and revoking them. Administrators only.

/** How a client proves who it is: a secret that is shown once, public keys that are kept here, or an address where it keeps them. */
export type Proof = 'secret' | 'keys' | 'address';

const keySet = z.object({ keys: z.array(z.unknown()).min(1).max(50) });
const address = z.string().min(1).max(500);

/** `system/<type or *>.<letters of cruds>`, SMART v2. */
const scope = z.string().max(100);

/**
 * POST /api/integrations: *Add integration* → 201 AddedIntegration. Each has an integration user of its own. 409 for a name that another
 * one bears, 400 with `extra.field` for keys, an address or a scope that cannot be used.
 */
export const addIntegrationRequest = z.object({
  name: z.string().trim().min(1).max(200),
  officeIds: z.array(z.string()).max(1000),
  /** Absent: a secret. */
  credential: z
    .discriminatedUnion('proof', [
      z.strictObject({ proof: z.literal('secret') }),
      z.strictObject({ proof: z.literal('keys'), jwks: keySet }),
      z.strictObject({ proof: z.literal('address'), jwksUri: address }),
    ])
    .optional(),
  /** What it may ask for at most; absent: everything that its user may see and do. */
  scopes: z.array(scope).min(1).max(100).optional(),
  /** Where its administrators come back to after *Approve third-party access*; none: it needs no approval beside this one. */
  redirectUris: z.array(address).max(10).optional(),
});
export type AddIntegrationRequest = z.infer<typeof addIntegrationRequest>;

/** How long what the client proved itself with until now goes on working; 0: it ends at once, and every token with it. */
const keepHours = z.number().int().min(0).max(720).default(0);

/** POST /api/integrations/:userId/credentials → a new secret, shown once. */
export const newSecretRequest = z.object({ keepHours });

/**
 * PUT /api/integrations/:userId/keys → ClientKeys. A JWKS (RSA of 2048 bits or more for RS384, P-384 for ES384), or the https address where
 * the client keeps it, asked again every minute. 400 with extra.field.
 */
export const clientKeysRequest = z.union([
  z.strictObject({ jwks: keySet, jwksUri: z.undefined().optional(), keepHours }),
  z.strictObject({ jwksUri: address, jwks: z.undefined().optional(), keepHours }),
]);
export type ClientKeysRequest = z.infer<typeof clientKeysRequest>;

export interface ClientKeys {
  readonly clientId: string;
  /** `kid` of the keys that can be used, null for one without. */
  readonly keyIds: readonly (string | null)[];
  readonly jwksUri: string | null;
  /** Until when what was before goes on working; null: it has ended. */
  readonly formerUntil: string | null;
}

export interface IntegrationOffice {
  readonly officeId: string;
  readonly name: string;
}

/** What an administrator approved, as it is in force. */
export interface Approval {
  readonly approvedAt: string;
  /** Display name. */
  readonly approvedBy: string;
  readonly scopes: readonly string[];
}

/** GET /api/integrations: every client that was registered, the revoked ones last. */
export interface Integration {
  readonly userId: string;
  readonly username: string;
  readonly userActive: boolean;
  readonly clientId: string;
  readonly name: string;
  /** False: revoked. New credentials bring it back. */
  readonly active: boolean;
  readonly proof: Proof;
  readonly jwksUri: string | null;
  readonly scopes: readonly string[];
  /** Where it may be answered; none: it needs no approval. */
  readonly redirectUris: readonly string[];
  readonly offices: readonly IntegrationOffice[];
  readonly createdAt: string;
  /** When its credentials were last replaced. */
  readonly rotatedAt: string | null;
  /** Until when the credentials before go on working; null: they do not. */
  readonly formerUntil: string | null;
  readonly approval: Approval | null;
}

/** Types that a scope can name. */
export interface Integrations {
  readonly integrations: readonly Integration[];
  readonly types: readonly string[];
}

// POST /api/integrations/:userId/former/end, …/approval/end and …/revoke → 204; 409 where there is nothing to end.

/**
 * GET /api/third-party-access/:requestId: what an application asks for, on *Approve third-party access*. 404 when it has expired, was
 * decided, or was begun in another browser.
 */
export interface AccessRequest {
  readonly name: string;
  readonly clientId: string;
  /** Host of the address to which the browser goes afterwards. */
  readonly returnsTo: string;
  readonly scopes: readonly string[];
  readonly user: { readonly userId: string; readonly username: string };
  /** Offices of the clinic, with how many schedules each has and of how many the integration user sees something. */
  readonly offices: readonly (IntegrationOffice & {
    readonly member: boolean;
    readonly schedules: number;
    readonly visible: number;
  })[];
  /** What is in force and would be replaced. */
  readonly approval: Approval | null;
  readonly expiresAt: string;
}

/** POST /api/third-party-access/:requestId/approve and …/deny → Decided. */
export const approveRequest = z.object({ officeIds: z.array(z.string().min(1).max(64)).min(1).max(1000) });
export type ApproveRequest = z.infer<typeof approveRequest>;

export interface Decided {
  /** Where the browser goes, and from there back to the application. */
  readonly goTo: string;
}
