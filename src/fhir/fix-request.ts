// What a client asks an EMR's administrator for, to give or to take away: a compact JWS (RFC 7515) that travels in the fragment of a link, so that no server on the way
// logs it. Roster and permissions alone, nothing of a patient; it grants nothing by itself.
//
// Signed as the client proves itself for a token: RS384 or ES384 with its private key, or HS256 under HMAC-SHA-256(SHA-256(secret), label),
// because the EMR keeps of a secret its SHA-256 alone.
import type { Column } from './columns.ts';

/** The header's typ: no assertion for a token can be taken for one, nor one for an assertion. */
export const fixRequestType = 'tidegate-fix+jwt';
/**
 * A critical header parameter (RFC 7515, section 4.1.11): the version of a request that is more than the first one. Whoever does not understand
 * it refuses the whole, and proposes no half of it. 2: claims have `remove`. A request without it is of version 1.
 */
export const fixVersionHeader = 'tidegate-fix';
export const fixVersion = 2;
export const fixRequestKeyLabel = 'tidegate fix request';

/** More make the link too long for some programs that it is sent with; whoever needs more asks office by office. */
export const fixSchedulesAtMost = 200;
/** Seconds that a request may be good for. */
export const fixSecondsAtMost = 31 * 24 * 60 * 60;

export interface FixPair {
  readonly office: string;
  readonly provider: string;
}

/** iss: the client's id; aud: the FHIR base; jti, iat, exp as RFC 7519 has them. */
export interface FixClaims {
  /** Columns that are missing, as the client knows it. */
  readonly cells: readonly (FixPair & { readonly columns: readonly Column[] })[];
  /** Ticks that may go, as the client knows it: since version 2. None of them is one that `needs` names, where the provider is selected. */
  readonly remove?:
    | readonly (FixPair & {
        readonly columns: readonly Column[];
        /** The client synchronises this provider; if not, it needs nothing of him. */
        readonly selected: boolean;
      })[]
    | undefined;
  /** Rows whose Access Until is over: a new last day is asked for. */
  readonly until: readonly FixPair[];
  /** Offices that the integration user is to belong to. */
  readonly offices: readonly string[];
  /** What the client calls the gaps. */
  readonly gaps: readonly string[];
  /** What each feature that is switched on needs. */
  readonly needs: Readonly<Record<string, readonly Column[]>>;
}
