// Looks into both organisations' databases after a run and says what does not fit. It imports nothing of the product: what it holds
// the portal against is written from docs/domain.md alone.
import type { Pool } from 'pg';

export interface Books {
  readonly emr: Pool;
  readonly portal: Pool;
  readonly tenantId: number;
  readonly userId: string;
}

/** Where a booking of the EMR stands: bookings in the EMR = shown + skipped (by reason) + withheld + invisible. */
export type Standing = 'shown' | 'withheld' | 'invisible' | 'not-selected' | 'out-of-window' | 'entered-in-error';

export interface EmrBooking {
  readonly id: string;
  readonly slice: string;
  readonly standing: Standing;
  readonly status: string;
  readonly lastUpdated: string;
  /** Everything that a page shows of it, in one text. */
  readonly shows: string;
}

const shown = (booking: string, patient: string, version: string, instant: string) => `
  concat_ws(' | ', ${booking}.office_id, ${booking}.provider_id, ${booking}.status, ${booking}.participation, ${booking}.type_text,
            ${instant}.start_at at time zone 'UTC', ${instant}.end_at at time zone 'UTC', ${booking}.${version}, ${patient}.patient_id,
            ${patient}.family, ${patient}.given, ${patient}.birth_date, ${patient}.gender, ${patient}.phone, ${patient}.email,
            ${patient}.language, ${patient}.chart_number)`;

/** Bookings lie an hour or more inside the window or far outside of it, so that its edges need no zone. */
const inWindow = `a.start_at between now() - interval '30 minutes' and now() + interval '13 days'`;

export async function readEmr({ emr, portal, tenantId, userId }: Books): Promise<EmrBooking[]> {
  const selected = await portal.query<{ id: string }>('select provider_id as id from connect.selected_provider');
  const { rows } = await emr.query<EmrBooking & Record<string, unknown>>(
    `select a.appointment_id as id, a.office_id || ' ' || a.provider_id as slice, a.status,
            to_char(greatest(a.last_updated, p.last_updated) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as "lastUpdated",
            case when not coalesce(g.columns & 34 = 34 and (g.access_until is null or g.access_until > now()) and m.user_id is not null, false)
                 then 'invisible'
                 when a.provider_id <> all ($3) then 'not-selected'
                 when a.status = 'entered-in-error' then 'entered-in-error'
                 when not (${inWindow}) then 'out-of-window'
                 when a.patient_id is not null and g.columns & 1 = 0 then 'withheld'
                 else 'shown' end as standing,
            ${shown('a', 'p', 'version_id', 'a')} as shows
       from appointment a
       left join permission_grant g on g.tenant_id = a.tenant_id and g.user_id = $2 and g.office_id = a.office_id and g.provider_id = a.provider_id
       left join office_membership m on m.tenant_id = a.tenant_id and m.user_id = $2 and m.office_id = a.office_id
       left join patient p on p.tenant_id = a.tenant_id and p.patient_id = a.patient_id
      where a.tenant_id = $1 order by 1`,
    [tenantId, userId, selected.rows.map(({ id }) => id)],
  );
  return rows;
}

interface PortalBooking {
  readonly id: string;
  readonly slice: string;
  readonly state: string;
  readonly status: string;
  readonly masked: boolean;
  readonly shows: string;
}

async function readPortal({ portal }: Books): Promise<PortalBooking[]> {
  const { rows } = await portal.query<PortalBooking & Record<string, unknown>>(
    `select b.booking_id as id, b.office_id || ' ' || b.provider_id as slice, b.state, b.status, b.patient_masked as masked,
            ${shown('b', 'p', 'emr_version', 'b')} as shows
       from booking b
       left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
      order by 1`,
  );
  return rows;
}

export interface Ledger {
  readonly slice: string;
  readonly fetched: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly returned: number;
  readonly removed: number;
  readonly unconfirmed: number;
  readonly resurfaced: number;
  readonly lost: number;
  readonly withheld: number;
}

/** Listed or withheld: what counts as there. */
export async function countThere({ portal }: Books): Promise<number> {
  const { rows } = await portal.query<{ n: string | number }>(
    `select count(*) as n from booking where state in ('present', 'unconfirmed')`,
  );
  return Number(rows[0]!.n);
}

