// What the EMR had and when, and whether what the portal holds can be so. It reads both databases, imports nothing of the product, and is
// written from docs/domain.md, "Synchronising".
import type { Books } from './sync-checker.ts';

/** Where a booking stood for the integration user, from an instant on. */
type Standing = 'shown' | 'withheld' | 'invisible' | 'out-of-window' | 'mistake' | 'gone' | 'vanished';

interface Entry {
  /** Seconds of the EMR's clock, after the change. */
  readonly at: number;
  readonly standing: Standing;
  readonly slice: string;
  /** What of it a page shows, without the patient; nothing of one that is gone. */
  readonly text: string;
  /** The EMR says so to the integration user: a deletion to whoever could see what was deleted. */
  readonly told: boolean;
}

interface Held {
  readonly id: string;
  readonly slice: string;
  readonly state: string;
  readonly masked: boolean;
  readonly text: string;
  readonly patientId: string | null;
  readonly patientText: string | null;
  readonly inWindow: boolean;
}

interface Schedule {
  readonly slice: string;
  readonly visibility: string;
  readonly outcome: string;
  /** Seconds of the EMR's clock: as of when it is as the EMR has it. */
  readonly asOf: number | null;
}

interface EndedRun {
  readonly runId: string;
  readonly mode: string;
  readonly slice: string | null;
  readonly state: string;
  readonly startedAt: number;
  readonly problem: unknown;
  readonly fetched: number;
  readonly open: number;
}

const textOf = (alias: string, version: string) => `
  concat_ws(' | ', ${alias}.office_id, ${alias}.provider_id, ${alias}.status, ${alias}.participation, ${alias}.type_text,
            ${alias}.start_at at time zone 'UTC', ${alias}.end_at at time zone 'UTC', ${alias}.${version}, ${alias}.patient_id)`;
const personOf = (alias: string) =>
  `concat_ws(' | ', ${alias}.family, ${alias}.given, ${alias}.birth_date, ${alias}.phone, ${alias}.email, ${alias}.language)`;
/** Bookings lie an hour or more inside the window or far outside of it, so that its edges need no zone. */
const inWindow = (alias: string) =>
  `${alias}.start_at between now() - interval '30 minutes' and now() + interval '13 days'`;
const seconds = (of: string) => `extract(epoch from ${of})::float8`;

export class Chronicle {
  readonly #books: Books;
  readonly #entries = new Map<string, Entry[]>();
  /** Texts that each patient ever had. */
  readonly #people = new Map<string, Set<string>>();
  /** Slices with the instant since when each cannot be read; those that once could not. */
  readonly #unreadable = new Map<string, number>();
  readonly #everUnreadable = new Set<string>();
  readonly #everHeld = new Set<string>();
  readonly #seenRuns = new Set<string>();
  #digest = '';
  #there = 0;
  /** What was compared. */
  readonly counts = { bookings: 0, runs: 0, unfinished: 0, removed: 0 };

  constructor(books: Books) {
    this.#books = books;
  }

