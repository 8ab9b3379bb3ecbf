// A request to whoever administers the EMR: exactly what the Access Doctor found missing, no cell more, and what is there without need, none that
// is needed; signed, and good for two weeks.
import { type ColumnSet, columnSet, columnsIn, includesColumns } from '../../fhir/columns.ts';
import { type FixClaims, fixSchedulesAtMost } from '../../fhir/fix-request.ts';
import type { Language } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { offsetsAround } from '../../platform/zones.ts';
import { asSite, intake, recordAudit } from '../../portal/index.ts';
import { findConnection } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import type { ConnectContext, ConnectPrincipal } from '../context.ts';
import type { DoctorSchedule, Gap } from '../contract/doctor.ts';
import { columnsNeededBy } from '../contract/features.ts';
import {
  type AskedOffice,
  type AskedSchedule,
  type FixRequest,
  fixableCauses,
  type Removal,
} from '../contract/fix-requests.ts';
import { type Read, readDoctor, readFacts } from '../doctor/read-doctor.ts';
import { type Surplus, surplusOf } from '../doctor/surplus.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import * as sql from './fix-requests.sql.ts';
import { signFixRequest } from './sign-fix-request.ts';

const goodForMs = 14 * 24 * 60 * 60 * 1000;
const listedAtMost = 100;

interface Reader {
  readonly siteId: number;
  readonly language: Language;
}

/**
 * Throws `not-found` for a gap that there is no more, `conflict` for one that somebody else has to mend, for a tick to take away that is needed
 * or not there, or for a connection that cannot sign, `too-large` for more schedules than a link carries.
 */
export async function requestFix(
  { pool, clock, sealingKey }: Pick<ConnectContext, 'pool' | 'clock' | 'sealingKey'>,
  actor: ConnectPrincipal,
  {
    gapIds,
    removals,
    language,
  }: { readonly gapIds: readonly string[]; readonly removals: readonly Removal[]; readonly language: Language },
): Promise<FixRequest> {
  const { siteId, userId } = actor;
  const fixRequestId = newId();
  await asSite(pool, siteId, async (tx) => {
    const connection = await findConnection(tx, siteId);
    const { gaps, features, user } = await readDoctor(tx, { siteId, language, clock });
    const chosen = [...new Set(gapIds)].map((gapId) => {
      const gap = gaps.find((one) => one.gapId === gapId);
      if (!gap) throw problem('not-found', 'fix.problem.no-gap', { gap: gapId });
      if (!fixableCauses.some((cause) => cause === gap.cause) || gap.proof) {
        throw problem('conflict', 'fix.problem.not-theirs', { gap: gapId });
      }
      return gap;
    });
    const offices = askedBy(
      chosen,
      removals.length === 0 ? [] : removalsOf(await readFacts(tx, { siteId, clock }), removals),
    );
    const schedules = offices.flatMap((office) => office.schedules);
    if (schedules.length > fixSchedulesAtMost) {
      throw problem('too-large', 'fix.problem.too-many', { count: schedules.length, maximum: fixSchedulesAtMost });
    }
    const address = connection && addressOf(connection, sealingKey);
    if (!connection || !address) throw problem('conflict', 'fix.problem.cannot-sign');
    const removing = pairsOf(offices, ({ remove }) => remove.length > 0).map(({ office, schedule }) => ({
      office: office.officeId,
      provider: schedule.providerId,
      columns: schedule.remove,
      selected: schedule.why !== 'not-selected',
    }));
    const claims: FixClaims = {
      cells: pairsOf(offices, ({ columns }) => columns.length > 0).map(({ office, schedule }) => ({
        office: office.officeId,
        provider: schedule.providerId,
        columns: schedule.columns,
      })),
      until: pairsOf(offices, ({ lapsedOn }) => lapsedOn !== null).map(({ office, schedule }) => ({
        office: office.officeId,
        provider: schedule.providerId,
      })),
      ...(removing.length > 0 && { remove: removing }),
      offices: offices.filter(({ membership }) => membership).map(({ officeId }) => officeId),
      gaps: chosen.map(({ gapId }) => gapId),
      needs: Object.fromEntries(features.map((feature) => [feature, columnsIn(columnsNeededBy[feature])])),
    };
    const at = clock.now();
    const expiresAt = new Date(at.getTime() + goodForMs);
    const token = await signFixRequest(address, claims, { fixRequestId, at, expiresAt }).catch((error: unknown) => {
      throw error instanceof EmrError ? problem('conflict', 'fix.problem.cannot-sign') : error;
    });
    await sql.insertFixRequest(tx, {
      siteId,
      connectionId: connection.connectionId,
      fixRequestId,
      requestedBy: userId,
      requestedAt: at,
      expiresAt,
      gapIds: claims.gaps,
      asked: { user, offices },
      token,
    });
    await recordAudit(tx, {
      siteId,
      userId,
      action: 'request-fix',
      entity: 'connection',
      entityId: connection.connectionId,
      after: {
        fixRequestId,
        gapIds: claims.gaps,
        schedules: schedules.length,
        ...(removing.length > 0 && { removals: countTicks(schedules) }),
      },
    });
  });
  return readFixRequest({ pool, clock }, { siteId, language }, fixRequestId);
}