/** Everything that people see or that the next run goes on from, as one text. */
export async function fingerprint({ portal }: Books): Promise<string> {
  const tables = [
    'booking',
    'patient',
    'schedule',
    'office',
    'provider',
    'connect.slice_cursor',
    'connect.slice_ledger',
  ];
  const digests = tables.map((table) => `(select md5(string_agg(t::text, E'\\n' order by t::text)) from ${table} t)`);
  const { rows } = await portal.query<{ digest: string }>(`select concat_ws(' ', ${digests.join(', ')}) as digest`);
  return rows[0]!.digest;
}

/** What does not fit in the portal as it is, each as a sentence. `stale`: bookings that changed after they were read may be older. */
export async function checkState(books: Books, { stale = false } = {}): Promise<string[]> {
  const [emr, portal] = [await readEmr(books), await readPortal(books)];
  const wrong: string[] = [];
  const there = portal.filter(({ state }) => state === 'present' || state === 'unconfirmed');
  const listed = portal.filter(isListed);
  const wanted = emr.filter(({ standing }) => standing === 'shown');
  if (wanted.length === 0) wrong.push('nothing is permitted, so nothing was compared');
  // Moved to where the integration user may not look: of the schedule that it left the EMR says nothing, and absence is no evidence
  // (docs/domain.md, "Synchronising"). It stays with a mark, or, while the guard asks a person, as it was; under a schedule that may be
  // read, and under no other.
  const [readable, guarded] = [await readableSlices(books), await guardedSlices(books)];
  const standingOf = new Map(emr.map((one) => [one.id, one]));
  const isMovedAway = ({ id, slice, state }: PortalBooking): boolean => {
    const one = standingOf.get(id);
    const stays = state === 'unconfirmed' || (state === 'present' && guarded.has(slice));
    return stays && one?.standing === 'invisible' && one.slice !== slice && readable.has(slice);
  };
  const textOf = new Map(listed.map(({ id, shows }) => [id, shows]));
  const differing = [
    ...wanted.filter(({ id, shows }) => textOf.get(id) !== shows).map(({ id }) => id),
    ...listed.filter((row) => !isMovedAway(row) && !wanted.some((one) => one.id === row.id)).map(({ id }) => id),
  ];
  const withheld = emr.filter(({ standing }) => standing === 'withheld').map(({ id }) => id);
  const masked = there.filter((one) => one.masked && !isMovedAway(one)).map(({ id }) => id);
  differing.push(...withheld.filter((id) => !masked.includes(id)), ...masked.filter((id) => !withheld.includes(id)));
  const excused = stale ? await changedAfterCursor(books, emr) : new Set<string>();
  const describe = (id: string): string => {
    const [mine, yours] = [emr.find((one) => one.id === id), portal.find((one) => one.id === id)];
    return `${mine?.standing ?? 'not there'}: ${mine?.shows}; here ${yours?.state ?? 'not there'}: ${yours?.shows}`;
  };
  for (const id of differing) if (!excused.has(id)) wrong.push(`${id} is not as the EMR permits it (${describe(id)})`);

  const gone = await saidToBeGone(books, emr);
  const twice = portal.filter(({ id }, index) => portal[index - 1]?.id === id);
  for (const { id } of twice) wrong.push(`${id} is there twice`);
  for (const row of portal) {
    const { id, status, state } = row;
    const one = standingOf.get(id);
    const cancelled = one?.shows.split(' | ')[2] === 'cancelled';
    if (status === 'cancelled' && !cancelled && !excused.has(id))
      wrong.push(`${id} was cancelled by nobody: ${describe(id)}`);
    // Who made a mistake of it decides, whether or not its provider is selected or may be seen by now: that is never taken back here.
    if (state === 'deleted' && one?.status !== 'entered-in-error' && !excused.has(id) && !gone.has(id))
      wrong.push(`${id} was deleted by nobody`);
    if (state === 'unconfirmed' && !isMovedAway(row)) wrong.push(`${id} is unconfirmed, and the EMR has it`);
  }
  const counted = Object.values(Object.groupBy(emr, ({ standing }) => standing)).map((some) => some.length);
  if (counted.reduce((sum, n) => sum + n, 0) !== emr.length)
    wrong.push('the books do not hold every booking of the EMR');
  return wrong;
}

