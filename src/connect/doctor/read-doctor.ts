// What the Access Doctor says: facts from the database, reasoned over by diagnose.ts, put into the reader's words.
import type { Pool } from 'pg';
import { type ColumnSet, columnsIn } from '../../fhir/columns.ts';
import { formatDate } from '../../language/dates.ts';
import { listOf } from '../../language/lists.ts';
import { format, isMessageKey, type Language, type MessageKey, type MessageParams } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { isZone, localDateTime, offsetsAround } from '../../platform/zones.ts';
import { asSite, intake, outbox } from '../../portal/index.ts';
import { type Connection, findConnection, listSelected } from '../connections/connections.sql.ts';
import type { Diagnosis, DoctorSchedule, Gap, Gate, WhyMissing } from '../contract/doctor.ts';
import { columnsNeededBy, type Feature, features } from '../contract/features.ts';
import type { Said as SaidText } from '../contract/sync.ts';
import { listUndecided } from '../settings/new-providers.sql.ts';
import { type ConnectionKey, listCursors, type Said } from '../sync/sync.sql.ts';
import { columnNames } from '../sync/sync-status.ts';
import { diagnose, explainer, type Facts, type Found, type FoundGap } from './diagnose.ts';
import { findEmrState, findStopped, listRosterRows, type RosterRow } from './doctor.sql.ts';
import { isRunning, listOpenGaps } from './gaps.sql.ts';
import { sayProbe } from './said-probe.ts';

export interface DoctorReader {
  readonly siteId: number;
  readonly language: Language;
  readonly clock: Clock;
}

/** Who we are was not believed, or what we are may not even ask. A refusal is no outage. */
const notAuthorised: ReadonlySet<string> = new Set([
  'sync.emr.token-refused',
  'sync.emr.token-not-accepted',
  'sync.emr.forbidden',
  'sync.emr.no-coverage',
  'sync.emr.key-unusable',
  'sync.emr.another-tenant',
  'connect.settings.secret-unreadable',
] satisfies MessageKey[]);
const notReached: ReadonlySet<string> = new Set([
  'sync.emr.unreachable',
  'sync.emr.no-tls',
  'sync.emr.server-error',
  'sync.emr.no-discovery',
] satisfies MessageKey[]);

export interface Read {
  readonly connection: Connection;
  readonly zone: string;
  readonly now: Date;
  readonly facts: Facts;
  readonly found: Found;
  readonly roster: readonly RosterRow[];
  readonly user: string | null;
  readonly tenantId: string | null;
  readonly followed: readonly intake.SyncedSchedule[];
  readonly named: ReadonlyMap<string, DoctorSchedule>;
}

/** null: there is no connection, or the EMR was never read. */
export async function readFacts(tx: Db, { siteId, clock }: Omit<DoctorReader, 'language'>): Promise<Read | null> {
  const connection = await findConnection(tx, siteId);
  const state = connection && (await findEmrState(tx, connection));
  if (!connection || !state) return null;
  const { connectionId } = connection;
  const zone = await intake.readSiteZone(tx, siteId);
  const now = clock.now();
  const roster = await listRosterRows(tx, connection);
  const followed = await intake.listSchedulesFor(tx, siteId, connectionId);
  const problems = new Map((await listCursors(tx, connection)).map((row) => [intake.sliceKey(row), row.problem]));
  const stopped = await findStopped(tx, connection);
  const facts: Facts = {
    certainty: state.certainty,
    stopped: stopped
      ? {
          ...stopped,
          failure: notAuthorised.has(stopped.problem.key)
            ? 'authorisation'
            : notReached.has(stopped.problem.key)
              ? 'unreachable'
              : 'failed-run',
        }
      : null,
    features: connection.features,
    selected: new Set(await listSelected(tx, siteId, connectionId)),
    undecided: new Map((await listUndecided(tx, connection)).map((one) => [one.providerId, one.since])),
    roster: roster.map((row) => ({
      ...row,
      today: localDateTime(isZone(row.officeZone) ? row.officeZone : zone, now).date,
    })),
    held: followed.map(({ officeId, providerId, outcome }) => ({
      officeId,
      providerId,
      outcome,
      problem: problems.get(intake.sliceKey({ officeId, providerId })) ?? null,
    })),
  };
  const { user, tenantId } = state;
  const named = namesIn(followed, roster);
  return { connection, zone, now, facts, found: diagnose(facts), roster, user, tenantId, followed, named };
}

const namesIn = (...named: readonly (readonly DoctorSchedule[])[]): Map<string, DoctorSchedule> =>
  new Map(
    named
      .flat()
      .map(({ officeId, officeName, providerId, providerDisplay }) => [
        intake.sliceKey({ officeId, providerId }),
        { officeId, officeName, providerId, providerDisplay },
      ]),
  );

/** What people call the schedules of a connection, those that the EMR no longer names among them. */
export const namesOf = async (tx: Db, connection: ConnectionKey): Promise<ReadonlyMap<string, DoctorSchedule>> =>
  namesIn(
    await intake.listSchedulesFor(tx, connection.siteId, connection.connectionId),
    await listRosterRows(tx, connection),
  );

