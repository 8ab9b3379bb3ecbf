/** Idle: nothing asked for half an hour. Absolute: twelve hours after sign-in, however busy. */
export const idleLimitMs = 30 * 60_000;
export const absoluteLimitMs = 12 * 60 * 60_000;

export interface SessionTimes {
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
}

/** The first instant at which the session is over. Alive while `now < expiresAt`. */
export function sessionExpiresAt(session: SessionTimes): Date {
  return new Date(Math.min(session.lastSeenAt.getTime() + idleLimitMs, session.createdAt.getTime() + absoluteLimitMs));
}

export function isSessionAlive(session: SessionTimes, now: Date): boolean {
  return now.getTime() < sessionExpiresAt(session).getTime();
}

/** Writing `last_seen_at` at every request would be a write per read; once a minute keeps idle exact to a minute. */
export function isSeenStale(lastSeenAt: Date, now: Date): boolean {
  return now.getTime() - lastSeenAt.getTime() >= 60_000;
}
