// The machine that a write-back goes through on its way to the EMR.
//
//   queued → sending → acknowledged
//                    → parked     refused for lack of a permission; a reading that shows the cell held leads back to queued
//                    → conflict   the EMR has another version than was seen: read again, then sending, acknowledged or task
//                    → retrying   everything else: full jitter, Retry-After, breaker; then sending
//                    → task       a person has to look
//
// The table is total: a state or an event without its cell does not compile. `null` stands where an event cannot happen; a driver that
// meets it has a fault, and throws.
//
// Invariants
//  D1 Nothing is sent that was not written down before: the request, its key and its If-Match. What was or may have been sent is sent
//     again as it was, until the EMR has answered it. So a crash anywhere between ends in the answer that was lost.
//  D2 One effect. The EMR carries a key out once. A request with another key is made only after the EMR said of the one before it that it
//     was not carried out (412, or 403 to one that was sent once); and its If-Match lets it change nothing but the version that was read.
//     What makes something new names no version: 400 says of its key, while the EMR remembers it, that nothing was made (a document whose
//     content was swept meanwhile), and another request with another key follows.
//  D3 Nothing that a person of the EMR changed is overwritten: only a booking whose start, status and pair are as they were seen is
//     changed; any other is a task.
//  D4 Two deliverers, one delivery: each claim has a number, and every write to the row is fenced by it. A deliverer whose lease passed may
//     still have a request on its way; by D1 it is the same request as that of the one who took over.
//  D5 Acknowledged is said by the transaction that shows the EMR's answer on the booking, and by no other.
//  D6 Parked is not sent again before a reading of the EMR's coverage shows its missing cells held. Parking and waking take turns by a
//     lock for each connection, so that a grant that comes between the refusal and the parking is not slept through.
//  D7 The wait before the next try is never shorter than the EMR asked for. While the breaker of a connection is open nothing is sent to it;
//     after that one request tries.
import type { outbox } from '../../portal/index.ts';

export type DeliveryState = outbox.WriteBack['state'];

export const deliveryEvents = [
  /** A deliverer took it. */
  'claimed',
  /** The EMR did it, now or when it was asked before. */
  'done',
  /** It was as wanted already, by somebody else's hand. */
  'already',
  /** A permission lacks. */
  'refused',
  /** The EMR has another version than the one that it may change. */
  'changed',
  /** Read again: start, status and pair are as they were seen. */
  'same',
  /** Read again, or never to be done: a person has to look. */
  'hopeless',
  /** No answer, or one that says nothing of this. */
  'failed',
  /** The missing cells are held now. */
  'granted',
] as const;
export type DeliveryEvent = (typeof deliveryEvents)[number];

export const afterwards: Readonly<Record<DeliveryState, Readonly<Record<DeliveryEvent, DeliveryState | null>>>> = {
  queued: {
    claimed: 'sending',
    done: null,
    already: null,
    refused: null,
    changed: null,
    same: null,
    hopeless: null,
    failed: null,
    granted: null,
  },
  sending: {
    claimed: 'sending',
    done: 'acknowledged',
    already: 'acknowledged',
    refused: 'parked',
    changed: 'conflict',
    same: null,
    hopeless: 'task',
    failed: 'retrying',
    granted: null,
  },
  conflict: {
    claimed: 'conflict',
    done: null,
    already: 'acknowledged',
    refused: 'parked',
    changed: null,
    same: 'sending',
    hopeless: 'task',
    failed: 'retrying',
    granted: null,
  },
  retrying: {
    claimed: 'sending',
    done: null,
    already: null,
    refused: null,
    changed: null,
    same: null,
    hopeless: null,
    failed: null,
    granted: null,
  },
  parked: {
    claimed: null,
    done: null,
    already: null,
    refused: null,
    changed: null,
    same: null,
    hopeless: null,
    failed: null,
    granted: 'queued',
  },
  acknowledged: {
    claimed: null,
    done: null,
    already: null,
    refused: null,
    changed: null,
    same: null,
    hopeless: null,
    failed: null,
    granted: null,
  },
  task: {
    claimed: null,
    done: null,
    already: null,
    refused: null,
    changed: null,
    same: null,
    hopeless: null,
    failed: null,
    granted: null,
  },
};

export function stateAfter(state: DeliveryState, event: DeliveryEvent): DeliveryState {
  const next = afterwards[state][event];
  if (next === null) throw new Error(`a write-back that is ${state} met '${event}'`);
  return next;
}

/** What a deliverer says of its way, for those who watch; kill tests end the process at each. */
export const deliverySteps = ['claimed', 'read', 'judged', 'kept', 'answered', 'before-commit', 'noted'] as const;
export type DeliveryStep = (typeof deliverySteps)[number];
