import { columnsIn } from '../../fhir/columns.ts';
import { format, isMessageKey, type Language, type MessageKey } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { offsetsAround } from '../../platform/zones.ts';
import { intake, outbox } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import type { Said } from '../contract/sync.ts';
import type { UndeliveredWriteBack, WriteBacks } from '../contract/write-backs.ts';
import { listOpenGaps, type OpenGap } from '../doctor/gaps.sql.ts';
import { columnNames } from '../sync/sync-status.ts';
import { findOpenUntil } from './breaker.sql.ts';

const listedAtMost = 200;

export interface Reader {
  readonly siteId: number;
  readonly language: Language;
  readonly clock: Clock;
}

/** What of the connection has not reached the EMR, and why. */
export async function readWriteBacks(tx: Db, { siteId, language, clock }: Reader): Promise<WriteBacks> {
  const zone = await intake.readSiteZone(tx, siteId);
  const now = clock.now();
  const ground = { zone, now: now.toISOString(), offsets: offsetsAround(zone, now) };
  const connection = await findConnection(tx, siteId);
  if (!connection) {
    const counts = { parked: 0, retrying: 0, waiting: 0, tasks: 0 };
    return { ...ground, connection: null, heldUntil: null, counts, items: [] };
  }
  const rows = await outbox.listUndelivered(tx, connection, listedAtMost);
  const open = await listOpenGaps(tx, connection);
  const { connectionId, name } = connection;
  return {
    ...ground,
    connection: { connectionId, name },
    heldUntil: (await findOpenUntil(tx, connection))?.toISOString() ?? null,
    counts: await outbox.countUndelivered(tx, connection),
    items: rows.map((row) => undelivered(row, language, open)),
  };
}

type Row = Awaited<ReturnType<typeof outbox.listUndelivered>>[number];

function undelivered(row: Row, language: Language, gaps: readonly OpenGap[]): UndeliveredWriteBack {
  const { state } = row;
  return {
    writeBackId: row.writeBackId,
    kind: row.kind,
    state: state === 'parked' || state === 'task' || state === 'retrying' ? state : 'waiting',
    bookingId: row.bookingId,
    officeName: row.officeName ?? row.officeId,
    providerDisplay: row.providerDisplay ?? row.providerId,
    requestedAt: row.requestedAt.toISOString(),
    requestedBy: row.requestedByName,
    since: row.stateSince.toISOString(),
    failures: row.failures,
    nextAttemptAt: state === 'retrying' ? row.nextAttemptAt.toISOString() : null,
    gapIds:
      state === 'parked'
        ? gaps
            .filter(({ found }) => found.schedules.some((pair) => intake.sliceKey(pair) === intake.sliceKey(row)))
            .map(({ gapId }) => gapId)
        : [],
    reason: reasonOf(row, language),
  };
}

/** What these say of a run is not so of a write-back. */
const instead: Readonly<Partial<Record<MessageKey, MessageKey>>> = {
  'sync.emr.server-error': 'write-back.connect.reason.server-error',
  'sync.emr.truncated': 'write-back.connect.reason.truncated',
  'sync.emr.forbidden': 'write-back.connect.reason.forbidden',
};

function reasonOf(row: Row, language: Language): Said | null {
  const said = (key: MessageKey, params: Record<string, string | number> = {}): Said => ({
    key,
    text: format(language, key, params),
  });
  if (row.state === 'parked') {
    return said('write-back.connect.reason.parked', {
      columns: columnNames(language, row.missingColumns),
      count: columnsIn(row.missingColumns).length,
      provider: row.providerDisplay ?? row.providerId,
      office: row.officeName ?? row.officeId,
    });
  }
  if (row.state === 'task' && row.taskReason !== null) return said(`write-back.connect.reason.${row.taskReason}`);
  if (row.problem && isMessageKey(row.problem.key)) {
    return said(instead[row.problem.key] ?? row.problem.key, { ...row.problem.params });
  }
  return null;
}
