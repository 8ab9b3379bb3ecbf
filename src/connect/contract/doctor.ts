import type { Column } from '../../fhir/columns.ts';
import type { Feature } from './features.ts';
import type { Certainty, Said } from './sync.ts';
import type { ZoneOffset } from './zone-offset.ts';

/**
 * What one absence has its root in. authorisation: the EMR does not take our client for whom it is. unreachable: it does not answer.
 * membership: our user is not of the office. cells: ticks are missing. expiry: the row's last day is over. vanished: the EMR's roster no
 * longer names the schedule. selection: nobody selected the provider here. reading: permissions are there, and it has not been read whole.
 * failed-run: the EMR answers, and the last run could not use what it says.
 */
export const gapCauses = [
  'authorisation',
  'unreachable',
  'membership',
  'cells',
  'expiry',
  'vanished',
  'selection',
  'reading',
  'failed-run',
] as const;
export type GapCause = (typeof gapCauses)[number];

/** Whose job it is. */
export type GapOwner = 'emr-administrator' | 'site-admin' | 'vendor';

/** How a feature stands for a provider in an office. off: not switched on. unknown: the EMR says nothing of permissions, or did not answer. */
export type FeatureState = 'works' | 'broken' | 'lapses-soon' | 'not-selected' | 'off' | 'unknown';

export interface DoctorSchedule {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
}

/** One root cause, with all that it breaks. Nothing of a patient. */
export interface Gap {
  /** `G-` and six letters: the same wherever this gap is spoken of, as long as the cause is of this kind and place. */
  readonly gapId: string;
  readonly cause: GapCause;
  readonly owner: GapOwner;
  /** That of which it is; null where it is of the whole connection. */
  readonly officeId: string | null;
  readonly providerId: string | null;
  readonly schedules: readonly DoctorSchedule[];
  /** Ticks that are missing, and no more than those that switched-on features need. */
  readonly columns: readonly Column[];
  /** The last day on which a lapsed row held. */
  readonly lapsedOn: string | null;
  readonly features: readonly Feature[];
  /** Of docs/domain.md, section 2: what people see of it. */
  readonly symptoms: readonly number[];
  /** Of docs/domain.md, section 5: which of the gates fail by it. */
  readonly gates: readonly number[];
  /** Since when it has been so at least, as far as the EMR or this site knows. */
  readonly since: string | null;
  /** Its cause is gone, and it is not proved yet that all works again; null: the cause stands. */
  readonly proof: {
    readonly healedAt: string;
    /** What was tried and did not work; empty: it is being tried. */
    readonly failing: readonly { readonly feature: Feature; readonly text: string }[];
  } | null;
  readonly title: string;
  readonly what: string;
  readonly fix: string;
  /** What the portal itself knows to be affected: bookings that it keeps and does not list, of which so many in the next 48 hours. */
  readonly known: {
    readonly bookings: number;
    readonly next48Hours: number;
    readonly patientsNext48Hours: number;
    readonly parkedWriteBacks: number;
  };
}

/** Works still, and not for long. */
export interface LapsingSoon extends DoctorSchedule {
  readonly lastDay: string;
}

export interface CoverageRow extends DoctorSchedule {
  readonly states: Readonly<Record<Feature, FeatureState>>;
  readonly gapIds: readonly string[];
}

/** GET /api/doctor */
export interface Diagnosis {
  /** null: there is no connection, or the EMR has never been read. */
  readonly evidence: {
    readonly readAt: string;
    readonly permissionVersion: string;
    readonly certainty: Certainty;
    readonly ageSeconds: number;
  } | null;
  readonly user: string | null;
  readonly features: readonly Feature[];
  readonly gaps: readonly Gap[];
  readonly lapsingSoon: readonly LapsingSoon[];
  readonly schedules: readonly CoverageRow[];
  readonly zone: string;
  readonly offsets: readonly ZoneOffset[];
  readonly now: string;
}

export type GateState = 'passes' | 'fails' | 'unknown';

/** One of the eight gates of docs/domain.md, section 5. */
export interface Gate {
  readonly gate: number;
  readonly state: GateState;
  readonly text: string;
  readonly detail: string | null;
  readonly gapId: string | null;
}

/** GET /api/doctor/:officeId/:providerId/:feature: *Why is this missing?* The first that fails is the answer; those that pass are told too. */
export interface WhyMissing extends DoctorSchedule {
  readonly feature: Feature;
  readonly state: FeatureState;
  readonly answer: Said;
  readonly gates: readonly Gate[];
}