const pairsOf = (offices: readonly AskedOffice[], picks: (schedule: AskedSchedule) => boolean) =>
  offices.flatMap((office) => office.schedules.filter(picks).map((schedule) => ({ office, schedule })));

const countTicks = (schedules: readonly Pick<AskedSchedule, 'remove'>[]): number =>
  schedules.reduce((sum, { remove }) => sum + remove.length, 0);

type NamedSurplus = Surplus & { readonly named: DoctorSchedule };

/** What is to go, each schedule once. Throws `conflict` for a tick that is not surplus by what was read last: no request names a needed one. */
function removalsOf(read: Read | null, removals: readonly Removal[]): NamedSurplus[] {
  const surplus = new Map(surplusBy(read));
  return [...Map.groupBy(removals, intake.sliceKey)].map(([key, all]) => {
    const asked = columnSet(...all.flatMap(({ columns }) => columns));
    const [{ officeId, providerId }] = all as [Removal];
    const one = surplus.get(key);
    const named = read?.named.get(key);
    if (!one || !named || !includesColumns(one.columns, asked)) {
      throw problem('conflict', 'privilege.problem.not-surplus', {
        provider: named?.providerDisplay ?? providerId,
        office: named?.officeName ?? officeId,
      });
    }
    return { ...one, columns: asked, named };
  });
}

const surplusBy = (read: Read | null): [string, Surplus][] =>
  read ? surplusOf(read.facts).map((one) => [intake.sliceKey(one), one]) : [];

/**
 * What the gaps ask for, and what is to go, office by office, by name. A schedule that several are about stands there once, with what all of
 * them ask for.
 */
function askedBy(gaps: readonly Gap[], removals: readonly NamedSurplus[]): AskedOffice[] {
  const offices = new Map<string, AskedOffice & { schedules: AskedSchedule[] }>();
  for (const gap of gaps) {
    for (const { officeId, officeName, providerId, providerDisplay } of gap.schedules) {
      const before = offices.get(officeId) ?? { officeId, officeName, membership: false, schedules: [] };
      const office = { ...before, membership: before.membership || gap.cause === 'membership' };
      offices.set(officeId, office);
      if (gap.cause === 'membership') continue;
      const at = office.schedules.findIndex((one) => one.providerId === providerId);
      const there = office.schedules[at];
      const schedule: AskedSchedule = {
        providerId,
        providerDisplay,
        columns: gap.cause === 'cells' ? gap.columns : (there?.columns ?? []),
        lapsedOn: gap.lapsedOn ?? there?.lapsedOn ?? null,
        features: [...new Set([...(there?.features ?? []), ...gap.features])],
        remove: [],
        why: null,
      };
      if (at < 0) office.schedules.push(schedule);
      else office.schedules[at] = schedule;
    }
  }
  for (const { columns, why, named } of removals) {
    const { officeId, officeName, providerId, providerDisplay } = named;
    const office = offices.get(officeId) ?? { officeId, officeName, membership: false, schedules: [] };
    offices.set(officeId, office);
    const at = office.schedules.findIndex((one) => one.providerId === providerId);
    const there = office.schedules[at] ?? { providerId, providerDisplay, columns: [], lapsedOn: null, features: [] };
    const schedule: AskedSchedule = { ...there, remove: columnsIn(columns), why };
    if (at < 0) office.schedules.push(schedule);
    else office.schedules[at] = schedule;
  }
  const byName = (one: string, other: string) => one.localeCompare(other, 'en-CA');
  return [...offices.values()]
    .map((office) => ({
      ...office,
      schedules: office.schedules.toSorted((one, other) => byName(one.providerDisplay, other.providerDisplay)),
    }))
    .toSorted((one, other) => byName(one.officeName, other.officeName));
}

