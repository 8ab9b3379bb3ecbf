// What people of the portal did that the EMR has to hear of, and the only way to deliver it: queue, claim, record, acknowledge.
//
// Specification (docs/domain.md, section 8)
//  1. A write-back is queued in the transaction of the act, with what the person saw: version, status, start, pair. Queued is not done:
//     the booking stays as the EMR last said it was.
//  2. One press is one write-back. One write-back a booking is under way at a time.
//  3. Whoever delivers holds a lease, and every write of his is fenced by the number of his claim: of two, one writes.
//  4. The request is kept before it is sent, and what was or may have been sent is replayed as it was until its answer is known.
//  5. Acknowledged, the booking shows what the EMR answered, in the transaction that says so. A run that began to read before it does
//     not undo that (intake/apply.sql.ts).
//  6. What a machine must not decide becomes one staff task, in the transaction that gives the write-back up.
//  7. Parked is not retried. It wakes when a reading of the EMR's own coverage shows every missing cell held.
//  8. What changes no booking (a reminder that was sent, a document for the chart) is under way beside acts, any number at a time.
export { type Filing, findFiling, type NewFilings, queueFilings, queueReminderMark } from './filing.sql.ts';
export { kinds, needsPerson, sensibleUntil } from './kinds.ts';
export {
  type AcknowledgedBooking,
  applyAcknowledged,
  type ConnectionKey,
  claim,
  countParked,
  countUndelivered,
  getWriteBack,
  giveLeaseBack,
  type HeldColumns,
  hurry,
  type KeptRequest,
  keepLease,
  LeaseLost,
  listDueConnections,
  listUndelivered,
  type Progress,
  record,
  type Said,
  type WriteBack,
  type WriteBackCounts,
  wakeParked,
} from './outbox.sql.ts';
export { type QueueWriteBack, queueWriteBack } from './queue-write-back.ts';
export { closeRunTask, type FoundBooking, insertTask, keepRunTask } from './staff-tasks.sql.ts';
