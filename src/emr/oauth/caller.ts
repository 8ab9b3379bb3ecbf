import type { Principal } from '../principal.ts';

/** Who an access token speaks for, through which client, and what for. */
export interface Caller extends Principal {
  readonly clientId: string;
  /** Granted scopes, SMART v1 and v2. */
  readonly scopes: readonly string[];
}
