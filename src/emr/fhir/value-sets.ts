// ValueSet: the words that bookings of this clinic are made of. Office membership alone opens them.
import { parseReference, searchPairs } from '../../fhir/search-query.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { appointmentStatuses } from '../contract/scheduler.ts';
import type { Caller } from '../oauth/caller.ts';
import { requireScope } from '../oauth/scopes.ts';
import { listOwnOffices } from '../people/people.sql.ts';
import { asPrincipal } from '../principal.ts';
import { listAppointmentTypes } from '../scheduling/open-hours.sql.ts';
import type { FhirAnswer } from './fhir-answer.ts';
import type { Reading, ReadRequest } from './read-interactions.ts';

interface ValueSet {
  readonly resourceType: 'ValueSet';
  readonly id: string;
  readonly url: string;
}

/** `ValueSet`, `ValueSet/[id]`, and their `$expand`: each comes expanded, so all four say the same. */
export function answerValueSet(
  { pool, baseUrl, clock }: Reading,
  caller: Caller,
  { path, query, lenient }: Omit<ReadRequest, 'ifNoneMatch'>,
): Promise<FhirAnswer> {
  const [, id, operation, more] = path.split('/');
  const expands = id === '$expand' ? operation === undefined : operation === '$expand';
  if (more !== undefined || (operation !== undefined && !expands)) throw problem('not-found', 'problem.not-found');
  requireScope(caller, 'ValueSet', id === undefined ? 's' : 'r');
  return asPrincipal(
    pool,
    caller,
    async (tx) => {
      const isMember = (await listOwnOffices(tx, caller.tenantId, caller.userId)).length > 0;
      const all = isMember ? await valueSets(tx, caller.tenantId, baseUrl, clock.now()) : [];
      const found = all.filter(wanted(query, lenient, baseUrl));
      if (id === undefined) return { status: 200, headers: {}, body: JSON.stringify(bundleOf(found, query, baseUrl)) };
      const one = id === '$expand' ? found.length === 1 && found[0] : all.find((set) => set.id === id);
      if (!one) throw problem('not-found', 'problem.not-found');
      return { status: 200, headers: {}, body: JSON.stringify(one) };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** FHIR has no empty arrays. */
const filled = (name: string, all: readonly object[]) => (all.length === 0 ? {} : { [name]: all });

async function valueSets(tx: Db, tenantId: number, baseUrl: string, now: Date): Promise<ValueSet[]> {
  const types = await listAppointmentTypes(tx, tenantId);
  const set = (id: string, title: string, system: string, concept: readonly { code: string; display?: string }[]) => ({
    resourceType: 'ValueSet' as const,
    id,
    url: `${baseUrl}/ValueSet/${id}`,
    name: title.replaceAll(' ', ''),
    title,
    status: 'active',
    compose: { include: [{ system, ...filled('concept', concept) }] },
    expansion: {
      timestamp: now.toISOString(),
      total: concept.length,
      ...filled(
        'contains',
        concept.map((one) => ({ system, ...one })),
      ),
    },
  });
  return [
    set(
      'appointment-status',
      'Appointment Status',
      'http://hl7.org/fhir/appointmentstatus',
      appointmentStatuses.map((code) => ({ code })),
    ),
    set('appointment-type', 'Appointment Type', `${baseUrl}/CodeSystem/appointment-type`, types),
  ];
}

function wanted(query: URLSearchParams, lenient: boolean, baseUrl: string): (set: ValueSet) => boolean {
  const tests = searchPairs(query).map(({ written, values }): ((set: ValueSet) => boolean) => {
    if (written === 'url') return ({ url }) => values.includes(url);
    if (written === '_id') return ({ id }) => values.some((text) => parseReference(text, baseUrl)?.id === id);
    if (written === '_format' || written === '_count' || lenient) return () => true;
    throw problem('invalid', 'fhir.parameter-not-supported', { parameter: written }, { expression: [written] });
  });
  return (set) => tests.every((test) => test(set));
}

const bundleOf = (found: readonly ValueSet[], query: URLSearchParams, baseUrl: string): object => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: found.length,
  link: [{ relation: 'self', url: `${baseUrl}/ValueSet${query.size === 0 ? '' : `?${query}`}` }],
  ...(found.length === 0
    ? {}
    : { entry: found.map((resource) => ({ fullUrl: resource.url, resource, search: { mode: 'match' } })) }),
});
