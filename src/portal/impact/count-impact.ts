// What a change of the integration user's permissions would start and stop here, from what the portal knows before anything is read again.
// Nothing is sent and nothing is written. Bookings that the portal has never seen are not in it.
import { columnSet, includesColumns } from '../../fhir/columns.ts';
import type { Impact } from '../../fhir/impact.ts';
import type { Db } from '../../platform/database/db.ts';
import type { ConnectionKey } from '../outbox/outbox.ts';
import { countMovedReminders } from '../reminders/count-moved.ts';
import { countMovedLinks, countMovedPages, countMovedWriteBacks, type MovedSchedule } from './impact.sql.ts';

export type { MovedSchedule } from './impact.sql.ts';

/** What a booking needs to be listed with its patient. */
const listed = columnSet('Visible', 'Scheduling', 'Patient');

export async function countImpact(
  db: Db,
  { siteId, connectionId }: ConnectionKey,
  moved: readonly MovedSchedule[],
  now: Date,
): Promise<Impact> {
  const key = { siteId, connectionId };
  const assumed = moved.flatMap(({ officeId, providerId, before, after }) =>
    includesColumns(before, listed) === includesColumns(after, listed)
      ? []
      : [{ connectionId, officeId, providerId, listed: includesColumns(after, listed) }],
  );
  return {
    pages: await countMovedPages(db, key, moved, listed, now),
    reminders: await countMovedReminders(db, siteId, assumed, now),
    links: await countMovedLinks(db, key, moved, now),
    writeBacks: await countMovedWriteBacks(db, key, moved),
  };
}
