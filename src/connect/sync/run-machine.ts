// The machine that a run goes through, and what drives it. What each phase does: run-sync.ts.
//
// States    queued → running → complete | complete-with-gaps | waiting-for-decision | failed        (sync_run.state)
//           How a run ends follows from its slices: all complete; some not; absences that the guard stopped; none that could be read.
//           Whoever claims a running one whose lease has passed begins at the first phase and goes on from staging.
// Phases of a running one are below; each ends with one event, and the table says what comes then. It is total: a phase or an event
// without its cell does not compile. A part of the reading that fails is no event: its slices have failed, and the phase goes on.
//
// Invariants
//  I1 What people see changes in one transaction, together with cursors, freshness, ledger and the run's end. Before it nothing of the
//     run is visible; after it all of it is.
//  I2 A worker whose lease passed writes nothing: every write to the run's row is guarded by its lease, that of the apply included.
//  I3 Staging is the checkpoint. Each part of a reading (an export's file, a slice's pages) is staged in one transaction with the note that
//     it was. Who takes a run over uses them under the same permission version, settings and window, and only if as many rows are there as
//     were noted; a part that failed he tries again.
//  I4 Nothing is taken for absent unless its slice was read whole, where the EMR's digests do not say that it is as it was (agree.ts), and the columns were held, under one permission version, before, while and
//     after reading. Where the EMR does not say what is held, its roster stands for the version, and its silence for nothing: no booking of
//     such an EMR is out of sight for lack of permission, and what is absent is unconfirmed, as it is everywhere.
//  I5 What fails leaves things as they were. A slice that cannot be read: its bookings, cursor and freshness, and no other's are touched by
//     that. A run in which none can be read: everything but the reasons, and what the coverage and the calendar say by themselves. An EMR
//     that gives no token or no coverage: everything.
//  I6 A run of one slice writes of no other one, save where a booking of its own has gone.
//  I7 An EMR that was restored from a backup has forgotten what we read of it: whatever was asked for, all of it is read.
//  I8 Freshness and cursors are instants of the EMR's clock, never of ours, and of before the first thing was read, also where an
//     earlier attempt read it; of an EMR that tells its time nowhere they are of ours.
//     Leases are of the database's.

export const phases = [
  'reading-coverage',
  'staging-patients',
  'staging-bookings',
  'proving',
  'diffing',
  'applying',
  'cleaning',
  'over',
] as const;
export type Phase = (typeof phases)[number];

export type RunEvent =
  /** The phase did what it is for. */
  | 'done'
  /**
   * Permissions or settings changed beneath the reading, or it found schedules that it was not planned for: it proves nothing, and is made
   * again.
   */
  | 'moved'
  /** They changed once more than we try again: what was read is thrown away. */
  | 'exhausted'
  /** The EMR shows less than it had shown: it was restored from a backup, and everything has to be read. */
  | 'restored'
  /** The EMR gave no token or no coverage, or nothing at all. The run's end is written, its staging is not yet emptied. */
  | 'refused';

export const afterwards: Readonly<Record<Phase, Readonly<Record<RunEvent, Phase>>>> = {
  'reading-coverage': {
    done: 'staging-patients',
    moved: 'reading-coverage',
    exhausted: 'applying',
    restored: 'reading-coverage',
    refused: 'cleaning',
  },
  'staging-patients': {
    done: 'staging-bookings',
    moved: 'reading-coverage',
    exhausted: 'applying',
    restored: 'reading-coverage',
    refused: 'cleaning',
  },
  'staging-bookings': {
    done: 'proving',
    moved: 'reading-coverage',
    exhausted: 'applying',
    restored: 'reading-coverage',
    refused: 'cleaning',
  },
  proving: {
    done: 'diffing',
    moved: 'reading-coverage',
    exhausted: 'applying',
    restored: 'reading-coverage',
    refused: 'cleaning',
  },
  diffing: {
    done: 'applying',
    moved: 'reading-coverage',
    exhausted: 'applying',
    restored: 'reading-coverage',
    refused: 'cleaning',
  },
  applying: {
    done: 'cleaning',
    moved: 'reading-coverage',
    exhausted: 'cleaning',
    restored: 'reading-coverage',
    refused: 'cleaning',
  },
  cleaning: { done: 'over', moved: 'over', exhausted: 'over', restored: 'over', refused: 'over' },
  over: { done: 'over', moved: 'over', exhausted: 'over', restored: 'over', refused: 'over' },
};

export interface Drive<W> {
  readonly does: Readonly<Record<Exclude<Phase, 'over'>, (work: W) => Promise<RunEvent>>>;
  /** What a phase threw, as an event; throws on what is none. */
  readonly caught: (work: W, error: unknown) => Promise<RunEvent>;
  /** `moved`, or `exhausted` when it has been tried often enough. */
  readonly moved: (work: W, phase: Phase) => Promise<RunEvent>;
}

/** From the beginning to the end. */
export async function drive<W>(work: W, { does, caught, moved }: Drive<W>): Promise<void> {
  for (let phase: Phase = 'reading-coverage'; phase !== 'over'; ) {
    let event: RunEvent;
    try {
      event = await does[phase](work);
    } catch (error) {
      event = await caught(work, error);
    }
    if (event === 'moved') event = await moved(work, phase);
    phase = afterwards[phase][event];
  }
}

/** What a worker says of its way, for those who watch; kill tests end the process at each. */
export const steps = [
  'claimed',
  'coverage-before',
  'patients-staged',
  'bookings-staged',
  'coverage-after',
  'diffed',
  'before-commit',
  'committed',
  'cleaned',
] as const;
export type Step = (typeof steps)[number];
