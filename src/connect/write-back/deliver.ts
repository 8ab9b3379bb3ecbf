// One write-back, from the claim to where it rests. The machine that it follows, its invariants and its steps: delivery-machine.ts.
import type { Pool, PoolClient } from 'pg';
import { bitOf, type ColumnSet } from '../../fhir/columns.ts';
import { type WithheldCell, withheldCellsIn } from '../../fhir/outcome.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { waitMs } from '../../platform/back-off.ts';
import type { Clock } from '../../platform/clock.ts';
import { asSite, files, outbox, recordAudit } from '../../portal/index.ts';
import type { EmrClient, ResourceAnswer } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { type FhirResource, stagedBookingOf } from '../emr-client/resources.ts';
import { noteAnswer, noteFailure } from './breaker.sql.ts';
import { type Creation, deliveries } from './deliveries.ts';
import { type DeliveryStep, stateAfter } from './delivery-machine.ts';
import { beforeParking, wakeByRoster } from './waking.ts';

export interface DeliveryContext {
  /** Role portal_sync. */
  readonly pool: Pool;
  readonly clock: Clock;
  /** Names this deliverer in the leases that it holds. */
  readonly owner: string;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  readonly firstWaitMs?: number | undefined;
  readonly onStep?: ((step: DeliveryStep) => void | Promise<void>) | undefined;
}

/** An EMR that says 412 again and again to the version that it gave a moment ago does not mean it. */
const generationsAtMost = 10;
/** What waits for an EMR that is well again comes within this time. */
const hurryWithinMs = 5_000;

type TaskReason = Parameters<typeof outbox.insertTask>[2];

/** What came of one look or one request. */
type Result =
  | { readonly event: 'request'; readonly request: outbox.KeptRequest }
  | { readonly event: 'done' | 'already'; readonly booking: outbox.AcknowledgedBooking | null }
  | { readonly event: 'refused'; readonly missing: ColumnSet; readonly asOf: Date | null }
  | { readonly event: 'changed' }
  | { readonly event: 'hopeless'; readonly reason: TaskReason; readonly now?: outbox.FoundBooking }
  /** answered: the EMR is well, and is asked again all the same. */
  | { readonly event: 'failed'; readonly error: EmrError; readonly answered: boolean };

interface Work {
  readonly context: DeliveryContext;
  readonly client: EmrClient;
  readonly signal: AbortSignal;
}

/** Delivers a claimed row until it rests. Throws LeaseLost, the signal's reason, and what is ours and unforeseen. */
export async function deliver(work: Work, claimed: outbox.WriteBack): Promise<void> {
  await step(work, 'claimed');
  for (let row = claimed; row.state === 'sending' || row.state === 'conflict'; ) {
    row = await settle(work, row, await attempt(work, row));
  }
  await step(work, 'noted');
}

async function step({ context, signal }: Work, name: DeliveryStep): Promise<void> {
  signal.throwIfAborted();
  await context.onStep?.(name);
}

async function attempt(work: Work, row: outbox.WriteBack): Promise<Result> {
  try {
    // Unsent, there is nothing to ask again: look first. A kept request may have been carried out: only asking it again tells (D1).
    return row.request === null ? await look(work, row) : await send(work, row, row.request);
  } catch (error) {
    if (!(error instanceof EmrError)) throw error;
    return { event: 'failed', error, answered: false };
  }
}

/** Reads what is to be changed, and says by what request. */
async function look(work: Work, row: outbox.WriteBack): Promise<Result> {
  const delivery = deliveries[row.kind];
  if ('type' in delivery) return make(work, row, delivery);
  const { path, judge } = delivery;
  const answer = await work.client.read(path(row));
  await step(work, 'read');
  const { status, resource, version } = answer;
  if (status === 410) return { event: 'hopeless', reason: 'deleted' };
  if (status === 403 || status === 404) return refusal(work, row, answer);
  if (status !== 200 || !resource || version === undefined) return { event: 'hopeless', reason: 'not-taken' };
  const finding = judge(row, resource);
  switch (finding.found) {
    case 'as-wanted':
      return { event: 'already', booking: finding.booking };
    case 'different':
      return { event: 'hopeless', reason: 'changed', now: finding.now };
    case 'unreadable':
      return { event: 'hopeless', reason: 'not-taken' };
    case 'as-seen': {
      const until = outbox.sensibleUntil(row.kind, row.requestedAt, row.seenStartAt);
      if (until && until <= work.context.clock.now()) return { event: 'hopeless', reason: 'too-late' };
      return { event: 'request', request: { path: path(row), ifMatch: version, body: finding.body } };
    }
  }
}

