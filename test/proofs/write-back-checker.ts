// Looks into both organisations' databases when every press rests, and says which of them was lost, doubled, or called what it was not.
// It imports nothing of the product: what the EMR did is counted from its own audit log and its versions.
import type { Pool } from 'pg';

export interface Pressed {
  readonly pressId: string;
  readonly bookingId: string;
}

interface Row {
  readonly pressId: string;
  readonly bookingId: string;
  readonly state: string;
  readonly already: boolean;
}

/** Each as a sentence. `pressed`: what the portal took; of each booking one. */
export async function checkWriteBacks(
  { emr, portal, tenantId }: { readonly emr: Pool; readonly portal: Pool; readonly tenantId: number },
  pressed: readonly Pressed[],
): Promise<string[]> {
  const { rows } = await portal.query<Row & Record<string, unknown>>(
    `select press_id as "pressId", booking_id as "bookingId", state, already from write_back`,
  );
  const { rows: changes } = await emr.query<{ bookingId: string; ours: number | string }>(
    `select e.entity_id as "bookingId", count(*) as ours
       from audit_event e join app_user u on u.tenant_id = e.tenant_id and u.user_id = e.user_id
      where e.tenant_id = $1 and u.kind = 'service' and e.action = 'change-booking' group by 1`,
    [tenantId],
  );
  const { rows: torn } = await emr.query<{ bookingId: string }>(
    `select a.appointment_id as "bookingId" from appointment a
      where a.tenant_id = $1 and a.version_id <> (select count(*) from appointment_history h
             where h.tenant_id = a.tenant_id and h.appointment_id = a.appointment_id)`,
    [tenantId],
  );
  const ours = new Map(changes.map((one) => [one.bookingId, Number(one.ours)]));
  const kept = Map.groupBy(rows, (row) => row.pressId);
  const wrong: string[] = torn.map(({ bookingId }) => `${bookingId}: a version is missing in the EMR`);
  for (const { pressId, bookingId } of pressed) {
    const [row, ...more] = kept.get(pressId) ?? [];
    if (!row) wrong.push(`${bookingId}: the press is lost`);
    else if (more.length > 0) wrong.push(`${bookingId}: the press is there ${more.length + 1} times`);
  }
  const taken = new Set(pressed.map(({ pressId }) => pressId));
  for (const { pressId, bookingId, state, already } of rows) {
    const changed = ours.get(bookingId) ?? 0;
    if (!taken.has(pressId)) wrong.push(`${bookingId}: nobody pressed that`);
    if (state !== 'acknowledged' && state !== 'task') wrong.push(`${bookingId}: it rests ${state}`);
    else if (changed > 1) wrong.push(`${bookingId}: doubled, changed ${changed} times`);
    else if (state === 'task' && changed !== 0) wrong.push(`${bookingId}: given to the staff, and done`);
    else if (state === 'acknowledged' && already && changed !== 0)
      wrong.push(`${bookingId}: said to be somebody else’s, and it was ours`);
    else if (state === 'acknowledged' && !already && changed !== 1)
      wrong.push(`${bookingId}: said to be done, and changed ${changed} times`);
  }
  const known = new Set(rows.map(({ bookingId }) => bookingId));
  for (const [bookingId] of ours) if (!known.has(bookingId)) wrong.push(`${bookingId}: changed, and nobody pressed`);
  return wrong;
}
