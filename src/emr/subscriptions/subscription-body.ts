import { z } from 'zod';
import { impactAddressUrl, payloadContentUrl, subscriptionSecretUrl } from '../../fhir/extensions.ts';
import { Problem } from '../../platform/problem.ts';
import { type AddressRule, refusedAddress } from '../../platform/webhooks/address.ts';
import { isSecret } from '../../platform/webhooks/sign.ts';
import { type BodyOptions, instant, readBody, refuseElements, words } from '../fhir/resource-body.ts';
import { type Criteria, parseCriteria, permissionCriteria } from './criteria.ts';

const statuses = ['requested', 'active', 'error', 'off'] as const;

const body = z.object({
  id: z.string().optional(),
  extension: z
    .array(
      z.looseObject({ url: z.string(), valueString: z.string().optional(), valueUrl: z.string().max(1000).optional() }),
    )
    .optional(),
  status: z.enum(statuses),
  end: instant.optional(),
  reason: words(500),
  criteria: words(1000),
  // Written by this server.
  error: z.unknown().optional(),
  channel: z.strictObject({
    type: z.literal('rest-hook', 'A rest-hook is expected.'),
    endpoint: words(1000),
    payload: z
      .literal('application/fhir+json', 'application/fhir+json is expected, or nothing for an empty body.')
      .optional(),
    _payload: z
      .object({ extension: z.array(z.looseObject({ url: z.string(), valueCode: z.string().optional() })) })
      .optional(),
  }),
});

export interface NamedSubscription {
  readonly off: boolean;
  readonly reason: string;
  readonly criteria: string;
  readonly parsed: Criteria;
  readonly endpoint: string;
  readonly content: 'none' | 'empty' | 'id-only';
  readonly endAt: Date | null;
  /** Where the client says what a change of its permissions would do at its side; null: nowhere. */
  readonly impactEndpoint: string | null;
  /** undefined: as it was. */
  readonly secret: string | undefined;
}

/** Throws `unprocessable` that names each element that cannot be used. */
export function readSubscription(
  value: unknown,
  options: BodyOptions & { readonly announceTo: AddressRule },
): NamedSubscription {
  const read = readBody(body, 'Subscription', value, options);
  const refuse = (element: string, diagnostics: string): never =>
    refuseElements([{ expression: `Subscription.${element}`, diagnostics }]);
  const { channel } = read;
  const refused = refusedAddress(channel.endpoint, options.announceTo);
  if (refused !== undefined) refuse('channel.endpoint', refused);
  for (const [index, { url }] of (read.extension ?? []).entries()) {
    if (url !== subscriptionSecretUrl && url !== impactAddressUrl && !options.lenient)
      refuse(`extension[${index}]`, 'This extension is not kept.');
  }
  const secret = read.extension?.find(({ url }) => url === subscriptionSecretUrl)?.valueString;
  if (secret !== undefined && !isSecret(secret)) {
    refuse('extension', 'The secret is whsec_ and 24 to 64 random bytes in base64.');
  }
  const impactEndpoint = read.extension?.find(({ url }) => url === impactAddressUrl)?.valueUrl ?? null;
  if (impactEndpoint !== null) {
    const why = refusedAddress(impactEndpoint, options.announceTo);
    if (why !== undefined) refuse('extension', why);
    if (read.criteria !== permissionCriteria) {
      refuse('extension', `An impact address belongs to the subscription of ${permissionCriteria}.`);
    }
  }
  const said = channel._payload?.extension.find(({ url }) => url === payloadContentUrl)?.valueCode;
  if (channel.payload !== undefined && said !== 'empty' && said !== 'id-only') {
    // R4 alone would mean the whole resource, which leaves the clinic with nobody looking at the matrix when it is read.
    refuse('channel.payload', `What people are is never sent: ${payloadContentUrl} says empty or id-only.`);
  }
  return {
    off: read.status === 'off',
    reason: read.reason,
    criteria: read.criteria,
    parsed: criteriaOf(read.criteria, options) ?? refuse('criteria', 'A search of a type that changes is expected.'),
    endpoint: channel.endpoint,
    content: channel.payload === undefined ? 'none' : (said as 'empty' | 'id-only'),
    endAt: read.end ?? null,
    impactEndpoint,
    secret,
  };
}

/** What a search would be refused for is said of the element. */
function criteriaOf(text: string, { baseUrl }: BodyOptions): Criteria | undefined {
  try {
    return parseCriteria(text, baseUrl);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { parameter } = error.params as { readonly parameter?: string };
    return refuseElements([
      { expression: 'Subscription.criteria', diagnostics: `The parameter ${parameter ?? ''} cannot be used here.` },
    ]);
  }
}
