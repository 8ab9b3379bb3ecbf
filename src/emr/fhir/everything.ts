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
import { searchBundle } from './search-bundle.ts';
import { parseSearch } from './search-request.ts';
import { idsToInclude } from './search-resources.ts';
import { askedFor, findWithheld } from './withheld.ts';

/** More bookings than any patient has; one that has them anyway is told so rather than given a part. */
const maximumBookings = 20_000;

/**
 * `Patient/[id]/$everything`: the patient, his bookings, and the practitioners and locations that they name, of one snapshot and each
 * under the predicate. `start` and `end` narrow the bookings by their day, `_since` all of it by change, `_type` by type. Not paged.
 */
export function everythingBundle(
  { pool, baseUrl }: Reading,
  caller: Caller,
  patientId: string,
  { query, lenient, language }: ReadRequest,
): Promise<FhirAnswer> {
  const { types, filters, since } = parseEverything(query, lenient);
  for (const type of types) requireScope(caller, type, 'r');
  const options = { baseUrl, lenient: false };
  const ofType = (type: ResourceType, pairs: [string, string][]) =>
    parseSearch(
      type,
      searchPairs(new URLSearchParams(since === undefined ? pairs : [...pairs, ['_lastUpdated', `ge${since}`]])),
      options,
    );
  const patients = { ...ofType('Patient', [['_id', patientId]]), used: [...query] };
  const bookings = {
    ...ofType('Appointment', [
      ['patient', patientId],
      ...filters,
      ['_include', 'Appointment:actor'],
      ['_sort', 'date'],
    ]),
    count: maximumBookings,
  };
  return asPrincipal(
    pool,
    caller,
    async (tx) => {
      if ((await findByIds(tx, caller, 'Patient', [patientId])).length === 0) {
        throw problem('not-found', 'problem.not-found');
      }
      const booked = types.includes('Appointment') ? await findPage(tx, caller, bookings) : [];
      if (booked.length > maximumBookings) throw problem('invalid', 'fhir.too-much', { maximum: maximumBookings });
      const included: { type: ResourceType; rows: Awaited<ReturnType<typeof findByIds>> }[] = [];
      if (booked.length > 0) included.push({ type: 'Appointment', rows: booked });
      for (const [type, ids] of idsToInclude(bookings, booked)) {
        if (type !== 'Patient' && types.includes(type)) {
          included.push({ type, rows: await findByIds(tx, caller, type, ids) });
        }
      }
      const matches = types.includes('Patient') ? await findPage(tx, caller, patients) : [];
      const version = await permissionVersion(tx, caller);
      const asked = askedFor('Appointment', bookings.conditions, ['Patient']);
      const withheld = types.includes('Appointment') ? await findWithheld(tx, caller, 'Appointment', asked) : [];
      const found = { matches, more: false, included, total: undefined, withheld, permissionVersion: version };
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

const everythingTypes: readonly ResourceType[] = ['Patient', 'Appointment', 'Practitioner', 'Location'];

function parseEverything(query: URLSearchParams, lenient: boolean) {
  let types = everythingTypes;
  let since: string | undefined;
  const filters: [string, string][] = [];
  const refuse = (parameter: string, key: 'fhir.parameter-not-supported' | 'fhir.parameter-value'): never => {
    throw problem('invalid', key, { parameter }, { expression: [parameter] });
  };
  for (const [name, value] of query) {
    if (name === '_type') {
      const named = value.split(',');
      if (!lenient && named.some((type) => !isResourceType(type))) refuse(name, 'fhir.parameter-value');
      types = everythingTypes.filter((type) => named.includes(type));
    } else if (name === '_since') since = value;
    else if (name === 'start') filters.push(['date', `ge${value}`]);
    else if (name === 'end') filters.push(['date', `le${value}`]);
    else if (name !== '_format' && !lenient) refuse(name, 'fhir.parameter-not-supported');
  }
  return { types, filters, since };
}
