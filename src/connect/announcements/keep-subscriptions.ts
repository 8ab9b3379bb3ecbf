// What we ask an EMR to tell us of. Each subscription is written down before it is asked for, so that an announcement finds its address
// however early it comes; asked for again under the same key, it is the same one. One that the EMR has lost or given up is asked for anew,
// and the EMR's first word on it begins a run: what was not told meanwhile is read then.
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { impactAddressUrl, payloadContentUrl, subscriptionSecretUrl } from '../../fhir/extensions.ts';
import { randomToken } from '../../platform/ids.ts';
import { openSecret, sealSecret } from '../../platform/sealed.ts';
import { asSite } from '../../portal/index.ts';
import type { EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';
import * as sql from './announcements.sql.ts';

export interface KeepContext {
  /** Role portal_sync. */
  readonly pool: Pool;
  readonly sealingKey: Buffer;
  /** Where EMRs reach Cloud Connect. */
  readonly announceUrl: string;
}

/** Reading what there is, and making and renewing our own. */
export const subscriptionScope = 'system/*.rs system/Subscription.cu';

const criteriaOf: Readonly<Record<sql.Watched, string>> = {
  Appointment: 'Appointment?',
  Patient: 'Patient?',
  '$permission-coverage': '$permission-coverage',
};

/** An EMR that makes no subscriptions is asked for none: its changes are found by the interval alone. */
export async function keepSubscriptions(context: KeepContext, key: ConnectionKey, client: EmrClient): Promise<void> {
  const { subscribes } = await client.capabilities();
  if (!subscribes) return;
  for (const watches of sql.watched) await keepOne(context, key, client, watches);
}

async function keepOne(
  context: KeepContext,
  key: ConnectionKey,
  client: EmrClient,
  watches: sql.Watched,
): Promise<void> {
  const { pool, sealingKey } = context;
  const one = await asSite(pool, key.siteId, async (tx) => {
    const there = (await sql.listSubscribed(tx, key)).find((each) => each.watches === watches);
    if (there) return there;
    const addressKey = randomToken();
    const secretSealed = sealSecret(`whsec_${randomBytes(32).toString('base64')}`, sealingKey, addressKey);
    await sql.insertSubscribed(tx, { ...key, watches, addressKey, secretSealed });
    return { ...key, watches, addressKey, secretSealed, emrId: null, state: 'asked' as const, isResting: false };
  });
  if (one.isResting) return;
  const write = (now: Parameters<typeof sql.writeSubscribed>[2]) =>
    asSite(pool, key.siteId, (tx) => sql.writeSubscribed(tx, one, now));
  try {
    if (one.emrId !== null && (await isAlive(client, one.emrId))) {
      await write({ emrId: one.emrId, state: 'active', problem: null });
      return;
    }
    if (one.emrId !== null) {
      // Given up or lost: another one, under another address, so that the old one's late words count for nothing.
      await asSite(pool, key.siteId, (tx) => sql.forgetSubscribed(tx, key, watches));
      return keepOne(context, key, client, watches);
    }
    const ask = (withImpact: boolean) =>
      client.create('Subscription', {
        idempotencyKey: withImpact ? one.addressKey : `${one.addressKey}-alone`,
        body: subscriptionOf(context, one, withImpact),
      });
    const first = await ask(true);
    // An EMR that knows no such address may refuse the whole; announcements are worth more.
    const again = watches === '$permission-coverage' && (first.status === 400 || first.status === 422);
    const { status, resource } = again ? await ask(false) : first;
    const id = resource?.id;
    if (status !== 201 && status !== 200) {
      await write({ emrId: null, state: 'refused', problem: { key: 'sync.announcement.refused', params: { status } } });
    } else if (typeof id === 'string') await write({ emrId: id, state: 'active', problem: null });
  } catch (error) {
    if (!(error instanceof EmrError)) throw error;
    await write({ emrId: one.emrId, state: one.state, problem: { key: error.key, params: { ...error.params } } });
  }
}

async function isAlive(client: EmrClient, emrId: string): Promise<boolean> {
  const { status, resource } = await client.read(`Subscription/${emrId}`);
  return status === 200 && resource?.['status'] !== 'off';
}

function subscriptionOf({ sealingKey, announceUrl }: KeepContext, one: sql.Subscribed, withImpact: boolean): object {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Synchronising appointments',
    criteria: criteriaOf[one.watches],
    channel: {
      type: 'rest-hook',
      endpoint: `${announceUrl}/announcements/${one.addressKey}`,
      payload: 'application/fhir+json',
      // Not even which one: the run asks.
      _payload: { extension: [{ url: payloadContentUrl, valueCode: 'empty' }] },
    },
    extension: [
      { url: subscriptionSecretUrl, valueString: openSecret(one.secretSealed, sealingKey, one.addressKey) },
      ...(withImpact && one.watches === '$permission-coverage'
        ? [{ url: impactAddressUrl, valueUrl: `${announceUrl}/impact/${one.addressKey}` }]
        : []),
    ],
  };
}
