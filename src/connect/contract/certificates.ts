import type { Column } from '../../fhir/columns.ts';
import type { DoctorSchedule, FeatureState, GapCause } from './doctor.ts';
import type { Feature } from './features.ts';
import type { Certainty, Said, SyncMode } from './sync.ts';
import type { ZoneOffset } from './zone-offset.ts';

/**
 * passed: it was tried, and it worked. failed: it was tried, and it did not. not-probed: trying would have written into the EMR, or there is
 * nothing that could be asked; the cells that it needs are held.
 */
export type ProbeResult = 'passed' | 'failed' | 'not-probed';

/** What was asked for one feature of one schedule, and what came of it. Nothing of a patient: numbers, and ids of roles and runs. */
export interface Probe {
  readonly officeId: string;
  readonly providerId: string;
  readonly feature: Feature;
  readonly result: ProbeResult;
  readonly at: string;
  /** A key of the catalogue with its parameters, so that it reads in either language. */
  readonly said: { readonly key: string; readonly params: Readonly<Record<string, string | number>> };
}

export interface CertifiedCell extends DoctorSchedule {
  readonly column: Column;
  readonly before: boolean;
  readonly after: boolean;
}

export interface CertifiedFeature extends DoctorSchedule {
  readonly feature: Feature;
  readonly before: FeatureState;
  readonly after: FeatureState;
  readonly probe: Probe;
}

/** Bookings of one schedule on the portal's pages, and kept out of sight. */
export interface CertifiedCount extends DoctorSchedule {
  readonly before: { readonly shown: number; readonly hidden: number };
  readonly after: { readonly shown: number; readonly hidden: number };
}

/** What a certificate says; the file is this, signed. */
export interface CertificateContent {
  readonly type: 'tidegate-certificate';
  readonly version: 1;
  readonly certificateId: string;
  readonly issuedAt: string;
  readonly site: string;
  readonly zone: string;
  readonly emr: { readonly baseUrl: string; readonly tenantId: string; readonly user: string };
  readonly gap: {
    readonly gapId: string;
    readonly cause: GapCause;
    readonly openedAt: string;
    /** The first reading that no longer showed it. */
    readonly healedAt: string;
  };
  readonly needManifestVersion: number;
  readonly cells: readonly CertifiedCell[];
  readonly features: readonly CertifiedFeature[];
  readonly counts: readonly CertifiedCount[];
  readonly evidence: {
    readonly permissionVersionBefore: string;
    readonly permissionVersionAfter: string;
    readonly certainty: Certainty;
    /** Runs since the gap was first seen that read its schedules. */
    readonly runs: readonly {
      readonly runId: string;
      readonly mode: SyncMode;
      readonly state: string;
      readonly endedAt: string;
    }[];
  };
}

/** GET /api/gap-history */
export interface GapHistory {
  readonly entries: readonly {
    readonly gapId: string;
    readonly cause: GapCause;
    readonly title: string;
    readonly openedAt: string;
    readonly closedAt: string;
    readonly ending: 'proved' | 'gone' | 'withdrawn';
    readonly certificateId: string | null;
  }[];
}

/** GET /api/certificates/:id: what the file says, in the reader's words, and the file itself. */
export interface CertificateView {
  readonly content: CertificateContent;
  /** The flattened JWS (RFC 7515) as it is saved. */
  readonly document: string;
  readonly keyId: string;
  /** Of each probe, in the order of `content.features`. */
  readonly said: readonly Said[];
  readonly title: string;
  readonly offsets: readonly ZoneOffset[];
}
