// The mail proof. A mailer is killed between claim, content, answer and commit, at a mail server that speaks SMTP; another one goes on.
// Whatever happened: no mail is at the server twice, every mail that may not be is one that a person is told of, nothing is sent about a
// booking that was cancelled after queueing, and no name makes a header.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';
import { asSite, createMailWorker, mailSteps, queueMail } from '../../src/portal/index.ts';
import { createTestPortal, harbour, type TestPortal } from '../../src/portal/test-portal.ts';
import { type MailSink, startMailSink, type TakenMail } from '../mail-sink.ts';
import type { Proof, ProofOptions, Saboteur } from './proof.ts';

const kills = { full: 200, reduced: 6 } as const;
/** Where a mailer is killed: at a step of its own, or when the server has the whole message and has not answered. */
const places = [...mailSteps, 'at the server'] as const;
type Place = (typeof places)[number];

const hostile = [
  'Mara\r\nBcc: everybody@mail.example',
  'Mara\nX-Planted: yes',
  'Mara\u2028Bcc: everybody@mail.example',
  'Mara\r\n\r\nanother body',
  'Mara\u0007\r\n.\r\nQUIT',
];

interface World {
  readonly portal: TestPortal;
  readonly sink: MailSink;
  nth: number;
  /** What was exercised. */
  readonly counts: {
    cancelled: number;
    hostile: number;
    refused: number;
    uncertain: number;
    accepted: number;
    slowestMs: number;
  };
}

export const proveMail: Proof = async (options) => {
  const world = await openWorld(options);
  const failures: string[] = [];
  const count = options.full ? kills.full : kills.reduced;
  try {
    for (let nth = 0; nth < count; nth += 1) {
      const place = places[(options.seed + nth) % places.length]!;
      const wrong = await killed(world, { place, nth: options.seed + nth });
      if (wrong.length > 0 || nth % 20 === 19) {
        options.say(`kill ${nth + 1}, ${place}: ${wrong.length === 0 ? 'whole' : wrong.join('; ')}`);
      }
      failures.push(...wrong.map((one) => `kill ${nth + 1}, ${place}: ${one}`));
    }
    const lease = options.full ? await uncertainInTime(world) : [];
    failures.push(...lease);
    options.say(JSON.stringify(world.counts));
    for (const [name, value] of Object.entries(world.counts)) {
      if (value === 0 && name !== 'slowestMs') failures.push(`nothing exercised: ${name}`);
    }
    const saboteurs = await trySaboteurs(world, options);
    return { cases: count, failures, saboteurs };
  } finally {
    await world.portal.close();
    await world.sink.close();
  }
};

async function openWorld({ adminUrl }: Pick<ProofOptions, 'adminUrl'>): Promise<World> {
  const portal = await createTestPortal(adminUrl);
  const sink = await startMailSink();
  // This proof runs at any hour.
  await portal.owner.query(`insert into mail_settings (site_id, quiet_from, quiet_to) values ($1, '00:00', '00:00')`, [
    harbour,
  ]);
  const counts = { cancelled: 0, hostile: 0, refused: 0, uncertain: 0, accepted: 0, slowestMs: 0 };
  return { portal, sink, nth: 0, counts };
}

async function queueOne(
  world: World,
  { address, name }: { readonly address: string; readonly name: string },
): Promise<string> {
  world.nth += 1;
  const [bookingId, patientId] = [`b${world.nth}`, `p${world.nth}`];
  const { owner, context } = world.portal;
  const startAt = new Date(Date.now() + 3 * 24 * 60 * 60_000);
  await owner.query(
    `insert into patient (site_id, connection_id, patient_id, family, given, email, emr_version) values ($1, 'c', $2, 'Madeup', 'Mara', $3, '1')`,
    [harbour, patientId, address],
  );
  await owner.query(
    `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                          start_at, end_at, emr_version, emr_last_updated, state, state_since)
     values ($1, 'c', $2, 'hill', 'abel', $3, false, 'booked', 'needs-action', $4, $4, '1', now(), 'present', now())`,
    [harbour, bookingId, patientId, startAt],
  );
  return asSite(context.syncPool, harbour, (tx) =>
    queueMail(tx, {
      siteId: harbour,
      about: { connectionId: 'c', bookingId, startAt, officeId: 'hill', providerId: 'abel', patientId },
      sendUntil: startAt,
      unlessConfirmed: false,
      recipient: address,
      content: { fromName: name, subject: `Appointment of ${name}`, text: `Hello ${name}` },
      now: new Date(),
    }),
  );
}

interface Kill {
  readonly place: Place;
  readonly nth: number;
  readonly saboteur?: 'marks-nothing';
}

const program = fileURLToPath(new URL('./kill-mailer.ts', import.meta.url));

