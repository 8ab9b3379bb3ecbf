// The mailer against a real database and a mail server that speaks SMTP.
import { simpleParser } from 'mailparser';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createLog } from '../src/platform/log.ts';
import { isMailAddress } from '../src/platform/mail/address.ts';
import { writeMessage } from '../src/platform/mail/message.ts';
import { localDateTime } from '../src/platform/zones.ts';
import type { StaffTasks } from '../src/portal/contract/staff-tasks.ts';
import { asSite, createMailWorker, type MailStep, type MailWorker, queueMail } from '../src/portal/index.ts';
import { createTestPortal, harbour, island, people, type TestPortal } from '../src/portal/test-portal.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';

let portal: TestPortal;
let sink: MailSink;
let jo: string;
let startAt: Date;
const workers: MailWorker[] = [];
beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
  await portal.owner.query(`insert into office values ($1, 'c', 'hill', 'Lantern Hill', 'America/Vancouver')`, [
    harbour,
  ]);
  await portal.owner.query(`insert into provider values ($1, 'c', 'abel', 'Dr. Abel Invented')`, [harbour]);
});
afterAll(() => portal?.close());
beforeEach(async () => {
  jo = await portal.signIn(people.jo);
  sink = await startMailSink();
  await portal.owner.query(
    'truncate mail, staff_task, booking, patient, mail_settings, mail_opt_out, refused_address cascade',
  );
  startAt = new Date(portal.clock.now().getTime() + 3 * 24 * 60 * 60_000);
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  await sink?.close();
});

function mailer(onStep?: (step: MailStep) => void | Promise<void>, smtpUrl: string | null = sink.url): MailWorker {
  const worker = createMailWorker({
    syncUrl: portal.database.urlFor('portal_sync'),
    smtpUrl: smtpUrl ?? undefined,
    from: 'no-reply@harbour.example',
    clock: portal.clock,
    log: createLog({ level: 'silent', name: 'test' }),
    random: () => 1,
    onStep,
    intervals: { leaseMs: 500, lookMs: 50, firstWaitMs: 300 },
  });
  workers.push(worker);
  return worker;
}

let nth = 0;
/** A booking of a patient with this address, and a mail about it; resolves to the mail's id. */
async function queued(
  address: string,
  { unlessConfirmed = false } = {},
): Promise<{ mailId: string; bookingId: string }> {
  nth += 1;
  const [bookingId, patientId] = [`b${nth}`, `p${nth}`] as const;
  await portal.owner.query(
    `insert into patient (site_id, connection_id, patient_id, family, given, email, emr_version) values ($1, 'c', $2, 'Madeup', 'Mara', $3, '1')`,
    [harbour, patientId, address],
  );
  await portal.owner.query(
    `insert into booking (site_id, connection_id, booking_id, office_id, provider_id, patient_id, patient_masked, status, participation,
                          start_at, end_at, emr_version, emr_last_updated, state, state_since)
     values ($1, 'c', $2, 'hill', 'abel', $3, false, 'booked', 'needs-action', $4, $4, '1', now(), 'present', now())`,
    [harbour, bookingId, patientId, startAt],
  );
  const mailId = await asSite(portal.context.syncPool, harbour, (tx) =>
    queueMail(tx, {
      siteId: harbour,
      about: { connectionId: 'c', bookingId, startAt, officeId: 'hill', providerId: 'abel', patientId },
      sendUntil: startAt,
      unlessConfirmed,
      recipient: address,
      content: { fromName: 'Harbour Clinic', subject: 'Your appointment', text: 'Hello Mara.\n' },
      now: portal.clock.now(),
    }),
  );
  return { mailId, bookingId };
}

interface Row {
  state: string;
  reason: string | null;
  message: unknown;
}
const stateOf = async (mailId: string): Promise<Row> =>
  (await portal.owner.query('select state, reason, message from mail where mail_id = $1', [mailId])).rows[0] as Row;
const tasks = async () =>
  (await portal.get<StaffTasks>('/api/tasks?about=mail', await portal.signIn(people.jo))).tasks.map(
    ({ mail, ...task }) => ({
      ...task,
      ...mail!,
    }),
  );
const press = async (path: string, cookie = jo) =>
  (
    await portal.app.inject({
      method: 'POST',
      url: path,
      headers: { cookie, host: 'portal.test', origin: 'http://portal.test' },
    })
  ).statusCode;
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 200; look += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it did not come to that');
}

