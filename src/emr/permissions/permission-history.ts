import { columnSet } from '../../fhir/columns.ts';
import { addDays, todayIn } from '../../platform/zones.ts';
import type { EmrContext } from '../context.ts';
import { type ExpiringRow, expiringDays, type RowHistory } from '../contract/permission-history.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './permission-history.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

const longest = 200;
const dayMs = 86_400_000;

/** Who changed a row of a user's matrix, when, and what stood before and after. */
export async function readRowHistory(
  context: EmrContext,
  actor: Actor,
  row: { readonly userId: string; readonly officeId: string; readonly providerId: string },
): Promise<RowHistory> {
  const found = await asPrincipal(
    context.pool,
    actor,
    (tx) => sql.listRowChanges(tx, actor.tenantId, row, longest + 1),
    { readOnly: true },
  );
  const held = ({ columns, accessUntilDay }: (typeof found)[number]['before']) => ({
    columns: columnSet(...columns),
    accessUntilDay,
  });
  return {
    changes: found.slice(0, longest).map(({ at, by, before, after, reason }) => ({
      at: at.toISOString(),
      by,
      before: held(before),
      after: held(after),
      reason,
    })),
    more: found.length > longest,
  };
}

/** Rows that end within 30 days, counted on the calendar of each row's office: the last of them is today plus 30. */
export async function listExpiringAccess(context: EmrContext, actor: Actor): Promise<ExpiringRow[]> {
  const now = context.clock.now();
  // A day's end lies within a day of it wherever the office is; which day it is, the calendar says.
  const until = new Date(now.getTime() + (expiringDays + 2) * dayMs);
  const rows = await asPrincipal(
    context.pool,
    actor,
    (tx) => sql.listEndingRows(tx, actor.tenantId, { after: now, until }),
    { scope: 'roster', readOnly: true },
  );
  return rows.flatMap(({ zone, ...row }) =>
    row.accessUntilDay <= addDays(todayIn(zone, context.clock), expiringDays) ? [row] : [],
  );
}
