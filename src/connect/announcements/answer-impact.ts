import { z } from 'zod';
import { bitOf, columnSet, columns, columnsIn } from '../../fhir/columns.ts';
import { type Impact, type ImpactQuestion, type NeededAway, neededCellsAtMost } from '../../fhir/impact.ts';
import { problem } from '../../platform/problem.ts';
import { asSite, countImpact, type MovedSchedule } from '../../portal/index.ts';
import { findConnection, listSelected } from '../connections/connections.sql.ts';
import type { ConnectContext } from '../context.ts';
import type { Feature } from '../contract/features.ts';
import { listRosterRows } from '../doctor/doctor.sql.ts';
import { columnsKeptFor, needsOf } from '../doctor/surplus.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';

const question: z.ZodType<ImpactQuestion> = z.object({
  changes: z
    .array(
      z.object({
        officeId: z.string().max(64),
        providerId: z.string().max(64),
        columns: z.array(z.enum(columns)).max(columns.length),
      }),
    )
    .max(10_000),
});

/** What the EMR asks before somebody saves. Told are counts; what holds now is what was read of the EMR last. Throws `invalid`. */
export async function answerImpact(
  { pool, clock }: Pick<ConnectContext, 'pool' | 'clock'>,
  key: ConnectionKey,
  body: Buffer,
): Promise<Impact> {
  const { changes } = readQuestion(body);
  return asSite(
    pool,
    key.siteId,
    async (tx) => {
      const held = new Map(
        (await listRosterRows(tx, key)).map((row) => [`${row.officeId} ${row.providerId}`, row.held]),
      );
      const moved = changes.map(({ officeId, providerId, columns: after }) => ({
        officeId,
        providerId,
        before: held.get(`${officeId} ${providerId}`) ?? 0,
        after: columnSet(...after),
      }));
      const connection = await findConnection(tx, key.siteId);
      const selected = new Set(await listSelected(tx, key.siteId, key.connectionId));
      return {
        ...(await countImpact(tx, key, moved, clock.now())),
        ...(connection?.connectionId === key.connectionId && {
          needed: neededAway(
            moved.filter(({ providerId }) => selected.has(providerId)),
            connection.features,
          ),
        }),
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** What holds at a selected schedule, is needed there by what is switched on at this moment, and would not hold. */
function neededAway(moved: readonly MovedSchedule[], features: readonly Feature[]): NeededAway {
  const kept = columnsKeptFor(features);
  const needs = needsOf(features);
  const cells = moved.flatMap(({ officeId, providerId, before, after }) =>
    columnsIn(before & ~after & kept).map((column) => ({ officeId, providerId, column })),
  );
  const gone = cells.reduce((set, { column }) => set | bitOf[column], 0);
  const needing = columnsIn(gone).flatMap((column) => needs[column]);
  return { count: cells.length, features: [...new Set(needing)], cells: cells.slice(0, neededCellsAtMost) };
}

function readQuestion(body: Buffer): ImpactQuestion {
  try {
    return question.parse(JSON.parse(body.toString('utf8')));
  } catch {
    throw problem('invalid', 'problem.invalid');
  }
}
