import { problem } from '../platform/problem.ts';

/** The version inside `"…"`. Where two people may save at once, a change says which version it was made from: 428 without. */
export function requireIfMatch(header: string | undefined): string {
  const version = /^"([^"]+)"$/.exec(header ?? '')?.[1];
  if (version === undefined) throw problem('precondition-required', 'problem.precondition-required');
  return version;
}
