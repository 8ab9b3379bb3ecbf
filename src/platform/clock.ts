/** Where the time comes from. Feature code takes a Clock, so a test can stand at the last minute of a grant. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export interface FixedClock extends Clock {
  /** Moves on by `ms` milliseconds. */
  advance(ms: number): void;
}

/** A clock that stands still until a test moves it. */
export function fixedClock(start: Date | string): FixedClock {
  let at = new Date(start).getTime();
  return {
    now: () => new Date(at),
    advance: (ms) => {
      at += ms;
    },
  };
}
