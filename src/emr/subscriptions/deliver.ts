// One claimed subscription is told what waits for it. At least once: what waits is taken from the queue after the address has answered
// that it was told, so a worker that dies in between leaves it to the next, and a client may be told twice, under the same webhook-id.
//
//   claim (lease) → look, as the subscription's user: what may be told → POST → one transaction: told or failed, given back
//
// What may not be told is taken from the queue without a word.
import { waitMs } from '../../platform/back-off.ts';
import { openSecret } from '../../platform/sealed.ts';
import { type Sent, send } from '../../platform/webhooks/send.ts';
import { signedHeaders } from '../../platform/webhooks/sign.ts';
import type { EmrContext } from '../context.ts';
import { asTenant } from '../oauth/credential.ts';
import { asPrincipal } from '../principal.ts';
import { parseCriteria } from './criteria.ts';
import { notificationBody, type Told } from './notification.ts';
import * as sql from './subscriptions.sql.ts';
import { tellable } from './tellable.ts';

/** More are told one after the other. */
const changesAtOnce = 100;

export interface Delivering {
  /** Tries in a row after which a subscription is off: with waits of up to ten minutes, about a day. */
  readonly triesAtMost: number;
  readonly firstWaitMs: number;
  readonly random: () => number;
}

export async function deliver(
  context: EmrContext,
  claimed: sql.ClaimedSubscription,
  owner: string,
  { triesAtMost, firstWaitMs, random }: Delivering,
): Promise<void> {
  const { pool, publicUrl, clock, sealingKey, announceTo } = context;
  const { tenantId, subscriptionId, status, content, endpoint } = claimed;
  const baseUrl = `${publicUrl}/fhir`;
  const fail = (problem: string, off: boolean) =>
    asTenant(pool, tenantId, (tx) =>
      sql.finishFailed(tx, claimed, owner, {
        problem,
        off,
        waitMs: waitMs(claimed.failures + 1, random(), { firstMs: firstWaitMs }),
      }),
    );
  const finish = (changes: readonly sql.QueuedChange[], sent: boolean) =>
    asTenant(pool, tenantId, (tx) => sql.finishTold(tx, claimed, owner, { changes, sent }));

  const kind = status === 'requested' ? 'handshake' : 'event-notification';
  const looked = kind === 'handshake' ? nothingYet : await look(context, claimed, baseUrl);
  if (!looked) return fail('criteria', true);
  if (kind === 'event-notification' && !looked.due) {
    await finish(looked.changes, false);
    return;
  }
  let secret: string;
  try {
    secret = openSecret(claimed.secretSealed, sealingKey, subscriptionId);
  } catch {
    return fail('secret', true);
  }
  const number = claimed.notified + 1;
  const body = notificationBody({ kind, subscriptionId, content, number, changes: looked.told }, baseUrl);
  // The same for what is told again, and only for that: what came on top since makes another of it.
  const id = `${subscriptionId}.${number}.${looked.mark ?? claimed.permissionVersion}`;
  const headers = {
    ...signedHeaders(secret, id, clock.now(), body),
    ...(body === '' ? {} : { 'content-type': 'application/fhir+json; charset=utf-8' }),
    'user-agent': 'Tidegate EMR',
  };
  const sent: Sent = await send(endpoint, { headers, body, rule: announceTo });
  if (sent === 'told') await finish(looked.changes, true);
  else await fail(sent, sent === 'gone' || sent === 'address-refused' || claimed.failures + 1 >= triesAtMost);
}

interface Looked {
  /** Whether there is anything to tell. */
  readonly due: boolean;
  readonly told: readonly Told[];
  /** What leaves the queue with it. */
  readonly changes: readonly sql.QueuedChange[];
  /** Of the last change; null: there is none. */
  readonly mark: string | null;
}

const nothingYet: Looked = { due: true, told: [], changes: [], mark: null };

/** undefined: the criteria are none any more. */
function look({ pool }: EmrContext, claimed: sql.ClaimedSubscription, baseUrl: string): Promise<Looked | undefined> {
  return asPrincipal(
    pool,
    claimed,
    async (tx) => {
      const criteria = readCriteria(claimed.criteria, baseUrl);
      if (!criteria) return undefined;
      if (criteria.watches === 'permissions') return nothingYet;
      const changes = await sql.listChanges(tx, claimed, changesAtOnce);
      const seen = await tellable(tx, claimed, criteria, changes);
      const { watches } = criteria;
      const told = seen
        .filter(({ resourceId }) => resourceId !== '*')
        .map(({ resourceId, deleted }) => ({ type: watches, id: resourceId, deleted }));
      return { due: seen.length > 0, told, changes, mark: changes.at(-1)?.number ?? null };
    },
    { readOnly: true },
  );
}

function readCriteria(text: string, baseUrl: string) {
  try {
    return parseCriteria(text, baseUrl);
  } catch {
    // Written for an earlier version of this server.
    return undefined;
  }
}
