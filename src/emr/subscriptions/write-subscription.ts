import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { sealSecret } from '../../platform/sealed.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { refuseElements } from '../fhir/resource-body.ts';
import type { Writer, Writing } from '../fhir/writer.ts';
import { requireVersion } from '../if-match.ts';
import type { Caller } from '../oauth/caller.ts';
import { requireScope } from '../oauth/scopes.ts';
import { type NamedSubscription, readSubscription } from './subscription-body.ts';
import * as sql from './subscriptions.sql.ts';

/** More than any client has use for. */
const subscriptionsAtMost = 100;

/** Subscriptions of the caller's own. What a change is, and whether he may see it, is judged when it is told. */
export const subscriptionWriter: Writer = {
  documentation:
    'rest-hook. criteria is a search of a type, or $permission-coverage for changes of the own permissions. Notifications carry no content of ' +
    'a resource: without payload their body is empty, with application/fhir+json and backport-payload-content they are a Bundle of type ' +
    'history. They are signed as Standard Webhooks are, with the secret of the extension subscription-secret. At least once; a failing ' +
    'address is tried again, status says error, and after many tries off. An update asks for the subscription anew.',
  create: async (tx, caller, id, body, writing) => {
    const { secret, ...named } = asked(caller, body, writing);
    if (secret === undefined) {
      refuseElements([{ expression: 'Subscription.extension', diagnostics: 'subscription-secret is needed.' }]);
    }
    if ((await sql.countWaiting(tx, caller)) >= subscriptionsAtMost) {
      throw problem('conflict', 'fhir.too-many-subscriptions', { maximum: subscriptionsAtMost });
    }
    await sql.insertSubscription(tx, caller, id, {
      ...stored(named),
      secretSealed: sealSecret(secret, writing.sealingKey, id),
    });
    await audit(tx, caller, 'create-subscription', id, named, writing);
  },
  update: async (tx, caller, id, body, { versions, writing }) => {
    const { secret, ...named } = asked(caller, body, writing);
    const version = await sql.lockSubscription(tx, caller, id);
    if (version === undefined) throw problem('not-found', 'problem.not-found');
    requireVersion(version, versions);
    const secretSealed = secret === undefined ? null : sealSecret(secret, writing.sealingKey, id);
    const now = await sql.updateSubscription(tx, caller, id, { ...stored(named), secretSealed });
    await audit(tx, caller, 'change-subscription', id, named, writing);
    return now;
  },
  delete: async (tx, caller, id, { versions, writing }) => {
    const version = await sql.lockSubscription(tx, caller, id);
    if (version === undefined) throw problem('not-found', 'problem.not-found');
    requireVersion(version, versions);
    await sql.deleteSubscription(tx, caller, id);
    await audit(tx, caller, 'delete-subscription', id, undefined, writing);
  },
};

type Named = Omit<NamedSubscription, 'secret'>;

/** To hear of a type is to search it. */
function asked(caller: Caller, body: unknown, writing: Writing): NamedSubscription {
  const named = readSubscription(body, writing);
  if (named.parsed.watches !== 'permissions') requireScope(caller, named.parsed.watches, 's');
  return named;
}

const stored = ({ parsed, ...rest }: Named) => ({ ...rest, watches: parsed.watches });

function audit(
  tx: Db,
  { tenantId, userId }: Caller,
  action: string,
  entityId: string,
  named: Named | undefined,
  { requestId }: Writing,
): Promise<void> {
  return recordAudit(tx, {
    tenantId,
    userId,
    action,
    entity: 'subscription',
    entityId,
    // Neither address nor criteria, which may name a patient.
    ...(named ? { after: { watches: named.parsed.watches, content: named.content, off: named.off } } : {}),
    requestId,
  });
}
