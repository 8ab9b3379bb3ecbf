// What a change would start and stop at whoever is connected as this user: only they know. They are asked at the address that they registered
// with their subscription, and an answer that does not come is said to be missing, never taken for nothing.
import { z } from 'zod';
import { columns, columnsIn } from '../../fhir/columns.ts';
import { type Impact, type ImpactQuestion, neededCellsAtMost } from '../../fhir/impact.ts';
import { newId } from '../../platform/ids.ts';
import { openSecret } from '../../platform/sealed.ts';
import { ask } from '../../platform/webhooks/send.ts';
import { signedHeaders } from '../../platform/webhooks/sign.ts';
import type { EmrContext } from '../context.ts';
import type { ImpactAnswer } from '../contract/blast-radius.ts';
import { asTenant } from '../oauth/credential.ts';
import type { Principal } from '../principal.ts';
import { findImpactAddress } from '../subscriptions/subscriptions.sql.ts';
import type { ChangedPair } from './preview-changes.ts';

/** Somebody waits in front of it. */
const timeoutMs = 3000;

const count = z.number().int().min(0);
const both = z.object({ start: count, stop: count });
const needed = z.object({
  count,
  features: z.array(z.string().regex(/^[a-z0-9-]{1,40}$/)).max(40),
  cells: z
    .array(z.object({ officeId: z.string().max(64), providerId: z.string().max(64), column: z.enum(columns) }))
    .max(neededCellsAtMost),
});
const answered: z.ZodType<Impact> = z.object({
  pages: both.optional(),
  reminders: both,
  links: both,
  writeBacks: both,
  needed: needed.optional(),
});

export async function askImpact(
  { pool, clock, sealingKey, announceTo }: Pick<EmrContext, 'pool' | 'clock' | 'sealingKey' | 'announceTo'>,
  user: Pick<Principal, 'tenantId' | 'userId'>,
  changed: readonly ChangedPair[],
): Promise<ImpactAnswer> {
  const address = await asTenant(pool, user.tenantId, (tx) => findImpactAddress(tx, user));
  if (!address) return { state: 'unavailable', reason: 'no-address' };
  const { subscriptionId, endpoint, secretSealed } = address;
  const question: ImpactQuestion = {
    changes: changed.map(({ officeId, providerId, after }) => ({ officeId, providerId, columns: columnsIn(after) })),
  };
  const body = JSON.stringify(question);
  const secret = openSecret(secretSealed, sealingKey, subscriptionId);
  const headers = {
    ...signedHeaders(secret, `${subscriptionId}.impact.${newId()}`, clock.now(), body),
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Tidegate EMR',
  };
  const answer = await ask(endpoint, { headers, body, rule: announceTo, timeoutMs });
  if (answer === 'unreachable') return { state: 'unavailable', reason: 'not-answered' };
  if (typeof answer === 'string') return { state: 'unavailable', reason: 'refused' };
  const read = answered.safeParse(parsed(answer.text));
  // Something answers there, and it is not what was asked for.
  return read.success ? { state: 'known', ...read.data } : { state: 'unavailable', reason: 'refused' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
