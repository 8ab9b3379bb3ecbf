// *Why can the patient not confirm?*, for the staff: the way of an answer from the link to the EMR (docs/domain.md, section 5). Pure. What the
// patient himself is told is of links.ts; both judge the same rows.
import type { ConfirmStep, ConfirmStepName } from '../contract/patient-panel.ts';
import type { GateOutcome, WhyGate } from '../contract/why.ts';
import { type Answer, isAhead, isSameMeaning, type LinkedBooking, type LinkTerms } from './links.ts';

export interface MadeLinkFacts extends LinkTerms {
  readonly createdAt: Date;
  readonly locked: boolean;
}

export interface ConfirmFacts {
  /** Of the booking's schedule, for confirming: the first four are about the connection. */
  readonly gates: readonly WhyGate[];
  /** Every gap that is open at the schedule: a parked answer waits for one of them. */
  readonly gapIds: readonly string[];
  readonly booking: LinkedBooking;
  readonly links: readonly MadeLinkFacts[];
  /** The last one by a link of this appointment. */
  readonly answer: Answer | null;
  readonly now: Date;
}

/** In the order in which they are gone; the first that fails is the answer. What cannot be judged before another holds is unknown. */
export function confirmWay({ gates, gapIds, booking, links, answer, now }: ConfirmFacts): ConfirmStep[] {
  const step = (name: ConfirmStepName, holds: boolean | undefined, ids: readonly string[] = []): ConfirmStep => {
    const state: GateOutcome = holds === undefined ? 'unknown' : holds ? 'passes' : 'fails';
    return { step: name, state, gapIds: ids };
  };
  const ofGate = (gate: number, name: ConfirmStepName): ConfirmStep => {
    const { state, gapId } = gates.find((one) => one.gate === gate)!;
    return { step: name, state, gapIds: gapId === null ? [] : [gapId] };
  };
  const offering = links.filter(({ purpose }) => purpose !== 'cancel');
  // A link of before the move is no worse than none beside one that was made since.
  const inPlace = offering.filter((link) => isSameMeaning(link, booking));
  const usable = inPlace.filter(({ locked }) => !locked);
  const some = (before: readonly unknown[], these: readonly unknown[]) =>
    before.length === 0 ? undefined : these.length > 0;
  const delivered =
    answer === null || answer.state === 'queued' || answer.state === 'sending' || answer.state === 'conflict'
      ? undefined
      : answer.state === 'acknowledged';
  return [
    ofGate(1, 'connected'),
    ofGate(2, 'member'),
    ofGate(3, 'granted'),
    ofGate(4, 'selected'),
    step('awaited', isAhead(booking.status) && booking.startAt > now),
    step('made', offering.length > 0),
    step('unchanged', some(offering, inPlace)),
    step('unlocked', some(inPlace, usable)),
    step('delivered', delivered, answer?.state === 'parked' ? gapIds : []),
  ];
}