/** Deleted with a tombstone, or without one where a Site Admin's word is that absence means it. */
async function saidToBeGone({ emr, portal, tenantId }: Books, there: readonly EmrBooking[]): Promise<Set<string>> {
  const { rows: tombstones } = await emr.query<{ id: string }>(
    'select appointment_id as id from appointment_version where tenant_id = $1 and deleted',
    [tenantId],
  );
  const { rows: absent } = await portal.query<{ id: string }>(
    `select booking_id as id from booking join connect.connection using (site_id, connection_id)
      where absence_is_deletion and booking_id <> all ($1)`,
    [there.map(({ id }) => id)],
  );
  const ids = new Set([...tombstones, ...absent].map(({ id }) => id));
  for (const { id } of there) ids.delete(id);
  return ids;
}

/** What the portal lists, by id. */
export async function listedNow(books: Books): Promise<string[]> {
  const portal = await readPortal(books);
  return portal.filter(isListed).map(({ id }) => id);
}

const isListed = ({ state, masked, status }: PortalBooking): boolean =>
  (state === 'present' || state === 'unconfirmed') && !masked && status !== 'entered-in-error';

/**
 * What of `before`, the listed ones, was removed wrongly. The EMR has it and permits it: it is listed, as what it was, without a mark. The
 * EMR has it out of our sight: it is kept, and nothing says that it was cancelled. The EMR has it no more and has not said why: it is
 * listed.
 */
export async function checkRemovals(books: Books, before: readonly string[]): Promise<string[]> {
  const [emr, portal] = [await readEmr(books), await readPortal(books)];
  const gone = await saidToBeGone(books, emr);
  const [inEmr, inPortal] = [new Map(emr.map((one) => [one.id, one])), new Map(portal.map((one) => [one.id, one]))];
  if (before.length === 0) return ['nothing was listed, so nothing could be removed'];
  return before.flatMap((id) => {
    const [one, row] = [inEmr.get(id), inPortal.get(id)];
    if (!row) return [`${id} is not stored any more`];
    if (row.status === 'cancelled' && one?.status !== 'cancelled') return [`${id} was cancelled by nobody`];
    if (!one) return isListed(row) || gone.has(id) ? [] : [`${id} is ${row.state}, and nobody said that it is gone`];
    if (one.standing === 'shown')
      return isListed(row) && row.state === 'present' ? [] : [`${id} is ${row.state}, and the EMR has it`];
    const isInError = one.status === 'entered-in-error';
    if ((row.state === 'deleted' && !isInError) || row.state === 'released')
      return [`${id} was ${row.state} by nobody`];
    return [];
  });
}

/** Schedules of which the last run left the absent bookings as they were, for a person to decide. */
async function guardedSlices({ portal }: Books): Promise<Set<string>> {
  const { rows } = await portal.query<{ slice: string }>(
    `select office_id || ' ' || provider_id as slice from schedule where outcome = 'waiting'`,
  );
  return new Set(rows.map(({ slice }) => slice));
}

/**
 * Whether the guard had to stop a run (docs/domain.md, "Synchronising"), from what it left: more than 20 % and at least 25 bookings of
 * the connection absent without evidence, or all of a schedule of 10 or more.
 */
async function hadToWait(books: Books): Promise<boolean> {
  const [readable, guarded] = [await readableSlices(books), await guardedSlices(books)];
  const { rows: known } = await books.portal.query<{ id: string; slice: string; state: string }>(
    `select a.booking_id as id, a.office_id || ' ' || a.provider_id as slice, a.state from booking a
      where a.state <> 'deleted' and ${inWindow}`,
  );
  const inEmr = new Map((await readEmr(books)).map((one) => [one.id, one.slice]));
  const counts = [...readable].map((slice) => {
    const here = known.filter((one) => one.slice === slice);
    const absent = here.filter(({ id, state }) => state !== 'unconfirmed' && inEmr.get(id) !== slice);
    const listed = here.filter((one) => one.state === 'present' || one.state === 'unconfirmed' || absent.includes(one));
    return { slice, absent: absent.length, known: listed.length };
  });
  if (counts.some(({ slice, absent }) => guarded.has(slice) !== absent > 0)) return false;
  const sum = (pick: (one: { absent: number; known: number }) => number) =>
    counts.reduce((all, one) => all + pick(one), 0);
  const [absent, all] = [sum((one) => one.absent), sum((one) => one.known)];
  return (absent >= 25 && absent > all / 5) || counts.some((one) => one.known >= 10 && one.absent === one.known);
}

