import type { EmrContext } from '../context.ts';
import { findPairOfRole } from '../permissions/held-pairs.sql.ts';
import type { Pair } from '../permissions/require-pair.ts';
import { asPrincipal, type Principal, withRoster } from '../principal.ts';
import { refuseElements } from './resource-body.ts';

/** The pair that a write names by a PractitionerRole; the roster is no secret, so a role that there is not is said to be none. */
export async function pairOfRole(
  { pool }: Pick<EmrContext, 'pool'>,
  actor: Principal,
  roleId: string,
  element: string,
): Promise<Pair> {
  const pair = await asPrincipal(
    pool,
    actor,
    (tx) => withRoster(tx, () => findPairOfRole(tx, actor.tenantId, roleId)),
    { readOnly: true },
  );
  return pair ?? refuseElements([{ expression: element, diagnostics: 'There is no such PractitionerRole.' }]);
}