describe('a mail', () => {
  it('is taken once by the server, and its content is gone afterwards', async () => {
    const { mailId } = await queued('mara@mail.example');
    await mailer().drain();
    await mailer().drain();
    expect(sink.taken).toMatchObject([
      { to: 'mara@mail.example', from: 'no-reply@harbour.example', messageId: `${mailId}@harbour.example` },
    ]);
    const read = await simpleParser(sink.taken[0]!.raw);
    expect(read).toMatchObject({ subject: 'Your appointment', text: 'Hello Mara.\n' });
    expect(read.from?.value).toEqual([{ name: 'Harbour Clinic', address: 'no-reply@harbour.example' }]);
    expect(await stateOf(mailId)).toEqual({ state: 'accepted', reason: null, message: null });
    expect(await tasks()).toEqual([]);
  });

  it('stays due without a mail server, and while the server cannot be reached or says "not now"', async () => {
    const { mailId } = await queued('mara@mail.example');
    await mailer(undefined, null).drain();
    expect((await stateOf(mailId)).state).toBe('due');
    await mailer(undefined, 'smtp://127.0.0.1:1').drain();
    expect((await stateOf(mailId)).state).toBe('due');
    const later = await queued('later@mail.example');
    await until(async () => {
      await mailer().drain();
      return (await stateOf(mailId)).state === 'accepted';
    });
    expect((await stateOf(later.mailId)).state).toBe('due');
    portal.clock.advance(25 * 60 * 60_000);
    await until(async () => {
      await mailer().drain();
      return (await stateOf(later.mailId)).state === 'failed';
    });
    expect(await tasks()).toMatchObject([
      { mailId: later.mailId, reason: 'mail-given-up', patientDisplay: 'Mara Madeup' },
    ]);
  });

  it('whose address the server refuses is a task, and the address is kept as refused', async () => {
    const refused = await queued('refused@mail.example');
    const spam = await queued('spam@mail.example');
    await mailer().drain();
    expect(await stateOf(refused.mailId)).toMatchObject({ state: 'failed', reason: 'refused-address' });
    await until(async () => {
      await mailer().drain();
      return (await stateOf(spam.mailId)).state === 'failed';
    });
    expect(await stateOf(spam.mailId)).toMatchObject({ state: 'failed', reason: 'refused' });
    expect((await tasks()).map(({ mailId, reason, recipient }) => [mailId, reason, recipient])).toEqual([
      [refused.mailId, 'mail-refused', 'refused@mail.example'],
      [spam.mailId, 'mail-given-up', 'spam@mail.example'],
    ]);
    const { rows } = await portal.owner.query('select address from refused_address');
    expect(rows).toEqual([{ address: 'refused@mail.example' }]);
    expect(sink.taken).toEqual([]);
  });

  it('leaves in no quiet hour, and in test mode to the test address alone', async () => {
    const { mailId } = await queued('mara@mail.example');
    const wall = (ms: number) => localDateTime('America/Vancouver', new Date(portal.clock.now().getTime() + ms)).time;
    await portal.owner.query(
      `insert into mail_settings (site_id, quiet_from, quiet_to, test_address) values ($1, $2, $3, 'desk@harbour.example')`,
      [harbour, wall(0), wall(60_000)],
    );
    await mailer().drain();
    expect((await stateOf(mailId)).state).toBe('due');
    portal.clock.advance(60_000);
    await mailer().drain();
    expect(sink.taken.map(({ to }) => to)).toEqual(['desk@harbour.example']);
    expect(sink.taken[0]!.raw).not.toContain('mara@mail.example');
  });
});

describe('a mail that may not leave any more', () => {
  const changes: readonly (readonly [reason: string, change: string])[] = [
    ['gone', `update booking set state = 'deleted' where booking_id = $1`],
    ['visibility-lost', `update booking set state = 'visibility-lost' where booking_id = $1`],
    ['unconfirmed', `update booking set state = 'unconfirmed' where booking_id = $1`],
    ['cancelled', `update booking set status = 'cancelled' where booking_id = $1`],
    ['moved', `update booking set start_at = start_at + interval '1 hour' where booking_id = $1`],
    ['confirmed', `update booking set participation = 'accepted' where booking_id = $1`],
    [
      'opted-out',
      `insert into mail_opt_out select site_id, connection_id, patient_id, now() from booking where booking_id = $1`,
    ],
    [
      'address-changed',
      `update patient set email = 'new@mail.example' where patient_id = (select patient_id from booking where booking_id = $1)`,
    ],
  ];
  it('is not sent, whether it changed before the claim or after it, and the reason is kept', async () => {
    for (const when of ['before', 'after'] as const) {
      for (const [reason, change] of changes) {
        const { mailId, bookingId } = await queued('mara@mail.example', { unlessConfirmed: true });
        if (when === 'before') await portal.owner.query(change, [bookingId]);
        const worker = mailer(async (step) => {
          if (when === 'after' && step === 'asked') await portal.owner.query(change, [bookingId]);
        });
        await worker.drain();
        expect([when, await stateOf(mailId)]).toEqual([when, { state: 'cancelled', reason, message: null }]);
      }
    }
    expect(sink.taken).toEqual([]);
    const { mailId } = await queued('mara@mail.example');
    portal.clock.advance(4 * 24 * 60 * 60_000);
    await mailer().drain();
    expect((await stateOf(mailId)).reason).toBe('too-late');
    await portal.owner.query(`update mail set recipient = 'no address' where mail_id = $1`, [mailId]);
    expect(sink.taken).toEqual([]);
  }, 30_000);
});