interface Reading {
  readonly pool: ConnectContext['pool'];
  readonly clock: Clock;
}

/** Throws `not-found`. */
export function readFixRequest(reading: Reading, reader: Reader, fixRequestId: string): Promise<FixRequest> {
  return read(reading, reader, async (tx) => {
    const rows = await sql.listFixRequests(tx, reader.siteId, { fixRequestId, limit: 1 });
    if (!rows[0]) throw problem('not-found', 'problem.not-found');
    return rows;
  }).then((all) => all[0]!);
}

export const readFixRequests = (reading: Reading, reader: Reader): Promise<FixRequest[]> =>
  read(reading, reader, (tx) => sql.listFixRequests(tx, reader.siteId, { limit: listedAtMost }));

function read(
  { pool, clock }: Reading,
  { siteId, language }: Reader,
  list: (tx: Db) => Promise<sql.ListedFixRequest[]>,
): Promise<FixRequest[]> {
  return asSite(
    pool,
    siteId,
    async (tx) => {
      const rows = await list(tx);
      const { gaps } = await readDoctor(tx, { siteId, language, clock });
      const open = new Set(gaps.filter(({ proof }) => !proof).map(({ gapId }) => gapId));
      const facts = rows.some((row) => countTicks(schedulesOf(row)) > 0)
        ? await readFacts(tx, { siteId, clock })
        : null;
      const granted = new Map(facts?.facts.roster.map((one) => [intake.sliceKey(one), one.granted]));
      const surplus = new Map(surplusBy(facts));
      const zone = await intake.readSiteZone(tx, siteId);
      const now = clock.now();
      return rows.map((row) => {
        const removals = removalsLeft(row, granted, surplus);
        return {
          fixRequestId: row.fixRequestId,
          requestedAt: row.requestedAt.toISOString(),
          requestedBy: row.requester,
          expiresAt: row.expiresAt.toISOString(),
          isExpired: row.expiresAt <= now,
          gapIds: row.gapIds,
          openGapIds: row.gapIds.filter((gapId) => open.has(gapId)),
          user: row.asked.user,
          removals,
          // What is needed by now is not asked for any more.
          link: removals.needed > 0 ? null : linkOf(row.manageSecurityUrl, row.token),
          offices: officesOf(row),
          zone,
          offsets: offsetsAround(zone, now),
          now: now.toISOString(),
        };
      });
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

/** Requests that were kept before there were removals say nothing of them. */
const officesOf = ({ asked }: sql.ListedFixRequest): AskedOffice[] =>
  asked.offices.map((office) => ({
    ...office,
    schedules: office.schedules.map((one) => ({ ...one, remove: one.remove ?? [], why: one.why ?? null })),
  }));
const schedulesOf = (row: sql.ListedFixRequest) => officesOf(row).flatMap(({ schedules }) => schedules);

function removalsLeft(
  row: sql.ListedFixRequest,
  granted: ReadonlyMap<string, ColumnSet>,
  surplus: ReadonlyMap<string, Surplus>,
): FixRequest['removals'] {
  const count = (set: ColumnSet) => columnsIn(set).length;
  let [asked, open, needed] = [0, 0, 0];
  for (const { officeId, schedules } of officesOf(row)) {
    for (const { providerId, remove } of schedules) {
      const key = intake.sliceKey({ officeId, providerId });
      const there = columnSet(...remove) & (granted.get(key) ?? 0);
      asked += remove.length;
      open += count(there);
      needed += count(there & ~(surplus.get(key)?.columns ?? 0));
    }
  }
  return { asked, open, needed };
}

/** The EMR's word is followed to a page of the web and to nothing else. */
function linkOf(manageSecurityUrl: string | null, token: string): string | null {
  const url = manageSecurityUrl === null ? null : URL.parse(manageSecurityUrl);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/fix#${token}`;
}