/** Reads what the last runs left; nothing is asked of the EMR, and nothing is changed. */
export async function readDoctor(tx: Db, reader: DoctorReader): Promise<Diagnosis> {
  const read = await readFacts(tx, reader);
  const now = reader.clock.now();
  const zone = read?.zone ?? (await intake.readSiteZone(tx, reader.siteId));
  const ground = { zone, now: now.toISOString(), offsets: offsetsAround(zone, now) };
  if (!read) {
    return { ...ground, evidence: null, user: null, features: [], gaps: [], lapsingSoon: [], schedules: [] };
  }
  const { connection, facts, found, roster, user, named } = read;
  const hidden = new Map(
    (await intake.countHidden(tx, connection.siteId, connection.connectionId, now)).map((one) => [
      intake.sliceKey(one),
      one,
    ]),
  );
  const parked = new Map((await outbox.countParked(tx, connection)).map((one) => [intake.sliceKey(one), one.parked]));
  const nameOf = (pair: { readonly officeId: string; readonly providerId: string }) =>
    named.get(intake.sliceKey(pair))!;
  const first = roster[0];
  const open = new Map((await listOpenGaps(tx, connection)).map((one) => [one.gapId, one]));
  const isFound = new Set(found.gaps.map(({ gapId }) => gapId));
  // Its cause is gone; it is over when all that it broke was tried.
  const healed = [...open.values()].filter(({ gapId }) => !isFound.has(gapId));
  // What is being read, or is about to be, is mended by that.
  const running = await isRunning(tx, connection);
  const standing = found.gaps.filter((gap) => gap.cause !== 'reading' || !running);
  const gaps = [...standing, ...healed.map((one) => ({ ...one.found, since: one.openedAt }))].filter((gap) =>
    gap.schedules.every((pair) => named.has(intake.sliceKey(pair))),
  );
  return {
    ...ground,
    evidence: first
      ? {
          readAt: first.readAt.toISOString(),
          permissionVersion: first.permissionVersion,
          certainty: facts.certainty,
          ageSeconds: Math.max(0, Math.round((now.getTime() - first.readAt.getTime()) / 1000)),
        }
      : null,
    user,
    features: features.filter((feature) => facts.features.includes(feature)),
    gaps: gaps.map((gap): Gap => {
      const schedules = gap.schedules.map(nameOf);
      const record = open.get(gap.gapId);
      const isHealed = !isFound.has(gap.gapId);
      const count = (pick: (one: intake.HiddenBookings) => number) =>
        gap.schedules.reduce((sum, pair) => {
          const one = hidden.get(intake.sliceKey(pair));
          return one ? sum + pick(one) : sum;
        }, 0);
      return {
        gapId: gap.gapId,
        cause: gap.cause,
        owner: gap.owner,
        officeId: gap.officeId,
        providerId: gap.providerId,
        schedules,
        columns: columnsIn(gap.columns),
        lapsedOn: gap.lapsedOn,
        features: gap.features,
        symptoms: gap.symptoms,
        gates: gap.gates,
        since: (gap.since ?? record?.openedAt)?.toISOString() ?? null,
        proof: isHealed
          ? {
              healedAt: (record?.healedAt ?? now).toISOString(),
              failing: (record?.unproved ?? []).map((probe) => ({
                feature: probe.feature,
                text: sayProbe(reader.language, probe),
              })),
            }
          : null,
        ...wordsOf(gap, schedules, { language: reader.language, user }),
        known: {
          bookings: count((one) => one.bookings),
          next48Hours: count((one) => one.soon),
          patientsNext48Hours: count((one) => one.patientsSoon),
          parkedWriteBacks: gap.schedules.reduce((sum, pair) => sum + (parked.get(intake.sliceKey(pair)) ?? 0), 0),
        },
      };
    }),
    lapsingSoon: found.lapsingSoon.map((one) => ({ ...nameOf(one), lastDay: one.lastDay })),
    schedules: found.schedules.map((one) => ({ ...nameOf(one), states: one.states, gapIds: one.gapIds })),
  };
}

/** For whoever asks by command. Role connect_app or portal_sync. */
export const diagnoseSite = (
  { pool, clock }: { readonly pool: Pool; readonly clock: Clock },
  { siteId, language }: Omit<DoctorReader, 'clock'>,
): Promise<Diagnosis> =>
  asSite(pool, siteId, (tx) => readDoctor(tx, { siteId, language, clock }), {
    isolation: 'repeatable read',
    readOnly: true,
  });

interface Words {
  readonly language: Language;
  readonly user: string | null;
}

function sayProblem(said: Said | null, language: Language): string {
  return said && isMessageKey(said.key) ? format(language, said.key, said.params) : '';
}

function listOfFeatures(language: Language, some: readonly Feature[]): string {
  const names = some.map((feature) => format(language, `doctor.short.${feature}`));
  return listOf(language, names);
}

