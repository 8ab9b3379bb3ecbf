export interface Failures {
  /** Failed attempts in a row, for one account or one address. */
  readonly count: number;
  readonly lastAt: Date;
}

const freeAttempts = 5;
const firstWaitSeconds = 5;
const longestWaitSeconds = 15 * 60;

/** Whole seconds until the next attempt may be made; 0 = now. From the fifth failure on 5, 10, 20 … up to 15 minutes. */
export function secondsToWait(failures: Failures | undefined, now: Date): number {
  if (!failures || failures.count < freeAttempts) return 0;
  const wait = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** (failures.count - freeAttempts));
  const passed = (now.getTime() - failures.lastAt.getTime()) / 1000;
  return Math.max(0, Math.ceil(wait - passed));
}
