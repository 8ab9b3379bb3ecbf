import { z } from 'zod';
import type { ColumnSet } from '../../fhir/columns.ts';
import { type MailReason, type MailState, mailStates } from './mails.ts';

/** What a template may name. `link` is where the patient answers: it belongs into a rule that lets patients confirm or cancel. */
export const placeholders = ['given', 'family', 'day', 'time', 'provider', 'office', 'clinic', 'link'] as const;
export type Placeholder = (typeof placeholders)[number];

/** Placeholders in `text` that do not exist; a brace that stands alone is one too. */
export function unknownPlaceholders(text: string): string[] {
  const rest = text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) =>
    (placeholders as readonly string[]).includes(name) ? '' : whole,
  );
  return [...rest.matchAll(/\{[^{}]{0,30}\}?|\}/g)].map(([found]) => found);
}

const names = (text: string, placeholder: Placeholder): boolean => text.includes(`{${placeholder}}`);

const known = (text: z.ZodString) =>
  text.superRefine((value, context) => {
    for (const found of unknownPlaceholders(value)) {
      context.addIssue({ code: 'custom', message: `unknown placeholder ${found}`, params: { placeholder: found } });
    }
  });
const subject = known(
  z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u),
);
const text = known(z.string().trim().min(1).max(5000));

export const ruleFields = z
  .object({
    name: z.string().trim().min(1).max(100),
    /** Before the appointment; 0: the same day; less: after it. */
    days: z.number().int().min(-60).max(60),
    /** None: every provider. */
    providerIds: z.array(z.string().max(64)).max(1000),
    typeTexts: z.array(z.string().trim().min(1).max(200)).max(200),
    /** All but `typeTexts`. */
    typesExcluded: z.boolean(),
    confirmation: z.boolean(),
    cancellation: z.boolean(),
    cancelNoticeMinutes: z.number().int().min(0).max(43_200),
    calendar: z.boolean(),
    /** Patients who have confirmed get it too. */
    alsoConfirmed: z.boolean(),
    subjectEn: subject,
    textEn: text,
    subjectFr: subject,
    textFr: text,
  })
  .superRefine((rule, context) => {
    const wantsLink = rule.confirmation || rule.cancellation;
    for (const field of ['textEn', 'textFr'] as const) {
      if (wantsLink !== names(rule[field], 'link')) {
        const message = wantsLink ? 'the link to answer is missing' : 'there is nothing to answer';
        context.addIssue({ code: 'custom', path: [field], message });
      }
    }
    for (const field of ['subjectEn', 'subjectFr'] as const) {
      if (names(rule[field], 'link')) context.addIssue({ code: 'custom', path: [field], message: 'no link here' });
    }
    if (rule.days < 0 && wantsLink) {
      context.addIssue({ code: 'custom', path: ['days'], message: 'after the appointment there is nothing to answer' });
    }
  });
export type RuleFields = z.infer<typeof ruleFields>;

/** PUT /api/reminders/rules/:id: `version` is the one that was read, 0 for a new one. It is saved; a new one is switched off. */
export const saveRuleRequest = z.object({ version: z.number().int().min(0), rule: ruleFields });
export type SaveRuleRequest = z.infer<typeof saveRuleRequest>;
/** POST /api/reminders/rules/:id/enabled */
export const switchRuleRequest = z.object({ version: z.number().int().min(1), enabled: z.boolean() });

export interface ReminderRule extends RuleFields {
  readonly ruleId: string;
  readonly enabled: boolean;
  readonly version: number;
}

const wallTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);
export const reminderSettingsFields = z.object({
  version: z.number().int().min(0),
  /** In the site's zone. */
  runAt: wallTime,
  quietFrom: wallTime,
  quietTo: wallTime,
  /** Test mode: every mail goes there and to no patient. */
  testAddress: z.email().max(254).nullable(),
  keepDays: z.number().int().min(30).max(3650),
});
export type ReminderSettings = z.infer<typeof reminderSettingsFields>;

/** GET /api/reminders */
export interface Reminders {
  readonly zone: string;
  readonly mayEdit: boolean;
  readonly rules: readonly ReminderRule[];
  readonly settings: ReminderSettings;
  readonly providers: readonly { readonly providerId: string; readonly display: string }[];
  /** Types of appointments that the site has. */
  readonly types: readonly string[];
}

/** Why a booking on a rule's day gets no reminder. */
export const skipReasons = [
  'gone',
  'other-provider',
  'other-type',
  'cancelled',
  'not-waiting',
  'unconfirmed',
  'no-patient',
  'too-late',
  'confirmed',
  'no-address',
  'bad-address',
  'refused-address',
  'opted-out',
  'already-sent',
  'one-a-day',
] as const;
export type SkipReason = (typeof skipReasons)[number];

export interface JudgedPatient {
  readonly bookingId: string;
  readonly patientDisplay: string | null;
  readonly date: string;
  readonly time: string;
  readonly officeName: string;
  readonly providerDisplay: string;
  readonly language: 'en' | 'fr';
}

/** A schedule of the rule's day that cannot be read in full. */
export interface InvisibleSchedule {
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  /** What Cloud Connect calls the reasons. */
  readonly gapIds: readonly string[];
  readonly missingColumns: ColumnSet;
  /** Bookings that were known before; there may be more. */
  readonly bookings: number;
}

/** POST /api/reminders/rules/:id/test: what the rule would do today. Nothing is sent. */
export interface RuleTest {
  readonly today: string;
  readonly appointmentDay: string;
  readonly runAt: string;
  readonly zone: string;
  readonly due: readonly JudgedPatient[];
  readonly dueCount: number;
  readonly skipped: readonly {
    readonly reason: SkipReason;
    readonly count: number;
    readonly patients: readonly JudgedPatient[];
  }[];
  readonly invisible: readonly InvisibleSchedule[];
}

/** GET /api/reminders/rules/:id/preview?language=en */
export interface RulePreview {
  readonly subject: string;
  readonly text: string;
}
export const previewRequest = z.object({ rule: ruleFields, language: z.enum(['en', 'fr']) });

/** GET /api/reminders/log?day=…&rule=…&outcome=… */
export const logQuery = z.object({
  rule: z.string().max(64).optional(),
  outcome: z.enum([...mailStates, 'skipped', 'invisible']).optional(),
  after: z.string().max(200).optional(),
});
/** moved, withdrawn: what followed a reminder with a calendar file up. */
export const logKinds = ['reminder', 'moved', 'withdrawn'] as const;
export type LogKind = (typeof logKinds)[number];

export interface LogEntry {
  readonly entryId: string;
  readonly kind: LogKind;
  readonly day: string;
  readonly ruleName: string;
  /** Of the mail; skipped and invisible have none. */
  readonly outcome: MailState | 'skipped' | 'invisible';
  readonly reason: SkipReason | MailReason | null;
  readonly bookings: number;
  readonly officeId: string;
  readonly officeName: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  /** Office time, 'YYYY-MM-DD HH:MM:SS'. */
  readonly start: string | null;
  /** null: invisible, or may not be shown at present. */
  readonly patientDisplay: string | null;
  readonly mailId: string | null;
  /** invisible: what Cloud Connect calls the reasons, as long as they last. */
  readonly gapIds: readonly string[];
}
export interface ReminderLog {
  readonly entries: readonly LogEntry[];
  readonly next: string | null;
}
