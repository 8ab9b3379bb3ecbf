import { permissionVersionHeader, suppressedOutcome } from '../../fhir/outcome.ts';
import { searchPairs } from '../../fhir/search-query.ts';
import { format } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import type { FhirAnswer } from './fhir-answer.ts';
import type { Reading, ReadRequest } from './read-interactions.ts';
import { findByIds, findPage, permissionVersion } from './resources.sql.ts';
import { isResourceType, type ResourceType } from './resources.ts';
import { includedEntries, searchBundle } from './search-bundle.ts';
import { parseSearch, type SearchRequest } from './search-request.ts';
import { idsToInclude } from './search-resources.ts';
import { askedFor, findWithheld } from './withheld.ts';

/** More entries of a type than any patient has; one that has them anyway is told so rather than given a part. */
const maximumEntries = 20_000;

/** What is a patient's own: the search parameter of its day, where it has one, and who and where it names. */
const ofPatient = {
  Appointment: { day: 'date', names: ['actor'] },
  DocumentReference: { day: 'date', names: ['author'] },
  Encounter: { day: 'date', names: ['participant', 'location'] },
  DiagnosticReport: { day: 'date', names: ['performer'] },
  Observation: { day: 'date', names: ['performer'] },
  Account: { day: undefined, names: [] },
  ChargeItem: { day: 'occurrence', names: ['performer-actor'] },
  Coverage: { day: undefined, names: [] },
  Task: { day: 'authored-on', names: [] },
  QuestionnaireResponse: { day: 'authored', names: [] },
  Consent: { day: 'date', names: [] },
} as const satisfies Partial<
  Record<ResourceType, { readonly day: string | undefined; readonly names: readonly string[] }>
>;
const ownTypes = Object.keys(ofPatient) as (keyof typeof ofPatient)[];

/**
 * `Patient/[id]/$everything`: the patient, his bookings and his chart, and the practitioners and locations that they name, of one
 * snapshot and each under the predicate. `start` and `end` narrow what has a day, `_since` all of it by change, `_type` by type. Not
 * paged. Content of documents is read by itself.
 */
export function everythingBundle(
  { pool, baseUrl }: Reading,
  caller: Caller,
  patientId: string,
  { query, lenient, language }: ReadRequest,
): Promise<FhirAnswer> {
  const { types, days, since } = parseEverything(query, lenient);
  for (const type of types) requireScope(caller, type, 'r');
  const options = { baseUrl, lenient: false };
  const ofType = (type: ResourceType, pairs: [string, string][]) =>
    parseSearch(
      type,
      searchPairs(new URLSearchParams(since === undefined ? pairs : [...pairs, ['_lastUpdated', `ge${since}`]])),
      options,
    );
  const patients = { ...ofType('Patient', [['_id', patientId]]), used: [...query] };
  const own = ownTypes
    .filter((type) => types.includes(type))
    .map((type) => {
      const { day, names } = ofPatient[type];
      const pairs: [string, string][] = [
        ['patient', patientId],
        ...(day === undefined ? [] : days.map((value): [string, string] => [day, value])),
        ...names.map((name): [string, string] => ['_include', `${type}:${name}`]),
        ...(day === 'date' ? ([['_sort', 'date']] satisfies [string, string][]) : []),
      ];
      return { ...ofType(type, pairs), count: maximumEntries };
    });
  return asPrincipal(
    pool,
    caller,
    async (tx) => {
      if ((await findByIds(tx, caller, 'Patient', [patientId])).length === 0) {
        throw problem('not-found', 'problem.not-found');
      }
      const included: string[] = [];
      const named = new Map<ResourceType, Set<string>>();
      for (const asked of own) {
        const page = await findPage(tx, caller, asked, { baseUrl, mode: 'include' });
        if (page.next) throw problem('invalid', 'fhir.too-much', { maximum: maximumEntries });
        included.push(page.entries);
        for (const [type, ids] of idsToInclude(asked, page)) {
          named.set(type, new Set([...(named.get(type) ?? []), ...ids]));
        }
      }
      for (const [type, ids] of named) {
        if (type === 'Patient' || !types.includes(type)) continue;
        included.push(includedEntries(patients, type, await findByIds(tx, caller, type, [...ids]), baseUrl));
      }
      const patient = types.includes('Patient') ? (await findPage(tx, caller, patients, { baseUrl })).entries : '';
      const version = await permissionVersion(tx, caller);
      const withheld = own.length > 0 ? await findWithheld(tx, caller, 'Patient', askedOf(own)) : [];
      const found = { entries: [patient, ...included], next: null, total: undefined };
      const suppressed =
        withheld.length > 0 ? suppressedOutcome(withheld, format(language, 'fhir.suppressed')) : undefined;
      return {
        status: 200,
        headers: { [permissionVersionHeader]: version },
        body: searchBundle(patients, found, baseUrl, suppressed, `Patient/${patientId}/$everything`),
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** The columns of all of these types together, on every pair: no filter of this operation leaves an office or a provider out. */
const askedOf = (own: readonly SearchRequest[]) =>
  askedFor(
    'Patient',
    [],
    own.map(({ type }) => type),
  );

const everythingTypes: readonly ResourceType[] = ['Patient', ...ownTypes, 'Practitioner', 'Location'];

function parseEverything(query: URLSearchParams, lenient: boolean) {
  let types = everythingTypes;
  let since: string | undefined;
  const days: string[] = [];
  const refuse = (parameter: string, key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never => {
    throw problem('invalid', key, { parameter }, { expression: [parameter] });
  };
  for (const [name, value] of query) {
    if (name === '_type') {
      const named = value.split(',');
      if (!lenient && named.some((type) => !isResourceType(type))) refuse(name, 'fhir.parameter-value');
      types = everythingTypes.filter((type) => named.includes(type));
    } else if (name === '_since') since = value;
    else if (name === 'start') days.push(`ge${value}`);
    else if (name === 'end') days.push(`le${value}`);
    else if (name !== '_format' && !lenient) refuse(name, 'fhir.parameter-not-supported');
  }
  return { types, days, since };
}
