// `GET [base]/Appointment/$digest`: the bookings that the caller may see, said by schedule and period as a count and a digest each. Whoever
// holds the same digest holds the same bookings, and need not read them. What a digest is of: docs/build-against-this-emr.md; as SQL:
// appointment-digest.sql.ts. Below are the typed form and the codec of request and answer.
import { parseDateCondition } from './dates.ts';
import { idIn, one, type Parameters, type ParametersPart, partsNamed, partsOf } from './parameters.ts';

export const digestDefinition = 'https://tidegate.dev/fhir/OperationDefinition/appointment-digest';

export interface DigestRequest {
  /** Goes into every digest, so that none can be told that was not computed for this request: 16 to 64 of A-Z a-z 0-9 - _. */
  readonly salt: string;
  /** FHIR instants, ascending, 2 to 200. Each period reaches from one of them, which it includes, to the next. */
  readonly cuts: readonly string[];
}

/** A period without bookings is not named. */
export interface DigestedPeriod {
  readonly officeId: string;
  readonly providerId: string;
  /** 0 is from the first cut to the second. */
  readonly period: number;
  readonly count: number;
  readonly digest: string;
}

const saltPattern = /^[\w-]{16,64}$/;
const cutsAtMost = 200;

/** What was asked, or the parameter that is not as it should be. */
export function digestRequestFrom(query: URLSearchParams): DigestRequest | { readonly refused: string } {
  for (const name of query.keys()) if (name !== 'salt' && name !== 'cut') return { refused: name };
  const salts = query.getAll('salt');
  if (salts.length !== 1 || !saltPattern.test(salts[0]!)) return { refused: 'salt' };
  const dates = query.getAll('cut').flatMap((value) => value.split(',').map(parseDateCondition));
  const cuts = dates.flatMap((date) => (date?.prefix === 'eq' ? [date.from] : []));
  const ascends = cuts.every((cut, index) => index === 0 || cuts[index - 1]! < cut);
  if (cuts.length !== dates.length || cuts.length < 2 || cuts.length > cutsAtMost || !ascends)
    return { refused: 'cut' };
  return { salt: salts[0]!, cuts };
}

export const digestQuery = ({ salt, cuts }: DigestRequest): URLSearchParams =>
  new URLSearchParams({ salt, cut: cuts.join(',') });

export const digestsToParameters = (periods: readonly DigestedPeriod[]): Parameters => ({
  resourceType: 'Parameters',
  ...(periods.length === 0 ? {} : { parameter: periods.map(parameterOf) }),
});

const parameterOf = ({ officeId, providerId, period, count, digest }: DigestedPeriod): ParametersPart => ({
  name: 'digest',
  part: [
    { name: 'location', valueReference: { reference: `Location/${officeId}` } },
    { name: 'practitioner', valueReference: { reference: `Practitioner/${providerId}` } },
    { name: 'period', valueInteger: period },
    { name: 'count', valueInteger: count },
    { name: 'value', valueString: digest },
  ],
});

/** Throws TypeError for anything that digestsToParameters does not write. */
export const digestsFromParameters = (resource: unknown): DigestedPeriod[] =>
  partsNamed(partsOf(resource), 'digest').map((parts) => ({
    officeId: idIn(one(parts, 'location', 'valueReference'), 'Location'),
    providerId: idIn(one(parts, 'practitioner', 'valueReference'), 'Practitioner'),
    period: one(parts, 'period', 'valueInteger'),
    count: one(parts, 'count', 'valueInteger'),
    digest: one(parts, 'value', 'valueString'),
  }));
