// A certificate is a flattened JWS (RFC 7515, section 7.2.2) by Ed25519 (RFC 8037) over what was proved. Whoever has the public key can check
// it without us. One text is one certificate: whatever was added, left out, reordered or written otherwise is no certificate any more.
import { createHash, type KeyObject } from 'node:crypto';
import { exportJWK, FlattenedSign, flattenedVerify, importJWK, type JWK } from 'jose';
import { signingKey, verifyingKey } from '../../platform/ed25519.ts';
import type { CertificateContent } from '../contract/certificates.ts';

const typ = 'tidegate-certificate';

/** JWK (RFC 7517, RFC 8037). */
export type PublicKey = JWK;

export interface CertificateKey {
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK & { readonly kid: string };
}

/** RFC 7638. */
const thumbprintOf = ({ crv, kty, x }: JWK): string =>
  createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');

/** The key that these 32 bytes are. Its id is its thumbprint. */
export async function certificateKey(seed: Buffer): Promise<CertificateKey> {
  const privateKey = signingKey(seed);
  const jwk = await exportJWK(verifyingKey(privateKey));
  return { privateKey, publicJwk: { ...jwk, alg: 'EdDSA', use: 'sig', kid: thumbprintOf(jwk) } };
}

/** The text of the file. */
export async function signCertificate(content: CertificateContent, key: CertificateKey): Promise<string> {
  const signed = await new FlattenedSign(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: key.publicJwk.kid })
    .sign(key.privateKey);
  return textOf(signed);
}

interface Parts {
  readonly payload?: unknown;
  readonly protected?: unknown;
  readonly signature?: unknown;
}
const textOf = ({ payload, protected: header, signature }: Parts): string =>
  JSON.stringify({ payload, protected: header, signature });

export type Verified =
  | { readonly genuine: true; readonly content: CertificateContent; readonly keyId: string }
  | { readonly genuine: false; readonly why: 'not-a-certificate' | 'another-key' | 'altered' };

/** Whether the text is a certificate by one of these keys, byte for byte as it was signed; a line end after it is allowed. */
export async function verifyCertificate(text: string, keys: readonly JWK[]): Promise<Verified> {
  const parts = partsOf(text);
  if (!parts) return { genuine: false, why: 'not-a-certificate' };
  const header = JSON.parse(Buffer.from(parts.protected, 'base64url').toString()) as { readonly kid?: unknown };
  const known = keys.find((key) => key.kty === 'OKP' && key.crv === 'Ed25519' && thumbprintOf(key) === header.kid);
  if (!known) return { genuine: false, why: 'another-key' };
  try {
    const { payload, protectedHeader } = await flattenedVerify(parts, await importJWK(known, 'EdDSA'), {
      algorithms: ['EdDSA'],
    });
    if (protectedHeader?.typ !== typ) return { genuine: false, why: 'not-a-certificate' };
    const content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as CertificateContent;
    return { genuine: true, content, keyId: String(header.kid) };
  } catch {
    return { genuine: false, why: 'altered' };
  }
}

/** undefined: not the three parts, or not written as they are written: base64url has several spellings of the same bytes. */
function partsOf(text: string): { payload: string; protected: string; signature: string } | undefined {
  try {
    const parts = JSON.parse(text) as Parts;
    const { payload, protected: header, signature } = parts;
    if (textOf(parts) !== text.replace(/\r?\n$/, '')) return undefined;
    if (typeof payload !== 'string' || typeof header !== 'string' || typeof signature !== 'string') return undefined;
    const asWritten = [payload, header, signature].every(
      (part) => Buffer.from(part, 'base64url').toString('base64url') === part,
    );
    JSON.parse(Buffer.from(header, 'base64url').toString());
    return asWritten ? { payload, protected: header, signature } : undefined;
  } catch {
    return undefined;
  }
}

/** What it says, unverified: of a text of ours. Throws on any other. */
export function contentOf(document: string): CertificateContent {
  const { payload } = JSON.parse(document) as { readonly payload: string };
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as CertificateContent;
}
