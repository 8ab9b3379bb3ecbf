import { z } from 'zod';
import { columnSet, columns } from '../../fhir/columns.ts';
import type { Impact, ImpactQuestion } from '../../fhir/impact.ts';
import { problem } from '../../platform/problem.ts';
import { asSite, countImpact } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import { listRosterRows } from '../doctor/doctor.sql.ts';
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
      return countImpact(tx, key, moved, clock.now());
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

function readQuestion(body: Buffer): ImpactQuestion {
  try {
    return question.parse(JSON.parse(body.toString('utf8')));
  } catch {
    throw problem('invalid', 'problem.invalid');
  }
}
