import { z } from 'zod';
import { isFhirId } from '../../fhir/search-query.ts';
import { type Feature, features } from './features.ts';
import type { Certainty } from './sync.ts';

export interface SelectableProvider {
  readonly providerId: string;
  readonly display: string;
  readonly offices: readonly string[];
  readonly selected: boolean;
  /** Held Visible somewhere: he can be listed. Otherwise the screen says that the EMR does not show him, and why. */
  readonly visible: boolean;
}

/** GET /api/settings, with ETag `"<settingsVersion>"`; connection null before the first one is made. */
export interface Settings {
  readonly connectionId: string | null;
  readonly settingsVersion: number;
  readonly name: string;
  readonly baseUrl: string;
  readonly clientId: string;
  /** Credentials are never shown again; only whether there are some. */
  readonly hasSecret: boolean;
  readonly windowDays: number;
  readonly intervalMinutes: number;
  /** For an EMR that deletes without trace: absent, though everything may be read, means deleted. */
  readonly absenceIsDeletion: boolean;
  /** Whoever is new in the EMR is selected by himself. */
  readonly selectNewProviders: boolean;
  /** The booking of the EMR that certificates may try a confirmation on; null: none. */
  readonly testBookingId: string | null;
  readonly features: readonly Feature[];
  readonly providers: readonly SelectableProvider[];
  /** What the EMR calls our user, as an EMR administrator finds it; null when the EMR could not be asked. */
  readonly integrationUser: string | null;
  /** Why the list of providers may be old, empty or not all there is; a sentence. */
  readonly rosterProblem: string | null;
  /** Whether the EMR says what our user may see; null: nobody knows yet. */
  readonly certainty: Certainty | null;
}

/** PUT /api/settings, If-Match `"<settingsVersion>"` ("0" for the first). clientSecret left out keeps the one there is. */
export const settingsRequest = z.object({
  name: z.string().trim().min(1).max(100),
  baseUrl: z.url({ protocol: /^https?$/ }).max(500),
  clientId: z.string().trim().min(1).max(200),
  clientSecret: z.string().min(1).max(2000).optional(),
  windowDays: z.number().int().min(1).max(400),
  intervalMinutes: z.number().int().min(5).max(1440),
  absenceIsDeletion: z.boolean(),
  selectNewProviders: z.boolean(),
  testBookingId: z.string().trim().refine(isFhirId).nullish(),
  features: z.array(z.enum(features)),
  selectedProviderIds: z.array(z.string().min(1).max(64)).max(10_000),
});
export type SettingsRequest = z.infer<typeof settingsRequest>;

/** POST /api/settings/test with the same body: asks the EMR and says which of address, TLS, token, permission, data failed. */
export interface ConnectionTest {
  readonly ok: boolean;
  readonly failed: 'address' | 'tls' | 'token' | 'permission' | 'data' | null;
  readonly text: string;
}