  /** Writes down what the EMR has now; after every change. */
  async note(): Promise<void> {
    const { emr, tenantId, userId } = this.#books;
    const { rows } = await emr.query<Omit<Entry, 'told' | 'at'> & { id: string }>(
      `select a.appointment_id as id, a.office_id || ' ' || a.provider_id as slice, ${textOf('a', 'version_id')} as text,
              case when not coalesce(g.columns & 34 = 34 and (g.access_until is null or g.access_until > now()), false) then 'invisible'
                   when a.status = 'entered-in-error' then 'mistake'
                   when not (${inWindow('a')}) then 'out-of-window'
                   when a.patient_id is not null and g.columns & 1 = 0 then 'withheld'
                   else 'shown' end as standing
         from appointment a
         left join permission_grant g on g.tenant_id = a.tenant_id and g.user_id = $2 and g.office_id = a.office_id and g.provider_id = a.provider_id
        where a.tenant_id = $1`,
      [tenantId, userId],
    );
    const { rows: rest } = await emr.query<{ kind: string; id: string; text: string; at: number }>(
      `select 'patient' as kind, patient_id as id, ${personOf('p')} as text, ${seconds('clock_timestamp()')} as at from patient p where tenant_id = $1
       union all
       select 'gone', appointment_id, '', ${seconds('clock_timestamp()')} from appointment_version where tenant_id = $1 and deleted
       union all
       select 'unreadable', s.office_id || ' ' || s.provider_id, '', ${seconds('clock_timestamp()')} from provider_schedule s
        where s.tenant_id = $1 and not exists (
          select from permission_grant g where g.tenant_id = s.tenant_id and g.user_id = $2 and g.office_id = s.office_id
             and g.provider_id = s.provider_id and g.columns & 34 = 34 and (g.access_until is null or g.access_until > now()))`,
      [tenantId, userId],
    );
    const { rows: clock } = await emr.query<{ at: number }>(`select ${seconds('clock_timestamp()')} as at`);
    const now = clock[0]!.at;
    const there = new Map(rows.map((row) => [row.id, row]));
    const gone = new Set(rest.flatMap(({ kind, id }) => (kind === 'gone' ? [id] : [])));
    for (const { id, slice, standing, text } of rows)
      this.#append(id, { at: now, standing, slice, text, told: standing !== 'invisible' });
    for (const [id, entries] of this.#entries) {
      if (there.has(id)) continue;
      const { slice, told } = entries.at(-1)!;
      const standing = gone.has(id) ? 'gone' : 'vanished';
      this.#append(id, { at: now, standing, slice, text: '', told: standing === 'gone' && told });
    }
    for (const { kind, id, text } of rest) {
      if (kind !== 'patient') continue;
      const texts = this.#people.get(id) ?? new Set();
      this.#people.set(id, texts.add(text));
    }
    const unreadable = new Set(rest.flatMap(({ kind, id }) => (kind === 'unreadable' ? [id] : [])));
    for (const slice of this.#unreadable.keys()) if (!unreadable.has(slice)) this.#unreadable.delete(slice);
    for (const slice of unreadable) {
      this.#everUnreadable.add(slice);
      if (!this.#unreadable.has(slice)) this.#unreadable.set(slice, now);
    }
  }

  #append(id: string, entry: Entry): void {
    const entries = this.#entries.get(id) ?? [];
    const last = entries.at(-1);
    if (last && last.standing === entry.standing && last.text === entry.text) return;
    this.#entries.set(id, [...entries, entry]);
  }

  /** What cannot be so, each as a sentence. `settled`: a full run has just read everything, and nothing has changed since. */
  async check({ settled = false } = {}): Promise<string[]> {
    const [held, schedules, runs] = [await this.#held(), await this.#schedules(), await this.#endedRuns()];
    return [
      ...this.#checkUntouched(held, runs),
      ...(await this.#checkRuns(held, runs)),
      ...this.#checkHeld(held, schedules),
      ...this.#checkMissing(held, schedules, settled),
      ...this.#checkVisibility(held, schedules, runs),
    ];
  }

  async #held(): Promise<Held[]> {
    const { rows } = await this.#books.portal.query<Held & Record<string, unknown>>(
      `select b.booking_id as id, b.office_id || ' ' || b.provider_id as slice, b.state, b.patient_masked as masked,
              ${textOf('b', 'emr_version')} as text, b.patient_id as "patientId", case when p.patient_id is not null then ${personOf('p')} end as "patientText",
              ${inWindow('b')} as "inWindow"
         from booking b left join patient p on p.site_id = b.site_id and p.connection_id = b.connection_id and p.patient_id = b.patient_id
        order by 1`,
    );
    return rows;
  }

  async #schedules(): Promise<Map<string, Schedule>> {
    const { rows } = await this.#books.portal.query<Schedule & Record<string, unknown>>(
      `select office_id || ' ' || provider_id as slice, visibility, outcome, ${seconds('matched_as_of')} as "asOf" from schedule`,
    );
    return new Map(rows.map((row) => [row.slice, row]));
  }

  async #endedRuns(): Promise<EndedRun[]> {
    const { rows } = await this.#books.portal.query<EndedRun & Record<string, unknown>>(
      `select run_id as "runId", mode, office_id || ' ' || provider_id as slice, state, ${seconds('started_at')} as "startedAt", problem,
              coalesce((totals->>'fetched')::integer, 0) as fetched,
              (select count(*) from connect.sync_run where state = 'running')::integer as open
         from connect.sync_run where state not in ('queued', 'running') and run_id <> all ($1)`,
      [[...this.#seenRuns]],
    );
    for (const { runId } of rows) this.#seenRuns.add(runId);
    return rows;
  }

  /** Nothing of a run is seen before its end. */
  #checkUntouched(held: readonly Held[], runs: readonly EndedRun[]): string[] {
    const digest = JSON.stringify(held);
    const isTouched = runs.length === 0 && this.#digest !== '' && digest !== this.#digest;
    this.#digest = digest;
    return isTouched ? ['something changed, and no run had ended'] : [];
  }

  async #checkRuns(held: readonly Held[], runs: readonly EndedRun[]): Promise<string[]> {
    const wrong: string[] = [];
    const there = held.filter(({ state }) => state === 'present' || state === 'unconfirmed').length;
    const { rows: ledger } = await this.#books.portal.query<Record<string, unknown> & { n: Record<string, number> }>(
      `select run_id, outcome, jsonb_build_object('fetched', fetched, 'became', created + updated + unchanged + returned,
              'delta', created + returned + resurfaced - removed - visibility_lost) as n
         from connect.slice_ledger where run_id = any ($1)`,
      [runs.map(({ runId }) => runId)],
    );
    let delta = 0;
    for (const { runId, mode, state, problem, fetched, open } of runs) {
      this.counts.runs += 1;
      const lines = ledger.filter((line) => line['run_id'] === runId);
      const sum = (name: string) => lines.reduce((total, { n }) => total + n[name]!, 0);
      delta += sum('delta');
      if (lines.some(({ n }) => n['fetched'] !== n['became']))
        wrong.push(`of a ${mode} run fetched is not the sum of what became of it`);
      if (state !== 'failed' && fetched !== sum('fetched')) wrong.push(`a ${mode} run's totals are not its ledger's`);
      if (state === 'failed' && problem === null) wrong.push(`a ${mode} run failed and does not say why`);
      if (state === 'complete' && lines.some(({ outcome }) => outcome !== 'complete'))
        wrong.push(`a ${mode} run is complete, and a schedule is not`);
      if (state === 'complete-with-gaps' && problem === null && lines.every(({ outcome }) => outcome === 'complete'))
        wrong.push(`a ${mode} run has gaps that nobody names`);
      if (open > 1) wrong.push(`${open} runs go at once`);
    }
    if (there !== this.#there + delta) wrong.push(`${there} bookings are there, ${this.#there + delta} by the ledger`);
    this.#there = there;
    return wrong;
  }

  /** Every booking that is stored is what the EMR once had, of no time before its schedule's freshness, and off the list for a reason. */
  #checkHeld(held: readonly Held[], schedules: ReadonlyMap<string, Schedule>): string[] {
    const wrong: string[] = [];
    const ids = new Set(held.map(({ id }) => id));
    for (const id of this.#everHeld) if (!ids.has(id)) wrong.push(`${id} is not stored any more`);
    for (const row of held) {
      this.#everHeld.add(row.id);
      this.counts.bookings += 1;
      const entries = this.#entries.get(row.id) ?? [];
      const last = entries.findLastIndex(({ text, told }) => told && text === row.text);
      if (last < 0) {
        wrong.push(`${row.id} is stored as the EMR never showed it: ${row.text}`);
        continue;
      }
      const has = (...standings: Standing[]) => entries.some(({ standing }) => standings.includes(standing));
      if (isListed(row)) {
        // Told when its schedule was last read, and not untold by then.
        const newer = entries.find(({ told, at, slice, text }, index) => {
          const asOf = schedules.get(slice)?.asOf ?? null;
          const isLater = index > last && told && text !== row.text && asOf !== null && asOf > at;
          return isLater && !entries.slice(index + 1).some((next) => !next.told && next.at < asOf);
        });
        if (newer) wrong.push(`${row.id} is shown as it was before ${newer.slice} was read: ${row.text}`);
        if (row.patientId !== null && !this.#people.get(row.patientId)?.has(row.patientText ?? ''))
          wrong.push(`${row.id} is shown with a patient as nobody ever was: ${row.patientText}`);
        if (schedules.get(row.slice)?.visibility !== 'readable')
          wrong.push(`${row.id} is shown, and its schedule is ${schedules.get(row.slice)?.visibility}`);
      } else this.counts.removed += 1;
      if (row.state === 'deleted' && !has('gone', 'mistake')) wrong.push(`${row.id} was deleted by nobody`);
      if (row.state === 'out-of-window' && row.inWindow) wrong.push(`${row.id} is in the window`);
      if (row.state === 'visibility-lost' && !this.#everUnreadable.has(row.slice))
        wrong.push(`${row.id} is out of sight, and ${row.slice} could always be read`);
      if (row.state === 'not-selected' || row.state === 'released') wrong.push(`${row.id} is ${row.state} by nobody`);
      if (row.state === 'unconfirmed' && !has('vanished', 'invisible'))
        wrong.push(`${row.id} is unconfirmed, and the EMR never lost it`);
    }
    return wrong;
  }

  /** What could be read before the freshness of its schedule, and ever since, is listed. */
  #checkMissing(held: readonly Held[], schedules: ReadonlyMap<string, Schedule>, settled: boolean): string[] {
    const listed = new Map(held.filter(isListed).map((row) => [row.id, row]));
    const wrong: string[] = [];
    for (const [id, entries] of this.#entries) {
      const now = entries.at(-1)!;
      const schedule = schedules.get(now.slice);
      if (settled && schedule?.outcome === 'waiting') continue;
      const row = listed.get(id);
      const from = entries.findLastIndex(({ standing, slice }) => standing !== 'shown' || slice !== now.slice) + 1;
      const since = entries[from]?.at;
      if (now.standing === 'shown' && since !== undefined) {
        const isDue = settled || (schedule?.outcome === 'complete' && schedule.asOf !== null && schedule.asOf > since);
        if (!isDue) continue;
        if (!row) wrong.push(`${id} is not listed, and ${now.slice} was read since: ${now.text}`);
        else if (row.state === 'unconfirmed') wrong.push(`${id} is unconfirmed, and the EMR has it`);
        else if (settled && row.text !== now.text) wrong.push(`${id} is ${row.text}, and in the EMR ${now.text}`);
      } else if (settled && row?.state === 'present') wrong.push(`${id} is listed, and in the EMR ${now.standing}`);
    }
    return wrong;
  }

  /** What could not be read when a run began, and ever since, is not listed after it. */
  #checkVisibility(
    held: readonly Held[],
    schedules: ReadonlyMap<string, Schedule>,
    runs: readonly EndedRun[],
  ): string[] {
    const wrong: string[] = [];
    for (const [slice, since] of this.#unreadable) {
      const run = runs.find(
        (one) => one.startedAt > since && one.state !== 'failed' && (one.slice === null || one.slice === slice),
      );
      const left = run && schedules.has(slice) ? held.filter((row) => isListed(row) && row.slice === slice) : [];
      if (left.length > 0) wrong.push(`${left.length} of ${slice} are listed after a run that could not read it`);
    }
    return wrong;
  }
}

const isListed = ({ state, masked }: Held): boolean => (state === 'present' || state === 'unconfirmed') && !masked;