/** Of which place a gap is. */
export function titleOf(
  language: Language,
  gap: Pick<FoundGap, 'officeId' | 'providerId' | 'schedules'>,
  named: ReadonlyMap<string, DoctorSchedule>,
): string {
  const names = gap.schedules.map((pair) => named.get(intake.sliceKey(pair)));
  const provider = names[0]?.providerDisplay ?? gap.providerId ?? '';
  const office = names[0]?.officeName ?? gap.officeId ?? '';
  if (gap.officeId === null && gap.providerId === null) return format(language, 'doctor.gap.title.all');
  if (gap.providerId === null) return office;
  const offices = gap.officeId === null ? names.flatMap((one) => one?.officeName ?? []) : [office];
  return format(language, 'doctor.gap.title', {
    provider,
    office: listOf(language, offices),
  });
}

/** What is missing, what that breaks, and who does what about it. */
function wordsOf(
  gap: FoundGap,
  schedules: readonly DoctorSchedule[],
  { language, user }: Words,
): Pick<Gap, 'title' | 'what' | 'fix'> {
  const say = (key: MessageKey, params: MessageParams = {}) => format(language, key, params);
  const [one] = schedules;
  const { officeName = gap.officeId ?? '', providerDisplay = gap.providerId ?? '' } = one ?? {};
  const params = {
    user: user ?? say('connect.gaps.user'),
    office: officeName,
    provider: providerDisplay,
    offices: listOf(
      language,
      schedules.map((each) => each.officeName),
    ),
    columns: columnNames(language, gap.columns),
    columnCount: columnsIn(gap.columns).length,
    day: gap.lapsedOn === null ? '' : formatDate(language, gap.lapsedOn, 'day'),
    features: listOfFeatures(language, gap.features),
    count: schedules.length,
    reason: sayProblem(gap.problem, language),
  };
  const title = titleOf(language, gap, new Map(schedules.map((each) => [intake.sliceKey(each), each])));
  return { title, what: say(`doctor.gap.${gap.cause}`, params), fix: say(`doctor.gap.${gap.cause}.fix`, params) };
}

/** *Why is this missing?* for one feature of one schedule. Throws `not-found` for a schedule that neither the EMR nor the portal names. */
export async function explain(
  tx: Db,
  reader: DoctorReader,
  {
    officeId,
    providerId,
    feature,
  }: { readonly officeId: string; readonly providerId: string; readonly feature: Feature },
): Promise<WhyMissing> {
  const read = await readFacts(tx, reader);
  const schedule = read?.named.get(intake.sliceKey({ officeId, providerId }));
  const state = read?.found.schedules.find((one) => one.officeId === officeId && one.providerId === providerId);
  if (!read || !schedule || !state) throw problem('not-found', 'sync.problem.no-slice');
  const { language } = reader;
  const { connection, facts, found, user, followed } = read;
  const row = facts.roster.find((one) => one.officeId === officeId && one.providerId === providerId);
  const followedAs = followed.find((one) => one.officeId === officeId && one.providerId === providerId);
  const say = (key: MessageKey, params: MessageParams = {}) => format(language, key, params);
  const needed: ColumnSet = columnsNeededBy[feature];
  const matched = followedAs?.matchedAsOf ?? null;
  const siteTime = matched && localDateTime(read.zone, matched);
  const params = {
    user: user ?? say('connect.gaps.user'),
    office: schedule.officeName,
    provider: schedule.providerDisplay,
    needed: columnNames(language, needed),
    missing: columnNames(language, needed & ~(row?.granted ?? 0)),
    missingCount: columnsIn(needed & ~(row?.granted ?? 0)).length,
    days: connection.windowDays,
    feature: listOfFeatures(language, [feature]),
    when: siteTime ? `${formatDate(language, siteTime.date)}, ${siteTime.time.slice(0, 5)}` : '',
  };
  const gates = explainer(
    facts,
    found,
  )({ officeId, providerId })(feature).map(({ gate, state: gateState, gap }): Gate => {
    const words =
      gap &&
      wordsOf(
        gap,
        gap.schedules.map((pair) => read.named.get(intake.sliceKey(pair))!),
        { language, user },
      );
    const number = gate as 1;
    return {
      gate,
      state: gateState,
      text: say(`doctor.gate.${number}`, params),
      detail: words
        ? words.what
        : gate === 3 && gateState === 'fails' && params.missingCount > 0
          ? say('doctor.gate.3.missing', params)
          : gate === 7 && matched
            ? say('doctor.gate.7.when', params)
            : null,
      gapId: gap?.gapId ?? null,
    };
  });
  const failing = gates.find((gate) => gate.state === 'fails');
  const answer: SaidText = failing
    ? {
        key: `doctor.gate.${failing.gate}`,
        text: failing.detail ?? say('doctor.answer.gate', { ...params, gate: failing.gate, text: failing.text }),
      }
    : { key: 'doctor.answer.nothing', text: say('doctor.answer.nothing', params) };
  return { ...schedule, feature, state: state.states[feature], answer, gates };
}
