import { isMessageKey, type MessageKey, type MessageParams } from '../../language/messages.ts';
import { ApiProblem } from '../../ui/api.ts';
import type { Feature } from '../contract/features.ts';
import { type Settings, type SettingsRequest, settingsRequest } from '../contract/settings.ts';

/** What the form holds: figures as they were typed, so that a wrong one can be told from an empty one. */
export interface SettingsForm {
  readonly name: string;
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly windowDays: number | string;
  readonly intervalMinutes: number | string;
  readonly absenceIsDeletion: boolean;
  readonly selectNewProviders: boolean;
  /** Empty: none. */
  readonly testBookingId: string;
  readonly features: readonly Feature[];
  readonly selectedProviderIds: readonly string[];
}

export type Field = keyof SettingsForm;
export interface FieldMessage {
  readonly key: MessageKey;
  readonly params: MessageParams;
}
export type FieldMessages = Partial<Record<Field, FieldMessage>>;

export const formOf = (settings: Settings): SettingsForm => ({
  name: settings.name,
  baseUrl: settings.baseUrl,
  clientId: settings.clientId,
  clientSecret: '',
  windowDays: settings.windowDays,
  intervalMinutes: settings.intervalMinutes,
  absenceIsDeletion: settings.absenceIsDeletion,
  selectNewProviders: settings.selectNewProviders,
  testBookingId: settings.testBookingId ?? '',
  features: settings.features,
  selectedProviderIds: settings.providers.flatMap((provider) => (provider.selected ? [provider.providerId] : [])),
});

/** The body of PUT /api/settings. An empty secret is left out: the server keeps the one there is. */
export const requestOf = ({ clientSecret, testBookingId, ...form }: SettingsForm): unknown => ({
  ...form,
  testBookingId: testBookingId.trim() === '' ? null : testBookingId,
  ...(clientSecret !== '' && { clientSecret }),
});

export const isSameForm = (one: SettingsForm, other: SettingsForm): boolean => {
  const text = (form: SettingsForm) =>
    JSON.stringify({
      ...form,
      features: form.features.toSorted(),
      selectedProviderIds: form.selectedProviderIds.toSorted(),
    });
  return text(one) === text(other);
};

const shape = settingsRequest.shape;
const bounds = (field: 'windowDays' | 'intervalMinutes') => ({
  from: shape[field].minValue!,
  to: shape[field].maxValue!,
});
export const windowBounds = bounds('windowDays');
export const intervalBounds = bounds('intervalMinutes');

const messages: Readonly<Record<Field, FieldMessage>> = {
  name: { key: 'connect.settings.problem.name', params: {} },
  baseUrl: { key: 'connect.settings.problem.base-url', params: {} },
  clientId: { key: 'connect.settings.problem.client-id', params: {} },
  clientSecret: { key: 'connect.settings.problem.client-secret', params: {} },
  windowDays: { key: 'connect.settings.problem.window-days', params: windowBounds },
  intervalMinutes: { key: 'connect.settings.problem.interval-minutes', params: intervalBounds },
  absenceIsDeletion: { key: 'connect.settings.problem.choice', params: {} },
  selectNewProviders: { key: 'connect.settings.problem.choice', params: {} },
  testBookingId: { key: 'connect.settings.problem.test-booking', params: {} },
  features: { key: 'connect.settings.problem.features', params: {} },
  selectedProviderIds: { key: 'connect.settings.problem.providers', params: {} },
};
const isField = (name: unknown): name is Field => typeof name === 'string' && Object.hasOwn(messages, name);

/** What the server would refuse, found before asking it, by the server's own rule. */
export function check(form: SettingsForm): { request: SettingsRequest | undefined; messages: FieldMessages } {
  const parsed = settingsRequest.safeParse(requestOf(form));
  if (parsed.success) return { request: parsed.data, messages: {} };
  const named = parsed.error.issues.map((issue) => issue.path[0]).filter(isField);
  return { request: undefined, messages: Object.fromEntries(named.map((field) => [field, messages[field]])) };
}

/** The fields that a refusal names, each with its sentence. */
export function fieldMessagesOf(problem: unknown): FieldMessages {
  const fields = problem instanceof ApiProblem ? problem.extra.fields : undefined;
  if (!Array.isArray(fields)) return {};
  return Object.fromEntries(
    fields.flatMap(({ path, key, params }: { path?: unknown; key?: unknown; params?: unknown }) =>
      isField(path)
        ? [
            [
              path,
              typeof key === 'string' && isMessageKey(key)
                ? { key, params: (params ?? {}) as MessageParams }
                : messages[path],
            ],
          ]
        : [],
    ),
  );
}
