import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';
import type { ZoneOffset } from './zone-offset.ts';

/** slice: one provider in one office. */
export const syncModes = ['recent', 'full', 'slice'] as const;
export type SyncMode = (typeof syncModes)[number];

/** What began a run: a person or a command, the time, the EMR's announcement, or what another run found. */
export const runCauses = ['asked', 'interval', 'announced', 'follow-up'] as const;
export type RunCause = (typeof runCauses)[number];

/** proved: the EMR says what our user may see. evidence: it does not, and what is absent is explained by nobody. */
export const certainties = ['proved', 'evidence'] as const;
export type Certainty = (typeof certainties)[number];

export const runStates = [
  'queued',
  'running',
  'complete',
  'complete-with-gaps',
  'waiting-for-decision',
  'failed',
] as const;
export type RunState = (typeof runStates)[number];

/** A sentence already put into the reader's language by the server. */
export interface Said {
  readonly key: string;
  readonly text: string;
}

export interface RunSummary {
  readonly runId: string;
  readonly mode: SyncMode;
  /** Of a run of one slice; null: it is of all that is selected. */
  readonly slice: { readonly officeId: string; readonly providerId: string } | null;
  readonly cause: RunCause;
  readonly state: RunState;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Display name of who asked; null: nobody of this site. */
  readonly requestedBy: string | null;
  readonly fetched: number;
  readonly created: number;
  readonly updated: number;
  readonly problem: Said | null;
  /** Under which it read; null: it did not come so far. */
  readonly certainty: Certainty | null;
}

export interface RunProgress {
  /** 0 to 1; null while it cannot be known. */
  readonly fraction: number | null;
  readonly schedulesDone: number;
  readonly schedulesTotal: number;
  readonly bookingsRead: number;
  readonly bookingsPerSecond: number | null;
  readonly secondsLeft: number | null;
}

export const sliceOutcomes = [
  'complete',
  'partly',
  'cannot-be-read',
  'needs-full',
  'waiting',
  'failed',
  'not-selected',
] as const;
export type SliceOutcome = (typeof sliceOutcomes)[number];

/** One row of *Schedules*: a provider in an office, with what is missing by name. */
export interface SliceStatus {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly outcome: SliceOutcome;
  readonly missingColumns: ColumnSet;
  /** Of those, what is not ticked at the EMR: after Access Until, and outside the office, ticks that are there open nothing. */
  readonly untickedColumns: ColumnSet;
  /** The integration user belongs to the office. */
  readonly member: boolean;
  /** The last day on which a lapsed grant held. */
  readonly lapsedOn: string | null;
  readonly matchedAsOf: string | null;
  readonly shown: number;
  /** Bookings kept and not listed since visibility was lost: "at least". */
  readonly keptInvisible: number;
  /** Bookings listed by the EMR with the patient masked (Patient missing). */
  readonly withheld: number;
  /** Of those shown: the EMR lists them no more and has not said that they are gone. */
  readonly unconfirmed: number;
  readonly created: number;
  readonly updated: number;
  /** Why, in one sentence, naming the cells; null when there is nothing to say. */
  readonly reason: Said | null;
  readonly certainty: Certainty;
}

/** What the bar is: colour is never the only sign, the words and the icon follow from `state`. */
export type BarState = 'no-connection' | 'idle' | 'running' | 'gaps' | 'waiting' | 'failed';

/** A provider of the EMR about whom nobody has chosen yet. */
export interface NewProvider {
  readonly providerId: string;
  readonly display: string;
  readonly offices: readonly string[];
  readonly since: string;
}

/** POST /api/undecided-providers/:providerId → 204; 409 when somebody chose before. */
export const newProviderChoice = z.object({ choice: z.enum(['select', 'leave']) });

