import { format, type Language, type MessageKey } from '../../language/messages.ts';
import type { BrokenReason } from './read-resources.ts';

/** Why a resource that could be read was not used. */
export type Unusable =
  | 'no-id'
  | 'id-not-fhir'
  | 'no-name'
  | 'no-practitioner'
  | 'no-location'
  | 'no-time'
  | 'no-office'
  | 'status-unknown'
  | 'zone-unknown'
  | 'practitioner-unknown'
  | 'office-unknown'
  | 'patient-unknown'
  | 'no-patient'
  | 'no-value'
  | 'no-report'
  | 'no-account'
  | 'no-content'
  | 'content-unusable'
  | 'content-of-another'
  | 'amount-unusable'
  | 'not-referred-to'
  | 'given-more-than-once'
  | 'id-of-another-schedule'
  | 'has-its-appointment'
  | 'not-a-past-visit'
  | 'encounters-not-asked-for'
  | 'clinic-is-set-up'
  | 'type-not-imported';

export interface TypeReport {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  /** Reason → how many. read = created + updated + unchanged + all of these. */
  readonly unusable: Partial<Record<Unusable, number>>;
}

export interface ImportReport {
  readonly types: Readonly<Record<string, TypeReport>>;
  /** What was done that no resource says in so many words. */
  readonly notes: {
    /** Offices for which neither the file nor the clinic names a zone. */
    zonesAssumed: number;
    /** Provider schedules made because a booking uses the pair. */
    schedulesMade: number;
    /** Patients whose general practitioner names no one provider schedule. */
    notAttached: number;
  };
  readonly broken: {
    total: number;
    /** The first hundred. */
    readonly first: { readonly file: string; readonly line: number; readonly reason: BrokenReason }[];
  };
  readonly files: number;
  /** As they lie on the disk. */
  readonly bytes: number;
  readonly seconds: number;
}

const listedBroken = 100;

export interface Tally {
  readonly types: Record<string, TypeReport>;
  readonly notes: ImportReport['notes'];
  readonly broken: ImportReport['broken'];
  typeOf(type: string): TypeReport;
  cannotUse(type: string, reason: Unusable, count?: number): void;
  cannotRead(file: string, line: number, reason: BrokenReason): void;
}

export function createTally(): Tally {
  const types: Record<string, TypeReport> = {};
  const broken: ImportReport['broken'] = { total: 0, first: [] };
  const typeOf = (type: string): TypeReport => {
    types[type] ??= { read: 0, created: 0, updated: 0, unchanged: 0, unusable: {} };
    return types[type];
  };
  return {
    types,
    notes: { zonesAssumed: 0, schedulesMade: 0, notAttached: 0 },
    broken,
    typeOf,
    cannotUse: (type, reason, count = 1) => {
      const { unusable } = typeOf(type);
      unusable[reason] = (unusable[reason] ?? 0) + count;
    },
    cannotRead: (file, line, reason) => {
      broken.total += 1;
      if (broken.first.length < listedBroken) broken.first.push({ file, line, reason });
    },
  };
}

/** The report for a person: a line a type, what could not be used and why, what was assumed, and where lines were broken. */
export function formatReport(report: ImportReport, language: Language): string {
  const { types, notes, broken, files, bytes, seconds } = report;
  const say = (key: MessageKey, params: Record<string, string | number> = {}) => format(language, key, params);
  const lines = [say('import.read', { files, megabytes: bytes / 1e6, seconds })];
  for (const [type, { read, created, updated, unchanged, unusable }] of Object.entries(types)) {
    lines.push(say('import.type', { type, read, created, updated, unchanged }));
    for (const [reason, count] of Object.entries(unusable))
      lines.push(`  ${say('import.unusable', { count, reason: say(`import.reason.${reason as Unusable}`) })}`);
  }
  if (notes.schedulesMade > 0) lines.push(say('import.schedules-made', { count: notes.schedulesMade }));
  if (notes.zonesAssumed > 0) lines.push(say('import.zones-assumed', { count: notes.zonesAssumed }));
  if (notes.notAttached > 0) lines.push(say('import.not-attached', { count: notes.notAttached }));
  for (const { file, line, reason } of broken.first)
    lines.push(say('import.broken', { file, line, reason: say(`import.broken.${reason}`) }));
  if (broken.total > broken.first.length)
    lines.push(say('import.broken-more', { count: broken.total - broken.first.length }));
  return lines.join('\n');
}
