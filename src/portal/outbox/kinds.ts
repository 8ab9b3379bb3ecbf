// The table of kinds, the portal's half: when an act makes sense. How it is written to an EMR is the deliverer's
// (src/connect/write-back/deliveries.ts).
import { type ActKind, actKinds, type ListedWriteBack, type WriteBackKind } from '../contract/write-backs.ts';

/** A booking as far as an act on it is judged. */
export interface ActedOn {
  readonly status: string;
  readonly participation: string;
  readonly patientId: string | null;
}

interface Kind {
  readonly fits: (booking: ActedOn) => boolean;
  /** Delivered after the start of a booking that lay ahead when it was pressed, it no longer means what it meant. */
  readonly losesSenseAtStart: boolean;
}

const waiting = ['proposed', 'pending', 'booked', 'waitlist'];

export const kinds: Readonly<Record<ActKind, Kind>> = {
  'mark-arrived': { fits: ({ status }) => status === 'booked', losesSenseAtStart: false },
  'mark-confirmed': {
    fits: ({ status, participation, patientId }) =>
      status === 'booked' && participation !== 'accepted' && patientId !== null,
    losesSenseAtStart: true,
  },
  cancel: { fits: ({ status }) => waiting.includes(status) || status === 'arrived', losesSenseAtStart: true },
};

/** The time at which it is no longer to be delivered; null: it may be delivered whenever. */
export function sensibleUntil(kind: WriteBackKind, requestedAt: Date, startAt: Date): Date | null {
  return isAct(kind) && kinds[kind].losesSenseAtStart && requestedAt < startAt ? startAt : null;
}

const isAct = (kind: WriteBackKind): kind is ActKind => actKinds.some((one) => one === kind);

/** Where it cannot be delivered a person has to look. That a reminder was sent is good to know in the EMR, and nobody's work if it is not. */
export const needsPerson = (kind: WriteBackKind): boolean => kind !== 'mark-reminded';

/** What may be done with a booking now; nothing while something is under way. */
export function actsOn(booking: ActedOn, last: Pick<ListedWriteBack, 'state'> | null): ActKind[] {
  if (last && last.state !== 'acknowledged' && last.state !== 'task') return [];
  return actKinds.filter((kind) => kinds[kind].fits(booking));
}
