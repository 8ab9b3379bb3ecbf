// What a change of the matrix would make visible and what it would hide, counted before anybody saves it. Nobody's identity leaves here.
//
// Who asks may hold nothing himself, and both walls bind whoever reads. So the count is made as the user whose rows they are, in a
// transaction in which everything holds that holds before or after, and of which nothing is kept: the walls that will judge the change
// judge its preview. What holds is computed by the predicate in TypeScript, which a property test holds to the one in SQL.
import { bitOf, type ColumnSet } from '../../fhir/columns.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Db, inTransaction } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import type { PreviewRequest } from '../contract/blast-radius.ts';
import { requireOffices } from '../people/create-user.ts';
import { addMemberships, lockPermissionVersion } from '../people/people.sql.ts';
import type { Principal } from '../principal.ts';
import * as sql from './blast-radius.sql.ts';
import { getProviderPermissions } from './get-provider-permissions.ts';
import { writeGrants } from './permissions.sql.ts';
import { columnsOnPair, compilePermissions, type Permissions } from './permissions.ts';
import { pairKey } from './require-pair.ts';
import { rowsToSave } from './set-provider-permissions.ts';

export interface ChangedPair {
  readonly officeId: string;
  readonly providerId: string;
  /** What holds, membership and lapse taken into account. */
  readonly before: ColumnSet;
  readonly after: ColumnSet;
}

/** Each pair of which the user holds anything, before or after. */
function heldPairsOf(before: Permissions, after: Permissions): ChangedPair[] {
  const keys = new Map<string, { officeId: string; providerId: string }>();
  for (const held of [before, after]) {
    for (const [officeId, providers] of held) {
      for (const providerId of providers.keys()) keys.set(`${officeId}\n${providerId}`, { officeId, providerId });
    }
  }
  return [...keys.values()].map(({ officeId, providerId }) => ({
    officeId,
    providerId,
    before: columnsOnPair(before, officeId, providerId),
    after: columnsOnPair(after, officeId, providerId),
  }));
}

interface Around {
  readonly isIntegrationUser: boolean;
  /** All pairs of the user. */
  readonly pairs: readonly ChangedPair[];
  /** Those on which something else holds afterwards. */
  readonly changed: readonly ChangedPair[];
  readonly officesAfter: readonly string[];
}

type Asked = PreviewRequest & { readonly userId: string };
type Context = Pick<EmrContext, 'pool' | 'clock'>;
type Actor = Pick<Principal, 'tenantId'>;

/** Whose eyes they are; who asks is an administrator, and is recorded with the request. */
const settingsOf = ({ tenantId }: Actor, userId: string) => ({
  'tidegate.tenant_id': String(tenantId),
  'tidegate.user_id': userId,
  'tidegate.scope': 'roster',
});

async function pairsAround(tx: Db, clock: Clock, tenantId: number, asked: Asked): Promise<Around> {
  const { userId, changes, officeIds, joinOfficeIds = [] } = asked;
  const matrix = await getProviderPermissions(tx, clock, tenantId, userId);
  const rows = rowsToSave(matrix, changes);
  await requireOffices(tx, tenantId, [...(officeIds ?? []), ...joinOfficeIds]);
  const grants = await sql.readGrants(tx, tenantId, userId);
  const named = new Set(rows.map(pairKey));
  const officesAfter = [...(officeIds ?? grants.offices), ...joinOfficeIds];
  const pairs = heldPairsOf(
    compilePermissions(grants),
    compilePermissions({
      ...grants,
      offices: officesAfter,
      rows: [...grants.rows.filter((row) => !named.has(pairKey(row))), ...rows],
    }),
  );
  const changed = pairs.filter((pair) => pair.before !== pair.after);
  return { isIntegrationUser: matrix.isIntegrationUser, pairs, changed, officesAfter };
}

/** Throws as saving them would: `not-found`, `invalid` that names the row that cannot be. */
export function findChangedPairs(
  { pool, clock }: Context,
  actor: Actor,
  asked: Asked,
): Promise<Pick<Around, 'isIntegrationUser' | 'changed'>> {
  return inTransaction(pool, (tx) => pairsAround(tx, clock, actor.tenantId, asked), {
    settings: settingsOf(actor, asked.userId),
    readOnly: true,
  });
}

const nothing: sql.Counted = { bookings: { appear: 0, disappear: 0 }, patients: { appear: 0, disappear: 0 } };

/**
 * Throws as saving them would: `not-found`, `invalid` that names the row that cannot be. Nothing of it remains. A count that takes too
 * long for those who save meanwhile is `unavailable`.
 */
export async function previewChanges({ pool, clock }: Context, actor: Actor, asked: Asked): Promise<sql.Counted> {
  const { tenantId } = actor;
  const { userId } = asked;
  return inTransaction(
    pool,
    async (tx) => {
      const { pairs, changed, officesAfter } = await pairsAround(tx, clock, tenantId, asked);
      const counts = changed.some(({ before, after }) => (before ^ after) & (bitOf.Scheduling | bitOf.Patient));
      if (!counts) return nothing;
      await sql.limitCounting(tx);
      await tx.query('savepoint as_it_is');
      // First, as whoever saves does: two who wait for each other would wait for ever.
      await lockPermissionVersion(tx, tenantId, userId);
      await addMemberships(tx, tenantId, userId, officesAfter);
      await writeGrants(
        tx,
        { tenantId, userId, changedBy: userId },
        changed.map(({ officeId, providerId, before, after }) => ({
          officeId,
          providerId,
          columns: before | after,
          accessUntilDay: null,
          accessUntil: null,
        })),
      );
      const counted = await sql.countDifference(tx, tenantId, pairs, clock.now());
      await tx.query('rollback to savepoint as_it_is');
      return counted;
    },
    { settings: settingsOf(actor, userId) },
  ).catch((error: unknown) => {
    // lock_not_available, query_canceled.
    const { code } = error as { code?: unknown };
    throw code === '55P03' || code === '57014' ? problem('unavailable', 'emr.problem.preview-too-long') : error;
  });
}
