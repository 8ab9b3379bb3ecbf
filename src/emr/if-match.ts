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
