// The chart's resources as the rows that are staged for them, or the reason why they cannot be any; as rows.ts.
import { createHash } from 'node:crypto';
import { contentCheck, type MediaType, mediaTypeOf } from '../../platform/media.ts';
import { contentLimitBytes } from '../chart/content-limit.ts';
import type { FoundResource } from './read-resources.ts';
import type { Unusable } from './report.ts';
import {
  conceptText,
  dateIn,
  firstReferenced,
  idOf,
  instantIn,
  listOf,
  type Members,
  membersOf,
  referenced,
  saidAt,
  textOf,
  whyNoId,
} from './rows.ts';
import type { StagedRow, StagedValue } from './stage.ts';

const tidegate = 'https://tidegate.dev/fhir/StructureDefinition';
const extensionOf = (resource: FoundResource, name: string): Members =>
  listOf(resource['extension']).find(({ url }) => url === `${tidegate}/${name}`) ?? {};

const statuses = {
  DocumentReference: ['current', 'superseded', 'entered-in-error'],
  Encounter: [
    'planned',
    'arrived',
    'triaged',
    'in-progress',
    'onleave',
    'finished',
    'cancelled',
    'entered-in-error',
    'unknown',
  ],
  DiagnosticReport: [
    'registered',
    'partial',
    'preliminary',
    'final',
    'amended',
    'corrected',
    'appended',
    'cancelled',
    'entered-in-error',
    'unknown',
  ],
  Observation: [
    'registered',
    'preliminary',
    'final',
    'amended',
    'corrected',
    'cancelled',
    'entered-in-error',
    'unknown',
  ],
  Account: ['active', 'inactive', 'entered-in-error', 'on-hold', 'unknown'],
  ChargeItem: ['planned', 'billable', 'not-billable', 'aborted', 'billed', 'entered-in-error', 'unknown'],
  Coverage: ['active', 'cancelled', 'draft', 'entered-in-error'],
} as const;
type Kind = keyof typeof statuses;

interface Named {
  readonly people?: readonly unknown[];
  readonly places?: readonly unknown[];
  readonly patient?: unknown;
  readonly parent?: string | null;
}

/** What all kinds share. `own`: the members of the kind alone, or why it cannot be used. */
function rowOf(
  resource: FoundResource,
  kind: Kind,
  named: Named,
  own: Readonly<Record<string, StagedValue>>,
): StagedRow | Unusable {
  const { people = [], places = [], patient, parent = null } = named;
  const id = idOf(resource);
  const status = textOf(resource['status']);
  if (id === null) return whyNoId(resource);
  if (status === null || !statuses[kind].some((one) => one === status)) return 'status-unknown';
  const row = {
    said_at: saidAt(resource),
    kind,
    resource_id: id,
    practitioner: firstReferenced(people, 'Practitioner'),
    role: firstReferenced(people, 'PractitionerRole'),
    office: firstReferenced(places, 'Location'),
    patient: referenced(patient, 'Patient'),
    parent,
    status,
    own: JSON.stringify(own),
  };
  // An observation and a charge are of their report's or account's patient and pair.
  if (kind === 'Observation' || kind === 'ChargeItem') return { table: 'chart', row };
  if (row.patient === null) return 'no-patient';
  return row.practitioner === null && row.role === null ? 'no-practitioner' : { table: 'chart', row };
}

const onlyId = (reference: unknown, type: string): string | null => {
  const found = referenced(reference, type);
  return found?.startsWith('?') ? null : found;
};

/** Decoded, judged by its first bytes and measured; undefined where it cannot be kept. */
function contentRow(
  said_at: Date | null,
  kind: 'Binary' | 'DocumentReference',
  binary_id: string,
  contentType: unknown,
  data: unknown,
): StagedRow | undefined {
  const mediaType: MediaType | undefined = mediaTypeOf(textOf(contentType) ?? undefined);
  if (!mediaType || typeof data !== 'string' || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(data)) return undefined;
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length === 0 || bytes.length > contentLimitBytes || !contentCheck(mediaType)(bytes, true)) return undefined;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    table: 'content',
    row: {
      said_at,
      kind,
      binary_id,
      media_type: mediaType,
      bytes: bytes.length,
      sha256,
      data: bytes.toString('base64'),
    },
  };
}