/** What waits for a Site Admin: of each schedule, how many bookings the EMR lists no more. */
export interface WaitingRun {
  readonly runId: string;
  readonly mode: SyncMode;
  readonly endedAt: string;
  readonly schedules: readonly {
    readonly officeId: string;
    readonly officeName: string;
    readonly providerId: string;
    readonly providerDisplay: string;
    readonly absent: number;
    readonly known: number;
  }[];
}

/** GET /api/schedules/:officeId/:providerId/unconfirmed: the nearest first, in the site's time; more than are listed there may be. */
export interface UnconfirmedBookings {
  readonly total: number;
  readonly bookings: readonly {
    readonly bookingId: string;
    readonly date: string;
    readonly time: string;
    readonly since: string;
  }[];
}

/** POST /api/schedules/:officeId/:providerId/release → { released }: what was seen, and no more than that. */
export const releaseRequest = z.object({ bookingIds: z.array(z.string().min(1).max(64)).min(1).max(1000) });

/** Whether the EMR tells us at once. none: it makes no subscriptions, or none was made yet. */
export interface AnnouncementState {
  readonly state: 'on' | 'asked' | 'refused' | 'none';
  readonly heardAt: string | null;
  readonly problem: Said | null;
}

/** Steps of the chart of freshness and volume. */
export const historyPeriods = {
  day: { stepSeconds: 3600, steps: 24 },
  week: { stepSeconds: 6 * 3600, steps: 28 },
} as const;
export type HistoryPeriod = keyof typeof historyPeriods;
export const historyQuery = z.object({ period: z.enum(['day', 'week']).default('day') });

/** GET /api/sync-history?period=day|week */
export interface SyncHistory {
  readonly period: HistoryPeriod;
  readonly steps: readonly {
    readonly from: string;
    /** The step's beginning in the site's time. */
    readonly label: string;
    readonly runs: number;
    readonly failed: number;
    readonly created: number;
    readonly updated: number;
    /** Left the lists, for whatever reason. */
    readonly removed: number;
    /** Age, at the step's end, of the schedule read longest ago, of those that can be read now; null: one had not been read yet. */
    readonly oldestMinutes: number | null;
  }[];
}

/** GET /api/sync-status */
export interface SyncStatus {
  readonly bar: BarState;
  readonly connection: {
    readonly connectionId: string;
    readonly name: string;
    readonly baseUrl: string;
    /** What runs read under, and what that means where it is not proved. */
    readonly certainty: Certainty;
    readonly certaintyText: string | null;
  } | null;
  readonly siteName: string;
  /** IANA zone in which the instants of this answer are to be shown, and the server's rendering of them. */
  readonly zone: string;
  readonly now: string;
  readonly live: (RunSummary & { readonly progress: RunProgress }) | null;
  readonly queued: readonly SyncMode[];
  readonly last: RunSummary | null;
  readonly nextRunAt: string | null;
  readonly runs: readonly RunSummary[];
  readonly waiting: WaitingRun | null;
  readonly newProviders: readonly NewProvider[];
  readonly announcements: AnnouncementState;
  readonly schedules: readonly SliceStatus[];
  readonly books: {
    readonly shown: number;
    readonly skipped: number;
    readonly invisibleAtLeast: number;
    readonly gaps: number;
  };
  /** Of the site's zone, so that the browser does no zone arithmetic. */
  readonly offsets: readonly ZoneOffset[];
}

/** POST /api/sync-runs → 202 { runId, state }; beside a run of another kind it waits and starts next. One of its own kind that waits or goes already: 409 with extra.run. */
export const startRunRequest = z.discriminatedUnion('mode', [
  z.object({ mode: z.enum(['recent', 'full']) }),
  z.object({
    mode: z.literal('slice'),
    officeId: z.string().min(1).max(64),
    providerId: z.string().min(1).max(64),
  }),
]);
export type StartRunRequest = z.infer<typeof startRunRequest>;
export interface StartedRun {
  readonly runId: string;
  readonly state: 'queued' | 'running';
}