describe('a mail whose sending was cut off', () => {
  it('before its content is sent by the next mailer', async () => {
    const { mailId } = await queued('mara@mail.example');
    await portal.owner.query(
      `update mail set state = 'sending', attempt = 1, lease_owner = 'gone', lease_until = now() - interval '1 second'`,
    );
    await mailer().drain();
    expect((await stateOf(mailId)).state).toBe('accepted');
    expect(sink.taken.length).toBe(1);
  });

  it('after its content began is uncertain, is a task, and is not sent again by itself', async () => {
    const { mailId } = await queued('mara@mail.example');
    await portal.owner.query(
      `update mail set state = 'sending', attempt = 1, lease_owner = 'gone', lease_until = now() - interval '1 second', data_at = now()`,
    );
    await mailer().drain();
    await mailer().drain();
    expect((await stateOf(mailId)).state).toBe('uncertain');
    expect(sink.taken).toEqual([]);
    expect(await tasks()).toMatchObject([{ mailId, reason: 'mail-uncertain' }]);
  });

  it('by the server after the last byte is uncertain; a person sends it again, or says that it was sent', async () => {
    const first = await queued('cut@mail.example');
    await mailer().drain();
    expect(sink.taken.length).toBe(1);
    expect((await stateOf(first.mailId)).state).toBe('uncertain');
    expect(await press(`/api/mails/${first.mailId}/send-again`, await portal.signIn(people.both, island))).toBe(409);
    expect(await press(`/api/mails/${first.mailId}/was-sent`)).toBe(204);
    expect(await press(`/api/mails/${first.mailId}/was-sent`)).toBe(409);
    expect(await stateOf(first.mailId)).toEqual({ state: 'accepted', reason: 'said-by-staff', message: null });
    expect(await tasks()).toEqual([]);

    const second = await queued('cut@mail.example');
    await mailer().drain();
    expect(await press(`/api/mails/${second.mailId}/send-again`)).toBe(204);
    await mailer().drain();
    expect(sink.taken.map(({ messageId }) => messageId.split('@')[0])).toEqual([
      first.mailId,
      second.mailId,
      second.mailId,
    ]);
    expect(await tasks()).toMatchObject([{ mailId: second.mailId }]);
  });

  it('of two mailers one writes: who was late before the content leaves nothing at the server', async () => {
    const { mailId } = await queued('mara@mail.example');
    let late = true;
    const slow = mailer(async (step) => {
      if (step !== 'asked' || !late) return;
      late = false;
      // As if this process had slept through its lease while another mailer took over.
      await portal.owner.query(`update mail set lease_until = now() - interval '1 second'`);
      await mailer().drain();
    });
    await slow.drain();
    expect(sink.taken.length).toBe(1);
    expect((await stateOf(mailId)).state).toBe('accepted');
  });
});

describe('what a patient or a clinic is called', () => {
  const hostile = [
    'x\r\nBcc: all@mail.example',
    'x\nBcc: all@mail.example',
    'x\u2028Bcc: y',
    'x\u0000\r\n\r\nbody',
    '"\r\n.\r\nQUIT',
  ];
  it('ends no header and begins none', async () => {
    const plain = await writeMessage({
      from: { name: 'x', address: 'a@b.example' },
      to: 'c@d.example',
      subject: 's',
      text: 't',
      messageId: 'm@b.example',
      date: new Date(0),
    });
    const headersOf = (raw: Buffer) =>
      raw
        .toString()
        .split('\r\n\r\n', 1)[0]!
        .replaceAll(/\r\n[ \t]/g, ' ')
        .split('\r\n')
        .map((line) => line.split(':', 1)[0]);
    for (const text of hostile) {
      const raw = await writeMessage({
        from: { name: text, address: 'a@b.example' },
        to: 'c@d.example',
        subject: text,
        text,
        messageId: `m${text}@b.example`,
        date: new Date(0),
      });
      expect(headersOf(raw)).toEqual(headersOf(plain));
    }
    expect(headersOf(plain)).toContain('Subject');
  });

  it('is no address with anything in it that could be more than one', () => {
    for (const good of ['a@b.example', "o'neil+x@mail.b-c.example"])
      expect([good, isMailAddress(good)]).toEqual([good, true]);
    for (const bad of [
      ...hostile.map((text) => `${text}@b.example`),
      ...hostile.map((text) => `a@b.example${text}`),
      'a@b.example,c@d.example',
      'a b@c.example',
      '<a@b.example>',
      'a@b',
      'a@-b.example',
      '.a@b.example',
      'a@b..example',
      `${'a'.repeat(65)}@b.example`,
      '"a"@b.example',
      'é@b.example',
      '',
    ])
      expect([bad, isMailAddress(bad)]).toEqual([bad, false]);
  });
});
