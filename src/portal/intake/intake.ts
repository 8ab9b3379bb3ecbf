// What a synchroniser may write on the portal, and the only way to write it: stage, look at what is absent, apply.
//
// Specification (docs/domain.md, section 7)
//  1. Staged rows say nothing by themselves. Only apply() changes what people see, in the caller's transaction, together with the
//     caller's cursors: both or neither.
//  2. A booking is removed from view by evidence alone. Absent from a slice that was read whole, under columns held before and after,
//     it becomes `unconfirmed` and stays listed with a mark. Evidence is what the EMR said of that one booking.
//  3. A slice whose columns are not held is never read as "no bookings": its rows become `visibility-lost`, nothing is cancelled, and
//     they return with the grant as the same rows.
//  4. Rows outside the window, and rows of providers who are not selected, leave the lists and stay stored.
//  5. What did not change is not written again.
//  6. A run that began to read before the EMR acknowledged a write-back does not undo it.
//  7. A patient is shown where Patient is held on the pair of his booking, and only as of a full run that read it so.

export type { DigestedPeriod, DigestRequest } from '../../fhir/appointment-digest.ts';
export { type AppliedSlice, type ApplyRun, apply } from './apply.sql.ts';
export { digestKnown, type KnownPeriod } from './digest.sql.ts';
export { countHidden, countListed, type HiddenBookings } from './hidden.sql.ts';
export {
  isKnownSchedule,
  type KnownSchedule,
  listKnownSchedules,
  listSchedulesFor,
  markNotSelected,
  readDataRevision,
  readSiteZone,
  type SyncedSchedule,
} from './schedules.sql.ts';
export { type RunSlice, sliceKey } from './slices.ts';
export { type StagedBooking, type StagedPatient, stageBookings, stagePatients } from './stage.ts';
export {
  type AbsentCount,
  analyzeApplied,
  analyzeStaging,
  clearStaging,
  countAbsent,
  countStaged,
  listAbsent,
  listNamedPatients,
  listPatientsNotInView,
  listPlaces,
  listSettled,
  listSlicesNaming,
  listUnknownPatients,
  listUnplaced,
  listWitnesses,
  maskPatients,
  type RunKey,
  readEachTableOnce,
  removeDuplicates,
  setAside,
  unstage,
  type Witness,
} from './staging.sql.ts';
export { listUnconfirmed, releaseUnconfirmed, type Unconfirmed } from './unconfirmed.sql.ts';
