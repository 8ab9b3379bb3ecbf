import { sha256 } from '../platform/ids.ts';
import { problem } from '../platform/problem.ts';

/** The version inside `"…"`. Where two people may save at once, a change says which version it was made from: 428 without. */
export function requireIfMatch(header: string | undefined): string {
  const version = /^"([^"]+)"$/.exec(header ?? '')?.[1];
  if (version === undefined) throw problem('precondition-required', 'problem.precondition-required');
  return version;
}

/** Throws 412, with the version that there is in extra.version, unless it is one of `versions`; null: any will do. */
export function requireVersion(version: number, versions: readonly number[] | null): void {
  if (versions === null || versions.includes(version)) return;
  throw problem('precondition-failed', 'problem.precondition-failed', {}, { version });
}

/** The version of what is kept as a whole and has no number: what reads the same is the same version, whoever wrote it. */
export const versionOfWhole = (whole: object): string =>
  sha256(JSON.stringify(whole)).toString('base64url').slice(0, 22);