export function binaryRow(resource: FoundResource): StagedRow | Unusable {
  const id = idOf(resource);
  if (id === null) return whyNoId(resource);
  return contentRow(saidAt(resource), 'Binary', id, resource['contentType'], resource['data']) ?? 'content-unusable';
}

/** A content that lies in its document gets an id made from the document's: the same in every import. */
export function documentRows(resource: FoundResource): readonly StagedRow[] | Unusable {
  const [content, ...more] = listOf(resource['content']);
  const attachment = membersOf(content?.['attachment']);
  const title = textOf(resource['description']) ?? textOf(attachment['title']) ?? conceptText(resource['type']);
  const filedAt = instantIn(resource['date']);
  const url = onlyId({ reference: attachment['url'] }, 'Binary');
  const id = idOf(resource);
  const inline = `in-${createHash('md5')
    .update(id ?? '')
    .digest('hex')}`;
  const own = {
    binary_id: url ?? inline,
    folder: conceptText(listOf(resource['category'])[0]) ?? conceptText(resource['type']) ?? title,
    title,
    filed_at: filedAt?.toISOString(),
  };
  const authors = Array.isArray(resource['author']) ? resource['author'] : [];
  const row = rowOf(resource, 'DocumentReference', { people: authors, patient: resource['subject'] }, own);
  if (typeof row === 'string') return row;
  if (title === null) return 'no-name';
  if (filedAt === null) return 'no-time';
  if (more.length > 0) return 'content-unusable';
  if (url !== null) return [row];
  const data = contentRow(saidAt(resource), 'DocumentReference', inline, attachment['contentType'], attachment['data']);
  return data ? [row, data] : 'content-unusable';
}

/** What was written at a visit. An Encounter that carries no note is a visit and no entry of the chart. */
export const noteIn = (resource: FoundResource): string | null =>
  textOf(extensionOf(resource, 'encounter-note')['valueString']);

export function noteRow(resource: FoundResource): StagedRow | Unusable {
  const period = membersOf(resource['period']);
  const [start, end] = [instantIn(period['start']), instantIn(period['end'])];
  if (start === null || (end !== null && end < start)) return 'no-time';
  const people = listOf(resource['participant']).map((one) => one['individual']);
  const places = listOf(resource['location']).map((one) => one['location']);
  return rowOf(
    resource,
    'Encounter',
    { people, places, patient: resource['subject'] },
    {
      type_text: conceptText(listOf(resource['type'])[0]),
      note: noteIn(resource),
      start_at: start.toISOString(),
      end_at: end?.toISOString(),
    },
  );
}

const effectiveAt = (resource: FoundResource): Date | null =>
  instantIn(resource['effectiveDateTime']) ?? instantIn(membersOf(resource['effectivePeriod'])['start']);

const performers = (resource: FoundResource): readonly unknown[] =>
  Array.isArray(resource['performer']) ? resource['performer'] : [];

export function reportRow(resource: FoundResource): StagedRow | Unusable {
  const name = conceptText(resource['code']);
  const effective = effectiveAt(resource);
  if (name === null) return 'no-name';
  if (effective === null) return 'no-time';
  const results = Array.isArray(resource['result']) ? resource['result'] : [];
  return rowOf(
    resource,
    'DiagnosticReport',
    { people: performers(resource), patient: resource['subject'] },
    {
      name,
      conclusion: textOf(resource['conclusion']),
      effective_at: effective.toISOString(),
      issued_at: (instantIn(resource['issued']) ?? effective).toISOString(),
      results: results
        .map((one) => onlyId(one, 'Observation'))
        .filter((one) => one !== null)
        .join(' '),
    },
  );
}

const numberIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const interpretations = ['N', 'L', 'H', 'LL', 'HH', 'A', 'AA'];