/** What makes something new has nothing to read but who the pair is; content goes before, and is nothing until a document names it. */
async function make(work: Work, row: outbox.WriteBack, { type, body }: Creation): Promise<Result> {
  const { context, client } = work;
  const query = new URLSearchParams({ practitioner: row.providerId, location: row.officeId });
  const answer = await client.read(`PractitionerRole?${query}`);
  await step(work, 'read');
  const [found] = (answer.resource?.['entry'] ?? []) as readonly { readonly resource?: FhirResource }[];
  const roleId = found?.resource?.resourceType === 'PractitionerRole' ? found.resource.id : undefined;
  if (answer.status !== 200 || roleId === undefined) return refusal(work, row, { ...answer, status: 404 });
  const role = `PractitionerRole/${roleId}`;
  let binary: string | null = null;
  const { fileId } = row;
  const filing =
    fileId === null ? null : await asSite(context.pool, row.siteId, (tx) => outbox.findFiling(tx, row.siteId, fileId));
  if (filing) {
    const sent = await client.upload({
      mediaType: filing.mediaType,
      securityContext: role,
      open: () => files.readChunks(context.pool, row.siteId, filing.fileId),
    });
    if (sent.status === 403 || sent.status === 404) return refusal(work, row, sent);
    if (sent.status >= 300 || sent.binaryId === undefined) return { event: 'hopeless', reason: 'not-taken' };
    binary = `Binary/${sent.binaryId}`;
  }
  const request = { path: type, ifMatch: null, keptAt: context.clock.now().toISOString() };
  return { event: 'request', request: { ...request, body: body(row, { role, binary, filing }) } };
}

/** Of one write-back the first request has its id for a key; one that follows a request that was not carried out has a key of its own. */
const keyOf = ({ writeBackId, generation }: outbox.WriteBack): string =>
  generation === 1 ? writeBackId : `${writeBackId}.${generation}`;

async function send(work: Work, row: outbox.WriteBack, request: outbox.KeptRequest): Promise<Result> {
  const { path, ifMatch, body } = request;
  const idempotencyKey = keyOf(row);
  if (ifMatch === null) {
    const answer = await work.client.create(path, { body, idempotencyKey });
    await step(work, 'answered');
    return made(work, row, request, answer);
  }
  const answer = await work.client.update(path, { ifMatch, body, idempotencyKey });
  await step(work, 'answered');
  const { status } = answer;
  if (status < 300) return { event: 'done', booking: acknowledgedBy(answer, body) };
  if (status === 412) {
    return row.generation < generationsAtMost ? { event: 'changed' } : { event: 'hopeless', reason: 'not-taken' };
  }
  if (status === 403 || status === 404) return refusal(work, row, answer);
  return { event: 'hopeless', reason: status === 410 ? 'deleted' : 'not-taken' };
}

/** Content that no document names is swept after a while; then it is sent anew with another request, a few times. */
const contentsAtMost = 3;
/** An EMR remembers the keys of a day. Later it can no longer be asked whether a request was carried out. */
const keyLastsMs = 23 * 60 * 60_000;

function made(
  work: Work,
  row: outbox.WriteBack,
  { keptAt }: outbox.KeptRequest,
  answer: ResourceAnswer,
): Promise<Result> | Result {
  const { status } = answer;
  if (status < 300) return { event: 'done', booking: null };
  if (status === 403 || status === 404) return refusal(work, row, answer);
  const isFresh = work.context.clock.now().getTime() - Date.parse(keptAt ?? '') < keyLastsMs;
  if (status === 400 && row.fileId !== null && isFresh && row.generation < contentsAtMost) return { event: 'changed' };
  return { event: 'hopeless', reason: 'not-taken' };
}

/** An EMR may take what it was given without repeating it, or without being allowed to show it any more: then it is as it was given. */
function acknowledgedBy({ resource, version, lastUpdated }: ResourceAnswer, body: unknown): outbox.AcknowledgedBooking {
  const booking = stagedBookingOf((resource ?? body) as NonNullable<ResourceAnswer['resource']>);
  if (!booking || version === undefined) throw new EmrError('data', 'sync.emr.not-fhir');
  const { status, participation } = booking;
  return { status, participation, version, lastUpdated };
}

/** 403 or 404: which cells lack, by the EMR's own coverage; where it has none, by its refusal. */
async function refusal({ client }: Work, row: outbox.WriteBack, { status, resource }: ResourceAnswer): Promise<Result> {
  const { needs } = deliveries[row.kind];
  const named = missingIn(withheldCellsIn(resource), row, needs);
  const coverage = await coverageOf(client);
  const missing = coverage ? needs & ~heldBy(coverage, row) : named;
  if (missing !== 0) return { event: 'refused', missing, asOf: coverage ? new Date(coverage.asOf) : null };
  // Refused a moment ago and held now: a grant may have come between. Asked again; the second time it is no accident.
  if (row.failures === 0) {
    return { event: 'failed', error: new EmrError('permission', 'sync.emr.forbidden'), answered: true };
  }
  return { event: 'hopeless', reason: status === 404 ? 'not-found' : 'refused' };
}

