// Bundles of requests. The entries of a batch stand alone, each in a transaction of its own, but for the bookings that it creates: those
// are placed together, with the same few statements, and still answered one by one. A transaction is one: all or nothing.
import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import type { Language } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import { renderError } from '../../platform/http/problem-response.ts';
import { newId } from '../../platform/ids.ts';
import { Problem, problem } from '../../platform/problem.ts';
import { type RecordedEntry, recordEntry } from '../audit/record-entry.ts';
import type { Caller } from '../oauth/caller.ts';
import { asPrincipal } from '../principal.ts';
import { type NewBooking, placeBookings } from '../scheduling/place-bookings.ts';
import { readAppointment } from './appointment-body.ts';
import type { BundleEntry } from './bundle-body.ts';
import type { FhirAnswer } from './fhir-answer.ts';
import { problemOutcome } from './outcome-response.ts';
import { answerRead } from './read-interactions.ts';
import { type AnswerWrite, answerCreated, answerWrite } from './write-answer.ts';
import { type WriteRequest, writableTypeOf, writeResource } from './write-interactions.ts';
import { type KeyedRequest, writeOnce } from './write-once.ts';
import { placed, type Written } from './write-resource.ts';
import type { Writing } from './writer.ts';

export interface BundleOptions extends Writing, AnswerWrite {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
  readonly language: Language;
}

type Answered = FhirAnswer | { readonly error: unknown };

export async function answerBatch(
  caller: Caller,
  entries: readonly BundleEntry[],
  options: BundleOptions,
): Promise<FhirAnswer> {
  const answers: Answered[] = [];
  const records = entries.map(recordOf);
  const together = entries.filter(isPlainBooking);
  const placedTogether = new Map<BundleEntry, Answered>();
  for (const [index, answer] of (await placeTogether(caller, together, options)).entries()) {
    placedTogether.set(together[index]!, answer);
  }
  for (const [index, entry] of entries.entries()) {
    const { within, answered } = records[index]!;
    const alone = () => within(() => attempt(() => answerEntry(caller, entry, options)));
    const answer = placedTogether.get(entry) ?? (await alone());
    answered(answer);
    answers.push(answer);
  }
  return { status: 200, headers: {}, body: bundleText('batch-response', answers, options) };
}

const recordOf = (entry: BundleEntry): RecordedEntry =>
  recordEntry(entry.kind === 'read' ? { method: 'GET', path: entry.path, query: entry.query.toString() } : entry);

const attempt = (work: () => Promise<FhirAnswer>): Promise<Answered> => work().catch((error: unknown) => ({ error }));

type WriteEntry = BundleEntry & { readonly kind: 'write' };

const isPlainBooking = (entry: BundleEntry): entry is WriteEntry =>
  entry.kind === 'write' && entry.method === 'POST' && entry.path === 'Appointment' && entry.ifNoneExist === undefined;

async function answerEntry(caller: Caller, entry: BundleEntry, options: BundleOptions): Promise<FhirAnswer> {
  const { lenient, language, pool } = options;
  if (entry.kind === 'read') return answerRead(options, caller, { ...entry, lenient, language });
  return asPrincipal(pool, caller, async (tx) =>
    answerWrite(tx, caller, await writeResource(tx, caller, entry, options), options),
  );
}

async function placeTogether(
  caller: Caller,
  entries: readonly WriteEntry[],
  options: BundleOptions,
): Promise<Answered[]> {
  if (entries.length === 0) return [];
  try {
    return await asPrincipal(options.pool, caller, async (tx) => {
      const read: (NewBooking | { readonly error: unknown })[] = [];
      for (const entry of entries) {
        try {
          writableTypeOf(caller, entry);
          read.push(await placed(tx, caller, readAppointment(entry.body, options)));
        } catch (error) {
          // A failed statement has ended the transaction; only what was refused before it got there concerns one entry alone.
          if (!(error instanceof Problem)) throw error;
          read.push({ error });
        }
      }
      const bookings = read.filter((one): one is NewBooking => !('error' in one));
      const made = bookings.length === 0 ? [] : await placeBookings(tx, caller, bookings, options);
      const ids = made.filter((one): one is string => typeof one === 'string');
      const answered = await answerCreated(tx, caller, 'Appointment', ids, options);
      const next = made.values();
      return read.map((one): Answered => {
        const id = 'error' in one ? one.error : next.next().value;
        return typeof id === 'string' ? answered.get(id)! : { error: id };
      });
    });
  } catch (error) {
    return entries.map(() => ({ error }));
  }
}

