import { noColumns } from '../../fhir/columns.ts';
import type { WithheldCell } from '../../fhir/outcome.ts';
import type { Db } from '../../platform/database/db.ts';
import { withRoster } from '../principal.ts';
import type { Reader } from './resources.sql.ts';
import { type ResourceType, resources } from './resources.ts';
import type { Condition } from './search-request.ts';
import { type AskedFor, findWithheldCells, findWithheldOffices } from './withheld.sql.ts';

/** What a question about one type asked of the matrix: the columns of its type and its includes, within its own filters. */
export function askedFor(
  type: ResourceType,
  conditions: readonly Condition[],
  included: readonly ResourceType[],
): AskedFor {
  const needed = included.reduce((set, one) => set | resources[one].needs, resources[type].needs);
  return {
    needed,
    offices: idsAsked(type, conditions, 'Location'),
    providers: idsAsked(type, conditions, 'Practitioner'),
  };
}

/** The ids of `target` that all conditions together leave; null where none of them says. */
function idsAsked(type: ResourceType, conditions: readonly Condition[], target: ResourceType): string[] | null {
  let left: string[] | null = null;
  for (const condition of conditions) {
    const ids = idsIn(type, condition, target);
    if (ids) left = left === null ? ids : left.filter((id) => ids.includes(id));
  }
  return left;
}

function idsIn(type: ResourceType, condition: Condition, target: ResourceType): string[] | undefined {
  if (condition.kind === 'id') return type === target ? [...condition.values] : undefined;
  if (condition.kind !== 'reference' || !Object.hasOwn(condition.columns, target)) return undefined;
  // `actor=Location/a,Practitioner/p` is an "or" over several types: it leaves neither an office nor a provider out.
  const only = condition.values.every((value) => (value.type ?? soleTarget(condition)) === target);
  return only ? condition.values.map(({ id }) => id) : undefined;
}

const soleTarget = (condition: Condition & { readonly kind: 'reference' }): string | undefined => {
  const targets = Object.keys(condition.columns);
  return targets.length === 1 ? targets[0] : undefined;
};

/** Answers in the transaction that read the data. */
export async function findWithheld(
  db: Db,
  reader: Reader,
  type: ResourceType,
  asked: AskedFor,
): Promise<WithheldCell[]> {
  if (type !== 'Location' && asked.needed === noColumns) return [];
  return withRoster(db, () =>
    type === 'Location' ? findWithheldOffices(db, reader, asked.offices) : findWithheldCells(db, reader, asked),
  );
}