/** Schedules whose bookings the integration user may read. */
async function readableSlices({ emr, tenantId, userId }: Books): Promise<Set<string>> {
  const { rows } = await emr.query<{ slice: string }>(
    `select g.office_id || ' ' || g.provider_id as slice
       from permission_grant g join office_membership m using (tenant_id, user_id, office_id)
      where g.tenant_id = $1 and g.user_id = $2 and g.columns & 34 = 34 and (g.access_until is null or g.access_until > now())`,
    [tenantId, userId],
  );
  return new Set(rows.map(({ slice }) => slice));
}

/** Bookings whose change lies at or after the cursor of their slice: the next recent run brings them. */
async function changedAfterCursor({ portal }: Books, emr: readonly EmrBooking[]): Promise<Set<string>> {
  const { rows } = await portal.query<{ slice: string; at: string }>(
    `select office_id || ' ' || provider_id as slice, to_char(cursor_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at
       from connect.slice_cursor where cursor_at is not null`,
  );
  const cursors = new Map(rows.map(({ slice, at }) => [slice, at]));
  return new Set(
    emr
      .filter(({ slice, lastUpdated }) => cursors.has(slice) && lastUpdated >= cursors.get(slice)!)
      .map(({ id }) => id),
  );
}

/** What does not fit in the ledger of a run that has ended. `thereBefore`: what `countThere` said before it. */
export async function checkLedger(books: Books, runId: string, thereBefore: number): Promise<string[]> {
  const { portal } = books;
  const { rows: ledger } = await portal.query<Ledger & Record<string, unknown>>(
    `select office_id || ' ' || provider_id as slice, fetched, created, updated, unchanged, returned, removed, unconfirmed,
            resurfaced, visibility_lost as lost, withheld
       from connect.slice_ledger where run_id = $1`,
    [runId],
  );
  const { rows: runs } = await portal.query<{ state: string; totals: Record<string, number>; open: number }>(
    `select state, totals, (select count(*) from connect.sync_run where state in ('queued', 'running'))::integer as open
       from connect.sync_run where run_id = $1`,
    [runId],
  );
  const { state, totals, open } = runs[0]!;
  const wrong: string[] = [];
  if (state === 'waiting-for-decision') {
    if (!(await hadToWait(books))) wrong.push('the guard stopped a run without need');
  } else if (state !== 'complete' && state !== 'complete-with-gaps') wrong.push(`the run ended ${state}`);
  if (open !== 0) wrong.push(`${open} runs are open`);
  if (ledger.length === 0) wrong.push('the run has no ledger');
  const emr = await readEmr(books);
  for (const one of ledger) {
    const read = emr.filter(
      ({ slice, standing }) => slice === one.slice && (standing === 'shown' || standing === 'withheld'),
    ).length;
    if (one.fetched !== one.created + one.updated + one.unchanged + one.returned)
      wrong.push(`${one.slice}: fetched ${one.fetched} is not the sum of what became of it`);
    if (one.fetched !== read) wrong.push(`${one.slice}: ${one.fetched} fetched, ${read} permitted`);
  }
  const sum = (pick: (one: Ledger) => number) => ledger.reduce((total, one) => total + pick(one), 0);
  if (totals['fetched'] !== sum((one) => one.fetched)) wrong.push('the totals are not those of the ledger');
  const after = thereBefore + sum((one) => one.created + one.returned + one.resurfaced - one.removed - one.lost);
  const there = await countThere(books);
  if (there !== after) wrong.push(`${there} bookings are there, ${after} by the ledger`);
  return wrong;
}

export async function countStaged({ portal }: Books): Promise<number> {
  const { rows } = await portal.query<{ n: string | number }>(
    'select (select count(*) from intake.staged_booking) + (select count(*) from intake.staged_patient) as n',
  );
  return Number(rows[0]!.n);
}
