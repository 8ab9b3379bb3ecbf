// What our user may see at an EMR, and how sure that is. An EMR with `$permission-coverage` says it. Any other FHIR server says nothing of
// the kind: what it lists is taken for the roster, every column for held, and nothing that is absent for explained.
import { allColumns } from '../../fhir/columns.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { isFhirId } from '../../fhir/search-query.ts';
import { sha256 } from '../../platform/ids.ts';
import type { Certainty } from '../contract/sync.ts';
import type { EmrClient } from './emr-client.ts';
import { EmrError } from './emr-error.ts';
import { type FhirResource, idOf } from './resources.ts';

export interface Coverage extends PermissionCoverage {
  readonly certainty: Certainty;
}

interface Pair {
  readonly officeId: string;
  readonly providerId: string;
}

export interface ReadCoverage {
  /** It did say it before: that it no longer does is a fault, and no reason to believe less. */
  readonly mustBeProved: boolean;
  /** Of which tenant everything was that was read so far; null: of whoever answers. */
  readonly tenantId?: string | null;
  /** Pairs that bookings named, whether or not the EMR lists them. */
  readonly found?: readonly Pair[];
  /** Of offices that name none. */
  readonly zone?: string;
}

const pageSize = 500;

export async function readCoverage(
  client: EmrClient,
  { mustBeProved, tenantId = null, found = [], zone = 'UTC' }: ReadCoverage,
): Promise<Coverage> {
  const { saysCoverage, searches } = await client.capabilities();
  if (saysCoverage) {
    const coverage = await client.coverage();
    // Its roster would read as if nothing were granted any more, and its bookings as if they were ours.
    if (tenantId !== null && coverage.tenantId !== tenantId) {
      throw new EmrError('data', 'sync.emr.another-tenant', { before: tenantId });
    }
    return { ...coverage, certainty: 'proved' };
  }
  if (mustBeProved) throw new EmrError('permission', 'sync.emr.no-coverage');

  const list = async (type: string): Promise<FhirResource[]> => {
    if (!searches.has(type)) return [];
    const all: FhirResource[] = [];
    for await (const page of client.pages(`${type}?_count=${pageSize}`)) {
      all.push(...page.filter(({ resourceType, id }) => resourceType === type && isFhirId(id ?? '')));
    }
    return all;
  };
  // Of before the rest is read.
  const locations = await list('Location');
  const asOf = client.serverTime();
  const practitioners = await list('Practitioner');
  const listed = [...pairsOfRoles(await list('PractitionerRole')), ...pairsOfSchedules(await list('Schedule'))];
  const pairs = distinct(listed);
  const nameOf = new Map<string, string | undefined>([
    ...locations.map((one) => [`Location/${one.id}`, textOf(one['name'])] as const),
    ...practitioners.map((one) => [`Practitioner/${one.id}`, personOf(one)] as const),
  ]);
  const named = (reference: string) => nameOf.get(reference) ?? reference.split('/')[1]!;
  const shown = distinct([...pairs, ...found]);
  return {
    certainty: 'evidence',
    tenantId: '',
    tenantName: '',
    username: '',
    // The roster is all that can be compared: bookings that were found beside it are not of it.
    permissionVersion: `roster ${sha256(pairs.map((pair) => `${pair.officeId} ${pair.providerId}`).join('\n')).toString('hex')}`,
    asOf: asOf.toISOString(),
    offices: [...new Set(shown.map(({ officeId }) => officeId))].map((officeId) => ({
      officeId,
      name: named(`Location/${officeId}`),
      zone: zoneOf(locations.find(({ id }) => id === officeId)) ?? zone,
      member: true,
    })),
    schedules: shown.map((pair) => ({
      ...pair,
      providerDisplay: named(`Practitioner/${pair.providerId}`),
      scheduleActive: true,
      columnsHeld: allColumns,
      columnsGranted: allColumns,
      lapsed: false,
    })),
  };
}

function distinct(pairs: readonly Pair[]): Pair[] {
  const byKey = new Map(pairs.map((pair) => [`${pair.officeId} ${pair.providerId}`, pair]));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, pair]) => pair);
}

interface Reference {
  readonly reference?: string;
}
const listOf = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const pairsOfRoles = (roles: readonly FhirResource[]): Pair[] =>
  roles
    .filter((role) => role['active'] !== false)
    .flatMap((role) => {
      const providerId = idOf((role['practitioner'] as Reference | undefined)?.reference, 'Practitioner');
      const offices = listOf<Reference | null>(role['location']).map((one) => idOf(one?.reference, 'Location'));
      return offices.flatMap((officeId) => (officeId && providerId ? [{ officeId, providerId }] : []));
    });

const pairsOfSchedules = (schedules: readonly FhirResource[]): Pair[] =>
  schedules
    .filter((schedule) => schedule['active'] !== false)
    .flatMap((schedule) => {
      const actors = listOf<Reference | null>(schedule['actor']).map((one) => one?.reference);
      const of = (type: string) => actors.flatMap((reference) => idOf(reference, type) ?? []);
      return of('Location').flatMap((officeId) => of('Practitioner').map((providerId) => ({ officeId, providerId })));
    });

interface HumanName {
  readonly use?: string;
  readonly text?: string;
  readonly prefix?: readonly string[];
  readonly given?: readonly string[];
  readonly family?: string;
}

function personOf(practitioner: FhirResource): string | undefined {
  const names = listOf<HumanName | null>(practitioner['name']);
  const name = names.find((one) => one?.use === 'official') ?? names[0];
  if (!name) return undefined;
  const parts = [...listOf<string>(name.prefix), ...listOf<string>(name.given), name.family];
  return textOf(name.text) ?? textOf(parts.filter((part) => typeof part === 'string').join(' '));
}

const timezoneUrl = 'http://hl7.org/fhir/StructureDefinition/timezone';
const zoneOf = (location: FhirResource | undefined): string | undefined =>
  textOf(
    listOf<{ url?: string; valueCode?: string }>(location?.['extension']).find(({ url }) => url === timezoneUrl)
      ?.valueCode,
  );
