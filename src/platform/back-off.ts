// How long to wait for somebody else's server that did not answer. Full jitter: those who failed together do not come back together.

export const firstWaitMs = 2_000;
export const longestWaitMs = 10 * 60_000;
/** A server that asks for more than a day is asked again after a day. */
const longestHonouredMs = 24 * 60 * 60_000;

/**
 * Milliseconds until the next try after so many failures in a row (1 or more); never less than the other asked for. `random` is 0 to 1.
 */
export function waitMs(
  failures: number,
  random: number,
  {
    retryAfterMs,
    firstMs = firstWaitMs,
  }: { readonly retryAfterMs?: number | undefined; readonly firstMs?: number | undefined } = {},
): number {
  const most = Math.min(longestWaitMs, firstMs * 2 ** Math.min(failures - 1, 30));
  const jitter = Math.round(random * most);
  return retryAfterMs === undefined ? jitter : Math.min(retryAfterMs, longestHonouredMs) + Math.min(jitter, firstMs);
}