/** Deletions, then creations (of patients first, since bookings name them), then the rest: the order that FHIR has. */
const order = (entry: WriteEntry): number => {
  if (entry.method === 'DELETE') return 0;
  if (entry.method === 'POST') return entry.path === 'Patient' ? 1 : 2;
  return 3;
};

export async function answerTransaction(
  caller: Caller,
  entries: readonly BundleEntry[],
  keyed: KeyedRequest,
  options: BundleOptions,
): Promise<FhirAnswer> {
  const records = entries.map(recordOf);
  const answers = await asPrincipal(options.pool, caller, async (tx) => {
    const written = await writeOnce(tx, caller, keyed, async () => {
      const ids = new Map<string, string>();
      const numbered = entries.map((entry, index) => {
        // What is read beside what is being written would be of another moment than both.
        if (entry.kind === 'read') throw problem('invalid', 'fhir.read-in-transaction');
        const newIdOfEntry = entry.method === 'POST' ? newId() : undefined;
        if (newIdOfEntry && entry.fullUrl) ids.set(entry.fullUrl, `${entry.path}/${newIdOfEntry}`);
        return { entry, index, newId: newIdOfEntry };
      });
      const made: Written[] = [];
      for (const { entry, index, newId: id } of numbered.toSorted((a, b) => order(a.entry) - order(b.entry))) {
        const request: WriteRequest = { ...entry, body: withReferences(entry.body, ids), newId: id };
        const work = () => writeResource(tx, caller, request, options);
        const one = await records[index]!.within(work).catch((error: unknown) => {
          throw ofEntry(error, index);
        });
        // Where a condition was met by what is there already, the others refer to that.
        if (entry.fullUrl && entry.method === 'POST') ids.set(entry.fullUrl, `${one.type}/${one.id}`);
        made[index] = one;
      }
      return made;
    });
    const told: FhirAnswer[] = [];
    for (const [index, one] of written.entries()) {
      const answer = await answerWrite(tx, caller, one, options);
      records[index]!.answered(answer);
      told.push(answer);
    }
    return told;
  });
  return { status: 200, headers: {}, body: bundleText('transaction-response', answers, options) };
}

/** A copy in which each reference to an entry's fullUrl names what the entry becomes. */
function withReferences(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (ids.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => withReferences(one, ids));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      name === 'reference' && typeof one === 'string' ? (ids.get(one) ?? one) : withReferences(one, ids),
    ]),
  );
}

function ofEntry(error: unknown, index: number): unknown {
  if (!(error instanceof Problem)) return error;
  const place = `Bundle.entry[${index}]`;
  const { issues, expression, ...extra } = error.extra;
  const inside = (text: unknown) => `${place}.resource.${String(text).replace(/^[A-Za-z]+\./, '')}`;
  return new Problem(error.kind, error.key, error.params, {
    ...extra,
    expression: Array.isArray(expression) ? expression.map(inside) : [place],
    ...(Array.isArray(issues)
      ? { issues: issues.map((issue: { expression: string }) => ({ ...issue, expression: inside(issue.expression) })) }
      : {}),
  });
}

function bundleText(type: string, answers: readonly Answered[], options: BundleOptions): string {
  const entries = answers.map((answer) => ('error' in answer ? failureText(answer.error, options) : entryText(answer)));
  const entry = entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`;
  return `{"resourceType":"Bundle","type":"${type}"${entry}}`;
}

function entryText({ status, headers, body }: FhirAnswer): string {
  const response = {
    status: String(status),
    ...(headers['location'] === undefined ? {} : { location: headers['location'] }),
    ...(headers['etag'] === undefined ? {} : { etag: headers['etag'] }),
    ...(headers['last-modified'] === undefined
      ? {}
      : { lastModified: new Date(headers['last-modified']).toISOString() }),
  };
  return `{${body === null ? '' : `"resource":${body},`}"response":${JSON.stringify(response)}}`;
}

function failureText(error: unknown, { language, log }: BundleOptions): string {
  const { response, log: toLog } = renderError(error, language, 2 ** 20);
  if (toLog) log[toLog.level]({ err: error, errorId: toLog.errorId }, 'an entry of a batch failed');
  return JSON.stringify({ response: { status: String(response.status), outcome: problemOutcome(response.body) } });
}