async function coverageOf(client: EmrClient): Promise<PermissionCoverage | undefined> {
  try {
    return await client.coverage();
  } catch (error) {
    if (error instanceof EmrError && error.failure === 'permission') return undefined;
    throw error;
  }
}

const heldBy = ({ schedules }: PermissionCoverage, row: outbox.WriteBack): ColumnSet =>
  schedules.find((one) => one.officeId === row.officeId && one.providerId === row.providerId)?.columnsHeld ?? 0;

/** A cell without its provider or column stands for all of them. */
function missingIn(cells: readonly WithheldCell[], row: outbox.WriteBack, needs: ColumnSet): ColumnSet {
  return cells
    .filter((cell) => cell.officeId === row.officeId && (cell.providerId ?? row.providerId) === row.providerId)
    .reduce((set, { column }) => set | (column === undefined ? needs : bitOf[column]), 0);
}

/** Writes down what came of it, in one transaction with all that follows from it. */
async function settle(work: Work, row: outbox.WriteBack, result: Result): Promise<outbox.WriteBack> {
  const { context } = work;
  await step(work, 'judged');
  if (result.event === 'request') {
    const kept = await asSite(context.pool, row.siteId, (tx) =>
      outbox.record(tx, context.owner, row, {
        // Out of a conflict this is 'same'; a first request leaves it sending.
        state: row.state === 'conflict' ? stateAfter(row.state, 'same') : row.state,
        request: result.request,
        sends: 1,
      }),
    );
    await step(work, 'kept');
    return kept;
  }
  const state = stateAfter(row.state, result.event);
  return asSite(context.pool, row.siteId, async (tx) => {
    const after = await settleIn(tx, work, row, state, result);
    const answered = result.event !== 'failed' || result.answered;
    if (answered && (await noteAnswer(tx, row))) await outbox.hurry(tx, row, hurryWithinMs);
    await step(work, 'before-commit');
    return after;
  });
}

async function settleIn(
  tx: PoolClient,
  { context }: Work,
  row: outbox.WriteBack,
  state: outbox.WriteBack['state'],
  result: Exclude<Result, { readonly event: 'request' }>,
): Promise<outbox.WriteBack> {
  const { owner, random, firstWaitMs: firstMs } = context;
  const rest = { request: null, sends: 0, failures: 0, problem: null, missingColumns: 0 };
  switch (result.event) {
    case 'done':
    case 'already': {
      if (result.booking) await waitForRuns(tx, row);
      const after = await outbox.record(tx, owner, row, { ...rest, state, already: result.event === 'already' });
      if (result.booking) await outbox.applyAcknowledged(tx, row, result.booking);
      await audit(tx, row, 'acknowledge', { version: result.booking?.version, already: result.event === 'already' });
      return after;
    }
    case 'changed':
      // The EMR said of this key that it was not carried out; the next request is another one (D2).
      return outbox.record(tx, owner, row, { ...rest, state, generation: row.generation + 1 });
    case 'refused': {
      await beforeParking(tx, row);
      // Sent more than once, one of the earlier ones may have been carried out: then only the same again tells (D1).
      const kept = row.sends > 1 ? {} : { request: null, sends: 0, generation: row.generation + (row.request ? 1 : 0) };
      const parked = await outbox.record(tx, owner, row, {
        ...kept,
        state,
        failures: 0,
        problem: null,
        missingColumns: result.missing,
      });
      if (result.asOf) await wakeByRoster(tx, row, result.asOf);
      return parked;
    }
    case 'hopeless': {
      const after = await outbox.record(tx, owner, row, { ...rest, state });
      if (outbox.needsPerson(row.kind)) await outbox.insertTask(tx, row, result.reason, result.now);
      await audit(tx, row, 'give-up', { reason: result.reason });
      return after;
    }
    case 'failed': {
      const { key, params, retryAfterMs } = result.error;
      const wait = (failures: number) => waitMs(failures, random(), { firstMs });
      if (!result.answered) await noteFailure(tx, row, { waitMs: wait, retryAfterMs });
      const failures = row.failures + 1;
      return outbox.record(tx, owner, row, {
        state,
        failures,
        problem: { key, params },
        waitMs: waitMs(failures, random(), { retryAfterMs, firstMs }),
      });
    }
  }
}

/** A run that is applying holds the connection: without this wait its older reading could be written over what was acknowledged. */
async function waitForRuns(tx: PoolClient, { siteId, connectionId }: outbox.WriteBack): Promise<void> {
  await tx.query('select from connect.connection where site_id = $1 and connection_id = $2 for key share', [
    siteId,
    connectionId,
  ]);
}

const audit = (tx: PoolClient, row: outbox.WriteBack, act: 'acknowledge' | 'give-up', after: object): Promise<void> =>
  recordAudit(tx, {
    siteId: row.siteId,
    userId: null,
    action: `${act}-${row.kind}`,
    entity: 'booking',
    entityId: row.bookingId,
    after: { writeBackId: row.writeBackId, ...after },
  });
