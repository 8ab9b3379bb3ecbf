// The rules of *Edit Settings*: bounds, addresses, and what a change does to what has been read.
import type { MessageKey } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { type SettingsRequest, settingsRequest } from '../contract/settings.ts';

const { windowDays, intervalMinutes } = settingsRequest.shape;

interface FieldRule {
  readonly key: MessageKey;
  readonly params?: Readonly<Record<string, number>>;
}

/** What a person reads at each field. The bounds are those of the contract, so that sentence and check cannot part. */
const ruleOf: Readonly<Record<keyof SettingsRequest, FieldRule>> = {
  name: { key: 'connect.settings.problem.name' },
  baseUrl: { key: 'connect.settings.problem.base-url' },
  clientId: { key: 'connect.settings.problem.client-id' },
  clientSecret: { key: 'connect.settings.problem.client-secret' },
  windowDays: {
    key: 'connect.settings.problem.window-days',
    params: { from: windowDays.minValue!, to: windowDays.maxValue! },
  },
  intervalMinutes: {
    key: 'connect.settings.problem.interval-minutes',
    params: { from: intervalMinutes.minValue!, to: intervalMinutes.maxValue! },
  },
  absenceIsDeletion: { key: 'connect.settings.problem.choice' },
  selectNewProviders: { key: 'connect.settings.problem.choice' },
  testBookingId: { key: 'connect.settings.problem.test-booking' },
  features: { key: 'connect.settings.problem.features' },
  selectedProviderIds: { key: 'connect.settings.problem.providers' },
};

/** Throws `invalid` whose sentence is the first field's; extra.fields has each field with its own message key and parameters. */
function refuseFields(paths: readonly (keyof SettingsRequest)[]): never {
  const fields = paths.map((path) => ({ path, code: 'custom', message: ruleOf[path].key, ...ruleOf[path] }));
  const first = fields[0]!;
  throw problem('invalid', first.key, first.params ?? {}, { where: 'body', fields });
}

export const refuseField = (path: keyof SettingsRequest): never => refuseFields([path]);

/** The body of PUT /api/settings and of its test. The base URL comes without a slash at its end. */
export function readSettingsRequest(body: unknown): SettingsRequest {
  const result = settingsRequest.safeParse(body);
  if (!result.success) {
    const named = new Set(result.error.issues.map((issue) => String(issue.path[0])));
    const paths = (Object.keys(ruleOf) as (keyof SettingsRequest)[]).filter((path) => named.has(path));
    // Not even an object: no field to name.
    if (paths.length === 0) throw problem('invalid', 'problem.invalid', {}, { where: 'body', fields: [] });
    refuseFields(paths);
  }
  const { baseUrl, selectedProviderIds, features, ...rest } = result.data;
  const url = new URL(baseUrl);
  // A password in an address ends up in logs and on screens; a query or a fragment cannot be the base of anything.
  if (url.username || url.password || url.search || url.hash) refuseField('baseUrl');
  return {
    ...rest,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    features: [...new Set(features)],
    selectedProviderIds: [...new Set(selectedProviderIds)],
  };
}

/** A private key, as PEM or JWK, signs an assertion for each token; any other text is the client's secret itself. */
export const authMethodOf = (secret: string): 'private_key_jwt' | 'client_secret_post' =>
  /^\s*(-----BEGIN|\{)/.test(secret) ? 'private_key_jwt' : 'client_secret_post';

/** Where a secret goes: scheme, host and port. A secret typed for one place is never sent to another. */
export const isSamePlace = (one: string, other: string): boolean => new URL(one).origin === new URL(other).origin;

interface EmrIdentity {
  readonly baseUrl: string;
  readonly clientId: string;
}

/** Another address or client may be another EMR, whose clock and roster are its own. */
export const isSameEmr = (one: EmrIdentity, other: EmrIdentity): boolean =>
  one.baseUrl === other.baseUrl && one.clientId === other.clientId;

/** Providers who came into the selection or left it; each has to be read in full before recent changes mean anything. */
export function selectionChange(
  before: readonly string[],
  after: readonly string[],
): { readonly added: string[]; readonly removed: string[] } {
  const [was, is] = [new Set(before), new Set(after)];
  return { added: after.filter((id) => !was.has(id)), removed: before.filter((id) => !is.has(id)) };
}