/** Four mails, one kill, and the end by another mailer; what did not fit. */
async function killed(world: World, { place, nth, saboteur }: Kill): Promise<string[]> {
  const { portal, sink, counts } = world;
  const name = nth % 2 === 0 ? hostile[nth % hostile.length]! : 'Mara Madeup';
  const plans = [
    { address: `plain${nth}@mail.example`, name },
    { address: `second${nth}@mail.example`, name: 'Théo Factice' },
    { address: `cancelled${nth}@mail.example`, name: 'Mo Madely' },
    { address: `${nth % 3 === 0 ? 'refused' : 'spam'}${nth}@mail.example`, name: 'Ann Invented' },
  ];
  // Which of them the kill meets.
  const order = plans.map((_, index) => plans[(index + Math.floor(nth / places.length)) % plans.length]!);
  const mails = new Map<string, string>();
  for (const plan of order) mails.set(plan.address, await queueOne(world, plan));
  const cancelledId = mails.get(`cancelled${nth}@mail.example`)!;
  const cancel = () =>
    portal.owner.query(
      `update booking set status = 'cancelled' from mail m where booking.booking_id = m.booking_id and m.mail_id = $1`,
      [cancelledId],
    );
  const early = nth % 2 === 1;
  if (early) await cancel();

  const mailer = spawn(
    process.execPath,
    ['--no-warnings', program, portal.database.urlFor('portal_sync'), sink.url, place, ...(saboteur ? [saboteur] : [])],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const reached = new Promise<void>((resolve) => {
    mailer.stdout.once('data', () => resolve());
    if (place !== 'at the server') return;
    let first = true;
    sink.beforeAnswer = async () => {
      if (!first) return;
      first = false;
      resolve();
      await new Promise((end) => setTimeout(end, 50));
    };
  });
  const gone = once(mailer, 'exit');
  const inTime = await Promise.race([
    reached.then(() => true),
    gone.then(() => false),
    sleep(20_000).then(() => false),
  ]);
  mailer.kill('SIGKILL');
  await gone;
  sink.beforeAnswer = () => {};
  if (!inTime) return ['the mailer was not met there'];
  // Between the claim and the content, for as long as nothing has left of it.
  const { rows: left } = await portal.owner.query(
    `select from mail where mail_id = $1 and (state = 'due' or (state = 'sending' and data_at is null))`,
    [cancelledId],
  );
  const isCancelled = early || (left.length === 1 && (await cancel()).rowCount === 1);

  await settleAll(world);
  const wrong = await check(world, [...mails.values()]);
  if (isCancelled) {
    counts.cancelled += 1;
    if (timesTaken(sink, cancelledId) > 0) wrong.push('sent about a booking that was cancelled after queueing');
  }
  if (nth % 2 === 0) counts.hostile += 1;
  return wrong;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const timesTaken = ({ taken }: MailSink, mailId: string): number =>
  taken.filter(({ messageId }) => messageId.startsWith(mailId)).length;

/** Another mailer, until nothing is due or under way. */
async function settleAll({ portal, sink }: World, onAsked?: () => Promise<unknown>): Promise<void> {
  const worker = createMailWorker({
    syncUrl: portal.database.urlFor('portal_sync'),
    smtpUrl: sink.url,
    from: 'no-reply@harbour.example',
    clock: systemClock,
    log: createLog({ level: 'error', name: 'mail-proof' }),
    intervals: { leaseMs: 300, firstWaitMs: 1 },
    onStep: async (step) => {
      if (step === 'asked') await onAsked?.();
    },
  });
  try {
    for (let look = 0; look < 400; look += 1) {
      await worker.drain();
      const { rows } = await portal.owner.query(`select from mail where state in ('due', 'sending') limit 1`);
      if (rows.length === 0) return;
      await sleep(25);
    }
    throw new Error('mails stay under way');
  } finally {
    await worker.stop();
  }
}

/** Names of headers that a mail of ours may have. */
const ours = new Set(
  [
    'From',
    'To',
    'Subject',
    'Message-ID',
    'Date',
    'MIME-Version',
    'Content-Type',
    'Content-Transfer-Encoding',
    'Auto-Submitted',
    'X-Auto-Response-Suppress',
    'List-Unsubscribe',
    'List-Unsubscribe-Post',
  ].map((name) => name.toLowerCase()),
);

export function plantedHeadersIn({ raw, to }: Pick<TakenMail, 'raw' | 'to'>): string[] {
  const [head = ''] = raw.split('\r\n\r\n', 1);
  const names = head
    .replaceAll(/\r\n[ \t]/g, ' ')
    .split('\r\n')
    .map((line) => line.split(':', 1)[0]!.toLowerCase());
  const foreign = names.filter((name) => !ours.has(name));
  return [
    ...foreign,
    ...(to.includes(',') ? ['a second recipient'] : []),
    ...(new Set(names).size < names.length ? ['one twice'] : []),
  ];
}

async function check({ portal, sink, counts }: World, mailIds: readonly string[]): Promise<string[]> {
  const { rows } = await portal.owner.query<{ mailId: string; state: string; tasks: number; message: unknown }>(
    `select m.mail_id as "mailId", m.state, m.message, (select count(*) from staff_task t where t.mail_id = m.mail_id and t.done_at is null) as tasks
       from mail m where m.mail_id = any ($1)`,
    [mailIds],
  );
  const wrong: string[] = [];
  if (rows.length !== mailIds.length) wrong.push(`${rows.length} of ${mailIds.length} mails are there`);
  for (const { mailId, state, tasks, message } of rows) {
    const taken = timesTaken(sink, mailId);
    if (taken > 1) wrong.push(`at the server ${taken} times`);
    if (state === 'accepted') counts.accepted += 1;
    if (state === 'uncertain') counts.uncertain += 1;
    if (state === 'failed') counts.refused += 1;
    if (!['accepted', 'uncertain', 'failed', 'cancelled'].includes(state)) wrong.push(`${state} at the end`);
    if (state === 'accepted' && taken !== 1) wrong.push(`accepted and at the server ${taken} times`);
    if ((state === 'failed' || state === 'cancelled') && taken > 0) wrong.push(`${state} and at the server`);
    if ((state === 'uncertain' || state === 'failed') !== (Number(tasks) === 1))
      wrong.push(`${state} with ${tasks} tasks`);
    if (state !== 'uncertain' && message !== null) wrong.push(`${state}, and its content is still there`);
  }
  for (const mail of sink.taken.filter(({ messageId }) => mailIds.includes(messageId.split('@')[0]!))) {
    wrong.push(...plantedHeadersIn(mail).map((name) => `a header that is not ours: ${name}`));
  }
  return wrong;
}

/** With the lease and the look that clinics have: killed after its content began, a mail is on the list within a minute. */
async function uncertainInTime(world: World): Promise<string[]> {
  const { portal, sink, counts } = world;
  const mailId = await queueOne(world, { address: 'slow@mail.example', name: 'Mara Madeup' });
  await portal.owner.query(
    `update mail set state = 'sending', data_at = now(), lease_owner = 'killed', lease_until = now() + interval '30 seconds' where mail_id = $1`,
    [mailId],
  );
  const began = Date.now();
  const worker = createMailWorker({
    syncUrl: portal.database.urlFor('portal_sync'),
    smtpUrl: sink.url,
    from: 'no-reply@harbour.example',
    clock: systemClock,
    log: createLog({ level: 'error', name: 'mail-proof' }),
  });
  try {
    await worker.start();
    while (Date.now() - began < 60_000) {
      const { rows } = await portal.owner.query('select from staff_task where mail_id = $1', [mailId]);
      if (rows.length === 1) {
        counts.slowestMs = Date.now() - began;
        return [];
      }
      await sleep(200);
    }
    return ['an uncertain mail was not on the list within 60 s'];
  } finally {
    await worker.stop();
  }
}

async function trySaboteurs(world: World, options: ProofOptions): Promise<Saboteur[]> {
  const { portal, sink } = world;
  const withoutMark = await killed(world, {
    place: 'at the server',
    nth: options.seed * 2 + 1_000_001,
    saboteur: 'marks-nothing',
  });

  const again = await queueOne(world, { address: 'cut@mail.example', name: 'Mara Madeup' });
  await settleAll(world);
  await portal.owner.query(`update mail set state = 'due', data_at = null where mail_id = $1 and state = 'uncertain'`, [
    again,
  ]);
  await settleAll(world);
  const resent = await check(world, [again]);

  const cancelled = await queueOne(world, { address: 'plain@mail.example', name: 'Mara Madeup' });
  await settleAll(world, () =>
    // A judgement at the claim alone: what is cancelled after it leaves. Here the row forgets its booking, so that nothing is judged.
    portal.owner
      .query(`update mail set booking_id = null where mail_id = $1`, [cancelled])
      .then(() => portal.owner.query(`update booking set status = 'cancelled'`)),
  );

  return [
    {
      name: 'nothing is written down before the content leaves',
      caught: withoutMark.some((one) => one.includes('2 times')),
    },
    { name: 'an uncertain mail is sent again by itself', caught: resent.some((one) => one.includes('2 times')) },
    { name: 'the booking is not judged again after the claim', caught: timesTaken(sink, cancelled) === 1 },
    {
      name: 'a name makes a header',
      caught: plantedHeadersIn({ to: 'a@b.example', raw: `From: x\r\nSubject: ${hostile[0]}\r\n\r\nHello` }).length > 0,
    },
  ];
}
