// What a write needs on the pair that it names, and the refusal that says what lacks (docs/domain.md §6): judged first, whether or not
// there is anything behind the pair.
import { bitOf, type ColumnSet, columnsIn, columnsNeeded, includesColumns, noColumns } from '../../fhir/columns.ts';
import type { WithheldCell } from '../../fhir/outcome.ts';
import type { Db } from '../../platform/database/db.ts';
import { type Problem, problem } from '../../platform/problem.ts';
import { type Principal, withRoster } from '../principal.ts';
import { findHeldPairs, findNames } from './held-pairs.sql.ts';

export interface Pair {
  readonly officeId: string;
  readonly providerId: string;
}

export interface HeldPair extends Pair {
  readonly columns: ColumnSet;
  /** Of the office. */
  readonly zone: string;
  /** An inactive schedule takes no bookings. */
  readonly active: boolean;
}

export const pairKey = ({ officeId, providerId }: Pair): string => `${officeId}\n${providerId}`;

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

/** Each of the pairs that the actor holds anything on, by pairKey. */
export async function heldPairs(tx: Db, actor: Actor, pairs: readonly Pair[]): Promise<Map<string, HeldPair>> {
  const distinct = [...new Map(pairs.map((pair) => [pairKey(pair), pair])).values()];
  return new Map((await findHeldPairs(tx, actor, distinct)).map((held) => [pairKey(held), held]));
}

/** Throws the refusal unless the actor holds all of `needed` there. */
export async function requirePair(
  tx: Db,
  publicUrl: string,
  actor: Actor,
  pair: Pair,
  needed: ColumnSet,
): Promise<HeldPair> {
  const held = (await heldPairs(tx, actor, [pair])).get(pairKey(pair));
  if (!held || !includesColumns(held.columns, needed)) throw await refusal(tx, publicUrl, actor, pair, needed, held);
  return held;
}

export const needsScheduling: ColumnSet = columnsNeeded.Appointment;
export const needsPatient: ColumnSet = columnsNeeded.Patient;

/**
 * 403 that names each missing column, the office and the provider, what was needed and what is provided, and where in Manage Security
 * it is given. The names of the clinic's own offices and providers are no secret to its users; ids stand in for unknown ones.
 */
export async function refusal(
  tx: Db,
  publicUrl: string,
  { tenantId, userId }: Actor,
  pair: Pair,
  needed: ColumnSet,
  held: HeldPair | undefined,
): Promise<Problem> {
  const names = await withRoster(tx, () => findNames(tx, tenantId, pair));
  const provided = held?.columns ?? noColumns;
  const missing = columnsIn(needed & ~provided);
  // Only what names the cell: whoever asks may have given a whole booking as the pair.
  const { officeId, providerId } = pair;
  const cells: WithheldCell[] = missing.map((column) => ({ officeId, providerId, column }));
  return problem(
    'forbidden',
    'emr.problem.column-missing',
    {
      column: missing.join(', '),
      office: names.office ?? pair.officeId,
      provider: names.provider ?? pair.providerId,
    },
    {
      cells,
      needed: columnsIn(needed),
      provided: columnsIn(provided),
      manageSecurity: manageSecurityUrl(publicUrl, userId, pair, needed & ~provided),
    },
  );
}

/** Opens Manage Security at the first missing cell. */
function manageSecurityUrl(publicUrl: string, userId: string, pair: Pair, missing: ColumnSet): string {
  const column = (missing & bitOf.Visible) !== 0 ? 'Visible' : columnsIn(missing)[0]!;
  const query = new URLSearchParams({ user: userId, cell: `${pair.officeId}/${pair.providerId}/${column}` });
  return `${publicUrl}/security?${query}`;
}
