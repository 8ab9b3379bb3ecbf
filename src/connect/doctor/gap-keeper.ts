// Keeps the history of gaps, and proves their end. After each run, and after the settings were saved, it looks once:
//
//   found for the first time   → written down, with what stood before
//   found no more              → healed; when every switched-on feature that it broke works again, each is probed
//   all probes pass            → closed, with a signed certificate
//   a probe fails              → stays open, and says which
//
// 1. A gap is closed by what was asked of the EMR and of the portal's pages after it was healed, never by the run's word alone.
// 2. What stood before is as it was when the gap was first seen, and nothing rewrites it.
// 3. A gap of a reading that is on its way is none yet: the run that will mend it has its turn first.
// 4. Several keepers may run: each takes a connection by one guarded update, and a gap is closed once.
import { columnsIn } from '../../fhir/columns.ts';
import type { Clock } from '../../platform/clock.ts';
import { createPool, type Pool } from '../../platform/database/db.ts';
import { createLookOut } from '../../platform/database/look-out.ts';
import { newId } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { isZone } from '../../platform/zones.ts';
import { asSite, dryRunReminders, intake, readSiteName } from '../../portal/index.ts';
import { certificateKey, signCertificate } from '../certificates/certificate.ts';
import { insertCertificate } from '../certificates/certificates.sql.ts';
import { takeDue } from '../connections/connections.sql.ts';
import { addressOf } from '../connections/credentials.ts';
import type { CertificateContent, Probe } from '../contract/certificates.ts';
import type { GapCause } from '../contract/doctor.ts';
import { features, needManifestVersion } from '../contract/features.ts';
import type { GapNotice } from '../contract/notices.ts';
import { createEmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { readCoverage } from '../emr-client/read-coverage.ts';
import { insertNotices } from '../notices/notices.sql.ts';
import { windowOf } from '../sync/plan-slices.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';
import { certify } from './certify.ts';
import type { FoundGap } from './diagnose.ts';
import * as sql from './gaps.sql.ts';
import { type ProbeTarget, probeAll } from './probe.ts';
import { type Read, readFacts } from './read-doctor.ts';

export interface GapKeeperOptions {
  /** Database URL of the role portal_sync. */
  readonly syncUrl: string;
  readonly sealingKey: Buffer;
  /** 32 bytes: the Ed25519 key that certificates are signed with. */
  readonly certificateSeed: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookMs?: number;
}

export interface GapKeeper {
  start(): void;
  /** Looks at what is due now, and returns; for one that was not started. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** A look that broke off is made again after so long. */
const againMs = 30_000;
/** Probes that failed, and an EMR that gave nothing, are tried again: what they wait for may come without a run of ours. */
const unprovedMs = 60_000;
/** Of one gap. What lies beyond is proved by its cells and says that it was not probed. */
const probesAtMost = 500;

/** Root causes whose end somebody brought about, and can be shown. That an EMR answers again, or a run read again, needs no certificate. */
const certified: ReadonlySet<GapCause> = new Set([
  'authorisation',
  'membership',
  'cells',
  'expiry',
  'vanished',
  'selection',
] satisfies GapCause[]);

export function createGapKeeper(options: GapKeeperOptions): GapKeeper {
  const { syncUrl, clock, log, lookMs = 1000 } = options;
  const pool = createPool(syncUrl, { max: 3, applicationName: 'tidegate gaps', log });
  const stopped = new AbortController();
  const lookOut = createLookOut({
    url: syncUrl,
    channel: 'gaps_due',
    applicationName: 'tidegate gap hints',
    lookMs,
    look,
    onError: (error) => log.error({ err: error }, 'looking after gaps failed'),
  });

  async function look(): Promise<boolean> {
    const key = await takeDue(pool, 'gaps', againMs);
    if (!key) return false;
    const retryMs = await lookAt({ ...options, pool, clock, log, signal: stopped.signal }, key);
    await asSite(pool, key.siteId, (tx) => sql.noteLooked(tx, key, retryMs));
    return true;
  }

  return {
    start: lookOut.start,
    drain: async () => {
      while (await look());
    },
    stop: async () => {
      stopped.abort(new Error('the keeper stops'));
      await lookOut.stop();
      await pool.end();
    },
  };
}

interface Looking extends Omit<GapKeeperOptions, 'syncUrl' | 'lookMs'> {
  readonly pool: Pool;
  readonly signal: AbortSignal;
}

/** Resolves to after how long it is to be looked at again though nothing changes; null: not at all. */
async function lookAt(looking: Looking, key: ConnectionKey): Promise<number | null> {
  const { pool, clock, log } = looking;
  const seen = await asSite(pool, key.siteId, async (tx) => {
    const read = await readFacts(tx, { siteId: key.siteId, clock });
    if (!read || read.connection.connectionId !== key.connectionId) return undefined;
    const running = await sql.isRunning(tx, key);
    const found = read.found.gaps.filter((gap) => gap.cause !== 'reading' || !running);
    const now = clock.now();
    const open = await sql.listOpenGaps(tx, key);
    const openAs = new Map(open.map((gap) => [gap.gapId, gap.found]));
    const begun = await sql.writeFoundGaps(
      tx,
      key,
      found.map((gap) => ({
        found: withAllBefore(gap, openAs.get(gap.gapId)),
        before: standingOf(read, gap.schedules),
      })),
      now,
    );
    const opened = found.filter(({ gapId }) => begun.has(gapId)).map((gap) => noticeOf('gap.opened', gap, now));
    await insertNotices(tx, key, opened, now);
    const isFound = new Set(read.found.gaps.map(({ gapId }) => gapId));
    const gone = open.filter(({ gapId }) => !isFound.has(gapId));
    await sql.noteHealed(
      tx,
      key,
      gone.map(({ gapId }) => gapId),
      now,
    );
    return { read, healed: gone.map((gap) => ({ ...gap, healedAt: gap.healedAt ?? now })) };
  });
  if (!seen) return null;
  let retryMs: number | null = null;
  for (const gap of seen.healed) {
    const ending = endingOf(seen.read, gap);
    if (ending === 'waits') continue;
    if (ending !== 'proved') {
      await asSite(pool, key.siteId, async (tx) => {
        const now = clock.now();
        if (await sql.closeGap(tx, key, gap, { ending, certificateId: null, now }))
          await insertNotices(tx, key, [noticeOf('gap.ended', gap.found, now, { ending })], now);
      });
      continue;
    }
    try {
      if (!(await prove(looking, key, seen.read, gap))) retryMs = unprovedMs;
    } catch (error) {
      if (looking.signal.aborted) throw error;
      if (!(error instanceof EmrError)) throw error;
      log.warn({ failure: error.key, connectionId: key.connectionId }, 'a gap could not be probed');
      retryMs = unprovedMs;
    }
  }
  return retryMs;
}

/** A gap that is mended bit by bit is proved as a whole at its end. */
function withAllBefore(gap: FoundGap, before: FoundGap | undefined): FoundGap {
  const now: FoundGap = { ...gap, since: null, problem: null };
  if (!before) return now;
  const keys = new Set(gap.schedules.map(intake.sliceKey));
  return {
    ...now,
    columns: gap.columns | before.columns,
    features: features.filter((feature) => gap.features.includes(feature) || before.features.includes(feature)),
    schedules: [...gap.schedules, ...before.schedules.filter((one) => !keys.has(intake.sliceKey(one)))],
  };
}

function noticeOf(
  type: GapNotice['type'],
  gap: FoundGap,
  now: Date,
  end: Pick<GapNotice['data'], 'ending' | 'certificateId'> = {},
) {
  const { gapId, cause, officeId, providerId } = gap;
  const data = { gapId, cause, officeId, providerId, columns: columnsIn(gap.columns), features: gap.features, ...end };
  const body: GapNotice = { type, timestamp: now.toISOString(), data };
  return { noticeId: newId(), gapId, event: type, body };
}

type HealedGap = sql.OpenGap & { readonly healedAt: Date };
type Pair = { readonly officeId: string; readonly providerId: string };

/** waits: another gap is in the way of something that it broke, or a run is. */
function endingOf({ found, facts }: Read, gap: HealedGap): 'proved' | 'gone' | 'withdrawn' | 'waits' {
  if (!certified.has(gap.cause) || facts.certainty !== 'proved') return 'gone';
  const states = targetsOf(gap).map(({ officeId, providerId, feature }) => {
    const schedule = found.schedules.find((one) => one.officeId === officeId && one.providerId === providerId);
    return schedule?.states[feature] ?? 'off';
  });
  if (states.some((state) => state === 'broken' || state === 'unknown')) return 'waits';
  return states.some((state) => state === 'works' || state === 'lapses-soon') ? 'proved' : 'withdrawn';
}

const targetsOf = ({ found }: sql.OpenGap): ProbeTarget[] =>
  found.schedules.flatMap(({ officeId, providerId }) =>
    found.features.map((feature) => ({ officeId, providerId, feature })),
  );

function standingOf(read: Read, schedules: readonly Pair[]): sql.Before {
  const { roster, found, followed } = read;
  const first = roster[0];
  return {
    permissionVersion: first?.permissionVersion ?? '',
    readAt: (first?.readAt ?? read.now).toISOString(),
    schedules: schedules.map((pair) => {
      const is = (one: Pair) => intake.sliceKey(one) === intake.sliceKey(pair);
      const row = roster.find(is);
      const one = followed.find(is);
      return {
        officeId: pair.officeId,
        providerId: pair.providerId,
        granted: row?.granted ?? 0,
        held: row?.held ?? 0,
        states: found.schedules.find(is)?.states ?? {},
        shown: one?.shown ?? 0,
        hidden: (one?.keptInvisible ?? 0) + (one?.withheld ?? 0),
      };
    }),
  };
}

/** Probes, and closes the gap with a certificate; false: a probe failed, and the gap says which. */
async function prove(looking: Looking, key: ConnectionKey, read: Read, gap: HealedGap): Promise<boolean> {
  const { pool, clock, sealingKey, signal } = looking;
  const { connection } = read;
  const address = addressOf(connection, sealingKey);
  if (!address) return false;
  const works = new Set(
    read.found.schedules.flatMap((one) =>
      Object.entries(one.states).flatMap(([feature, state]) =>
        state === 'works' || state === 'lapses-soon' ? [`${intake.sliceKey(one)} ${feature}`] : [],
      ),
    ),
  );
  const targets = targetsOf(gap).filter((one) => works.has(`${intake.sliceKey(one)} ${one.feature}`));
  const inSite = <T>(work: Parameters<typeof asSite<T>>[2]) => asSite(pool, key.siteId, work, { readOnly: true });
  const dry = await inSite((tx) => dryRunReminders(tx, key.siteId, clock.now()));
  const matched = new Map(read.followed.map((one) => [intake.sliceKey(one), one.matchedAsOf]));
  // It asks for writing only where it is going to write, and there for a booking's change alone.
  const { testBookingId } = connection;
  const writes = testBookingId !== null && targets.some(({ feature }) => feature === 'confirm');
  const scope = writes ? 'system/*.rs system/Appointment.u' : undefined;
  const client = createEmrClient(address, { clock, signal, scope });
  let probes: Probe[];
  let permissionVersion: string;
  try {
    const coverage = await readCoverage(client, { mustBeProved: true, tenantId: read.tenantId });
    permissionVersion = coverage.permissionVersion;
    probes = await probeAll(
      {
        client,
        coverage,
        testBookingId,
        now: () => clock.now(),
        portal: {
          windowTo: (target) => {
            const zone = read.roster.find((row) => intake.sliceKey(row) === intake.sliceKey(target))?.officeZone ?? '';
            return windowOf(isZone(zone) ? zone : read.zone, clock.now(), connection.windowDays).to;
          },
          countListed: (ids) => inSite((tx) => intake.countListed(tx, key, ids)),
          matchedAsOf: (target) => matched.get(intake.sliceKey(target)) ?? null,
          reminders: (target) =>
            dry.rules === 0
              ? null
              : (dry.schedules.get(`${key.connectionId} ${intake.sliceKey(target)}`) ?? { due: 0, invisible: 0 }),
        },
      },
      targets.slice(0, probesAtMost),
    );
  } finally {
    await client.close();
  }
  probes.push(...targets.slice(probesAtMost).map((one) => tooMany(one, clock.now())));
  const failing = probes.filter(({ result }) => result === 'failed');
  if (failing.length > 0) {
    await asSite(pool, key.siteId, (tx) => sql.noteUnproved(tx, key, gap.gapId, failing));
    return false;
  }
  const signer = await certificateKey(looking.certificateSeed);
  await asSite(pool, key.siteId, async (tx) => {
    const after = await readFacts(tx, { siteId: key.siteId, clock });
    if (!after) return;
    const issuedAt = clock.now();
    const certificateId = newId();
    const content: CertificateContent = {
      type: 'tidegate-certificate',
      version: 1,
      certificateId,
      issuedAt: issuedAt.toISOString(),
      site: await readSiteName(tx, key.siteId),
      zone: read.zone,
      emr: { baseUrl: connection.baseUrl, tenantId: read.tenantId ?? '', user: read.user ?? '' },
      gap: {
        gapId: gap.gapId,
        cause: gap.cause,
        openedAt: gap.openedAt.toISOString(),
        healedAt: gap.healedAt.toISOString(),
      },
      needManifestVersion,
      ...certify({
        gap,
        probes,
        named: after.named,
        before: gap.before,
        after: standingOf(after, gap.found.schedules),
      }),
      evidence: {
        permissionVersionBefore: gap.before.permissionVersion,
        permissionVersionAfter: permissionVersion,
        certainty: 'proved',
        runs: (await sql.listRunsOver(tx, key, gap.found.schedules, gap.openedAt)).map((run) => ({
          ...run,
          endedAt: run.endedAt.toISOString(),
        })),
      },
    };
    const document = await signCertificate(content, signer);
    // It may have come back while it was probed: then there is nothing to certify.
    if (await sql.closeGap(tx, key, gap, { ending: 'proved', certificateId, now: issuedAt })) {
      await insertCertificate(tx, key, { certificateId, gapId: gap.gapId, issuedAt, document });
      const told = noticeOf('gap.ended', gap.found, issuedAt, { ending: 'proved', certificateId });
      await insertNotices(tx, key, [told], issuedAt);
    }
  });
  return true;
}

const tooMany = (target: ProbeTarget, now: Date): Probe => ({
  ...target,
  result: 'not-probed',
  said: { key: 'certificate.probe.too-many', params: { count: probesAtMost } },
  at: now.toISOString(),
});