export function observationRow(resource: FoundResource): StagedRow | Unusable {
  const name = conceptText(resource['code']);
  const effective = effectiveAt(resource);
  const quantity = membersOf(resource['valueQuantity']);
  const number = numberIn(quantity['value']);
  const text = textOf(resource['valueString']) ?? conceptText(resource['valueCodeableConcept']);
  const loinc = textOf(
    listOf(membersOf(resource['code'])['coding']).find(({ system }) => system === 'http://loinc.org')?.['code'],
  );
  const range = listOf(resource['referenceRange'])[0] ?? {};
  const [low, high] = [numberIn(membersOf(range['low'])['value']), numberIn(membersOf(range['high'])['value'])];
  const coded = listOf(listOf(resource['interpretation'])[0]?.['coding']).map(({ code }) => textOf(code));
  if (name === null) return 'no-name';
  if (effective === null) return 'no-time';
  if (number === null && text === null) return 'no-value';
  const isRange = number !== null && (low === null || high === null || low <= high);
  return rowOf(
    resource,
    'Observation',
    {},
    {
      name,
      loinc: loinc !== null && /^\d{1,7}-\d$/.test(loinc) ? loinc : null,
      value_number: number,
      value_text: number === null ? text : null,
      unit: number === null ? null : (textOf(quantity['unit']) ?? textOf(quantity['code'])),
      range_low: isRange ? low : null,
      range_high: isRange ? high : null,
      interpretation: coded.find((code) => code !== null && interpretations.includes(code)) ?? null,
      effective_at: effective.toISOString(),
    },
  );
}

const scheduleOf = (resource: FoundResource): readonly unknown[] => [
  extensionOf(resource, 'provider-schedule')['valueReference'],
];

export function accountRow(resource: FoundResource): StagedRow | Unusable {
  const subjects = Array.isArray(resource['subject']) ? resource['subject'] : [];
  const patient = subjects.find((one) => referenced(one, 'Patient') !== null);
  return rowOf(resource, 'Account', { people: [...scheduleOf(resource), ...subjects], places: subjects, patient }, {});
}

const centsIn = (money: unknown): number | null => {
  const value = numberIn(membersOf(money)['value']);
  return value === null ? null : Math.round(value * 100);
};

export function chargeRow(resource: FoundResource): StagedRow | Unusable {
  const description = conceptText(resource['code']);
  const said = textOf(resource['occurrenceDateTime']) ?? textOf(membersOf(resource['occurrencePeriod'])['start']);
  const occurredOn = dateIn(said?.slice(0, 10));
  const amount = centsIn(resource['priceOverride']);
  const paid = centsIn(extensionOf(resource, 'amount-paid')['valueMoney']) ?? 0;
  const quantity = numberIn(membersOf(resource['quantity'])['value']) ?? 1;
  const account = Array.isArray(resource['account']) ? resource['account'][0] : undefined;
  const parent = onlyId(account, 'Account');
  if (description === null) return 'no-name';
  if (occurredOn === null) return 'no-time';
  if (parent === null) return 'no-account';
  const isAmount = amount !== null && amount >= 0 && amount <= 1e9 && paid >= 0 && paid <= amount;
  if (!isAmount || !Number.isInteger(quantity) || quantity < 1 || quantity > 10_000) return 'amount-unusable';
  const own = { description, occurred_on: occurredOn, quantity, amount_cents: amount, paid_cents: paid };
  return rowOf(resource, 'ChargeItem', { parent }, own);
}

export function coverageRow(resource: FoundResource): StagedRow | Unusable {
  const payor = textOf(listOf(resource['payor'])[0]?.['display']);
  const period = membersOf(resource['period']);
  const [start, end] = [period['start'], period['end']].map((one) => dateIn(textOf(one)?.slice(0, 10)));
  if (payor === null) return 'no-name';
  if (start && end && end < start) return 'no-time';
  return rowOf(
    resource,
    'Coverage',
    { people: scheduleOf(resource), patient: resource['beneficiary'] },
    {
      payor,
      type_text: conceptText(resource['type']),
      subscriber_number: textOf(resource['subscriberId']),
      start_on: start ?? null,
      end_on: end ?? null,
    },
  );
}
