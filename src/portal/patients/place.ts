import { problem } from '../../platform/problem.ts';

/** A booking's place in a list that is ordered by (start, id). */
export interface Place {
  readonly startAt: Date;
  readonly bookingId: string;
}

/** Opaque to whoever passes it back. */
export const cursorOf = ({ startAt, bookingId }: Place): string =>
  Buffer.from(`${startAt.toISOString()} ${bookingId}`).toString('base64url');

export function placeOf(cursor: string): Place {
  const [, start = '', bookingId] = /^(\S+) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const startAt = new Date(start);
  if (bookingId === undefined || Number.isNaN(startAt.getTime())) {
    const fields = [{ path: 'after', code: 'custom', message: 'not a cursor' }];
    throw problem('invalid', 'problem.invalid', {}, { where: 'query', fields });
  }
  return { startAt, bookingId };
}
