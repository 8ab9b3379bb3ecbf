import { createHmac, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import {
  type FixClaims,
  fixRequestKeyLabel,
  fixRequestType,
  fixVersion,
  fixVersionHeader,
} from '../../fhir/fix-request.ts';
import { sha256 } from '../../platform/ids.ts';
import type { EmrAddress } from '../emr-client/emr-client.ts';
import { privateKeyIn } from '../emr-client/emr-token.ts';

export interface SignFixRequest {
  readonly fixRequestId: string;
  readonly at: Date;
  readonly expiresAt: Date;
}

/** With what the connection proves itself for a token: its key, or what is derived of its secret. Throws EmrError for a key that cannot be used. */
export function signFixRequest(
  { clientId, clientSecret, baseUrl }: EmrAddress,
  claims: FixClaims,
  { fixRequestId, at, expiresAt }: SignFixRequest,
): Promise<string> {
  const own = privateKeyIn(clientSecret);
  const key: { readonly key: KeyObject | Buffer; readonly alg: string; readonly kid?: string | undefined } = own
    ? { key: own.key, alg: own.algorithm, kid: own.keyId }
    : { key: createHmac('sha256', sha256(clientSecret)).update(fixRequestKeyLabel).digest(), alg: 'HS256' };
  const { alg, kid } = key;
  // What asks for nothing but the first version had stays readable for it.
  const version = claims.remove === undefined ? {} : { crit: [fixVersionHeader], [fixVersionHeader]: fixVersion };
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg, typ: fixRequestType, ...(kid === undefined ? {} : { kid }), ...version })
    .setIssuer(clientId)
    .setAudience(baseUrl.replace(/\/+$/, ''))
    .setJti(fixRequestId)
    .setIssuedAt(at)
    .setExpirationTime(expiresAt)
    .sign(key.key, { crit: { [fixVersionHeader]: true } });
}
