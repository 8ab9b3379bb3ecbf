// What a notification says: that something changed, and, where the client asked for it, what it is called. Never what it is: whoever may
// know reads it, through the predicate of that moment. The Bundle is that of the Subscriptions R5 Backport guide for R4.
import type { NamedSubscription } from './subscription-body.ts';

export interface Told {
  readonly type: string;
  readonly id: string;
  readonly deleted: boolean;
}

export interface Notification {
  readonly kind: 'handshake' | 'event-notification';
  readonly subscriptionId: string;
  readonly content: NamedSubscription['content'];
  /** How many notifications there were with this one. */
  readonly number: number;
  /** Empty for permissions, and for more at once than are named. */
  readonly changes: readonly Told[];
}

/** '' for a body that is empty. */
export function notificationBody(
  { kind, subscriptionId, content, number, changes }: Notification,
  baseUrl: string,
): string {
  if (content === 'none') return '';
  const url = `${baseUrl}/Subscription/${subscriptionId}`;
  const named = content === 'id-only' ? changes : [];
  const parameters = {
    resourceType: 'Parameters',
    meta: {
      profile: ['http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4'],
    },
    parameter: [
      { name: 'subscription', valueReference: { reference: url } },
      { name: 'status', valueCode: 'active' },
      { name: 'type', valueCode: kind },
      { name: 'events-since-subscription-start', valueString: String(number) },
      ...(kind === 'handshake'
        ? []
        : [
            {
              name: 'notification-event',
              part: [
                { name: 'event-number', valueString: String(number) },
                ...named.map(({ type, id }, index) => ({
                  name: index === 0 ? 'focus' : 'additional-context',
                  valueReference: { reference: `${baseUrl}/${type}/${id}` },
                })),
              ],
            },
          ]),
    ],
  };
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'history',
    entry: [
      {
        resource: parameters,
        request: { method: 'GET', url: `Subscription/${subscriptionId}/$status` },
        response: { status: '200' },
      },
      ...named.map(({ type, id, deleted }) => ({
        fullUrl: `${baseUrl}/${type}/${id}`,
        request: { method: deleted ? 'DELETE' : 'PUT', url: `${type}/${id}` },
        response: { status: deleted ? '204' : '200' },
      })),
    ],
  });
}
