// Messages over HTTP: what staff, a patient and a stranger may do, and what is kept of it.
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { newId } from '../../platform/ids.ts';
import type { AttachedFile, NewThread, SavedFetch, Thread, Threads } from '../contract/messages.ts';
import type { StaffTasks } from '../contract/staff-tasks.ts';
import { savedFetches } from '../index.ts';
import { addBooking, birthDate, createLinkPortal, formOf, type LinkPortal } from '../links/test-links.ts';
import { harbour, island, people } from '../test-portal.ts';

let portal: LinkPortal;
let jo: string;
let stranger: string;
beforeAll(async () => {
  portal = await createLinkPortal(inject('adminUrl'));
  jo = await portal.signIn(people.jo);
  stranger = await portal.signIn(people.both, island);
  await portal.owner.query(`update patient set email = 'mara@mail.example' where patient_id = 'p1'`);
});
afterAll(() => portal?.close());
beforeEach(async () => {
  await portal.empty();
  await portal.owner.query('truncate mail, stored_file cascade');
  await addBooking(portal, { id: 'b1' });
});

const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(400_000, 'x')]);
const origin = { host: 'portal.test', origin: 'http://portal.test' };
const post = (url: string, payload?: object, cookie = jo) =>
  portal.app.inject({ method: 'POST', url, headers: { ...origin, cookie }, ...(payload && { payload }) });
const upload = (bytes: Buffer, { type = 'application/pdf', name = 'letter.pdf', cookie = jo } = {}) =>
  portal.app.inject({
    method: 'POST',
    url: '/api/files',
    headers: { ...origin, cookie, 'content-type': type, 'content-disposition': `attachment; filename*=UTF-8''${name}` },
    payload: bytes,
  });
const begin = (more: object = {}, cookie = jo) =>
  post(
    '/api/threads',
    { pressId: newId(), bookingId: 'b1', subject: 'Your result', text: 'All is well.', fileIds: [], ...more },
    cookie,
  );
async function threadOf(more: object = {}): Promise<NewThread & { token: string }> {
  const answer = await begin(more);
  expect([answer.statusCode, answer.body]).toEqual([201, expect.any(String)]);
  return { ...answer.json<NewThread>(), token: await tokenInMail() };
}
async function tokenInMail(): Promise<string> {
  const { rows } = await portal.owner.query<{ text: string; subject: string; recipient: string }>(
    `select message->>'text' as text, message->>'subject' as subject, recipient from mail order by created_at desc, mail_id desc limit 1`,
  );
  return /\/m\/([\w-]{43})/.exec(rows[0]!.text)![1]!;
}
const page = (token: string) => portal.app.inject({ method: 'GET', url: `/m/${token}` });
const send = (token: string, fields: URLSearchParams) =>
  portal.app.inject({
    method: 'POST',
    url: `/m/${token}?lang=en`,
    headers: { ...origin, 'content-type': 'application/x-www-form-urlencoded' },
    payload: fields.toString(),
  });
async function opened(token: string, answers: Record<string, string> = birthDate) {
  const { fields } = formOf((await page(token)).body, 'identify');
  for (const [name, value] of Object.entries(answers)) fields.set(name, value);
  return send(token, fields);
}
const formToken = (body: string) => [...body.matchAll(/name="f" value="([^"]+)"/g)].at(-1)![1]!;
function reply(
  token: string,
  body: string,
  parts: readonly { name: string; value: string | Buffer; file?: string; type?: string }[],
) {
  const boundary = 'xyzzy';
  const chunks = [{ name: 'f', value: formToken(body) }, { name: 'press', value: newId() }, ...parts].flatMap(
    (part) => [
      Buffer.from(
        `--${boundary}\r\ncontent-disposition: form-data; name="${part.name}"${'file' in part && part.file !== undefined ? `; filename="${part.file}"\r\ncontent-type: ${'type' in part ? part.type : ''}` : ''}\r\n\r\n`,
      ),
      Buffer.from(part.value),
      Buffer.from('\r\n'),
    ],
  );
  return portal.app.inject({
    method: 'POST',
    url: `/m/${token}?lang=en`,
    headers: { ...origin, 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  });
}
const read = (threadId: string, cookie = jo) => portal.get<Thread>(`/api/threads/${threadId}`, cookie);
const count = async (sql: string) =>
  Number((await portal.owner.query(`select count(*) as n from ${sql}`)).rows[0]!['n']);

describe('a message to a patient', () => {
  it('sends a link and nothing of it, keeps the token nowhere, and is filed', async () => {
    const uploaded = (await upload(pdf)).json<AttachedFile>();
    const { threadId, token, accessCode } = await threadOf({ fileIds: [uploaded.fileId] });
    expect(accessCode).toBeNull();
    const { rows } = await portal.owner.query(`select recipient, message::text as whole from mail`);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ recipient: 'mara@mail.example' });
    expect(rows[0]!['whole']).not.toMatch(/Your result|All is well|letter|Mara/);
    expect(await count(`thread_link where encode(token_hash, 'base64') like '%${token}%'`)).toBe(0);
    const { rows: filings } = await portal.owner.query(
      `select w.office_id as office, w.patient_id as patient, f.title, f.media_type as type, f.kept_at is not null as kept
         from write_back w join stored_file f on f.file_id = w.file_id where w.kind = 'file-document' order by f.title`,
    );
    expect(filings).toEqual([
      { office: 'hill', patient: 'p1', title: 'Message to patient: Your result', type: 'text/plain', kept: true },
      { office: 'hill', patient: 'p1', title: 'letter.pdf', type: 'application/pdf', kept: true },
    ]);
    const thread = await read(threadId);
    expect(thread.thread).toMatchObject([
      { text: 'All is well.', filed: 'waiting', mail: 'due', unread: false, files: [uploaded] },
    ]);
  });

  it('pressed twice is sent once', async () => {
    const pressId = newId();
    const answers = await Promise.all([begin({ pressId }), begin({ pressId }), begin({ pressId })]);
    expect(answers.map((one) => one.statusCode).filter((one) => one === 201).length).toBeGreaterThan(0);
    expect([await count('thread'), await count('message'), await count('mail'), await count('write_back')]).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it('is nobody’s where there is no address, no birth date, no listed booking; nor another site’s', async () => {
    await addBooking(portal, { id: 'b2', set: `patient_id = 'p2'` });
    await addBooking(portal, { id: 'b3', set: `state = 'visibility-lost'` });
    await portal.owner.query(`update patient set email = 'u@mail.example' where patient_id = 'p2'`);
    expect((await begin({ bookingId: 'b2' })).json()).toMatchObject({ key: 'messages.problem.no-birth-date' });
    expect((await begin({ bookingId: 'b3' })).statusCode).toBe(404);
    await portal.owner.query(`update patient set email = null where patient_id = 'p2'`);
    expect((await begin({ bookingId: 'b2' })).json()).toMatchObject({ key: 'messages.problem.no-address' });
    const { threadId } = await threadOf();
    const file = (await upload(pdf)).json<AttachedFile>();
    for (const url of [`/api/threads/${threadId}`, `/api/files/${file.fileId}`]) {
      expect((await portal.app.inject({ method: 'GET', url, headers: { cookie: stranger } })).statusCode).toBe(404);
    }
    expect((await portal.get<Threads>('/api/threads', stranger)).threads).toEqual([]);
    const text = { pressId: newId(), text: 'x', fileIds: [] };
    expect((await post(`/api/threads/${threadId}/messages`, text, stranger)).statusCode).toBe(404);
  });

  it('goes out of sight with its patient, and comes back', async () => {
    const { threadId, token } = await threadOf();
    await portal.owner.query(`update booking set state = 'visibility-lost'`);
    expect(await portal.get<Threads>('/api/threads', jo)).toMatchObject({ threads: [], hidden: 1, unread: 0 });
    expect((await page(token)).statusCode).toBe(404);
    await portal.owner.query(`update booking set state = 'present'`);
    expect((await read(threadId)).threadId).toBe(threadId);
    expect((await page(token)).statusCode).toBe(200);
  });
});

describe('an upload', () => {
  it('is what it says by its bytes, is not empty, and is 10 MB at most', async () => {
    const refused = [
      await upload(Buffer.from('<script>alert(1)</script>')),
      await upload(pdf, { type: 'image/png' }),
      await upload(Buffer.alloc(0)),
      await upload(pdf, { type: 'text/html' }),
      await upload(Buffer.concat([pdf, Buffer.alloc(10 * 2 ** 20)])),
    ];
    expect(refused.map((one) => one.statusCode)).toEqual([400, 400, 400, 415, 413]);
    expect(await count('stored_file')).toBe(0);
  });

  it('belongs to one message of who uploaded it', async () => {
    const { fileId } = (await upload(pdf)).json<AttachedFile>();
    const both = await portal.signIn(people.both, harbour);
    expect((await begin({ fileIds: [fileId] }, both)).statusCode).toBe(409);
    expect((await begin({ fileIds: [fileId] })).statusCode).toBe(201);
    expect((await begin({ fileIds: [fileId] })).statusCode).toBe(409);
    expect(await count('message')).toBe(1);
  });
});

describe('the page of a message', () => {
  it('shows nothing before the birth date, fits 10 kB, and fetches nothing', async () => {
    const { token } = await threadOf({ text: 'y'.repeat(12_000) });
    const before = await page(token);
    expect(before.body).not.toMatch(/Your result|yyy|Mara/);
    const after = await opened(token);
    expect(after.statusCode).toBe(200);
    expect(after.body).toContain('Your result');
    for (const one of [before, after]) {
      expect(Buffer.byteLength(one.body)).toBeLessThanOrEqual(10_240);
      expect(one.body).not.toMatch(/<script|src=|@import/);
      expect(one.headers['cache-control']).toBe('no-store');
    }
  });

  it('locks after six wrong dates, which is a task, and staff unlock it', async () => {
    const { token } = await threadOf();
    expect((await opened(token, { day: '', month: '', year: '' })).statusCode).toBe(200);
    const answers: number[] = [];
    for (let n = 0; n < 6; n += 1) answers.push((await opened(token, { ...birthDate, year: '1981' })).statusCode);
    expect(answers).toEqual([200, 200, 200, 200, 200, 403]);
    expect((await page(token)).statusCode).toBe(403);
    const { tasks } = await portal.get<StaffTasks>('/api/tasks?about=link', jo);
    expect(tasks).toMatchObject([{ about: 'link', reason: 'locked', acts: ['unlock'], patientDisplay: 'Mara Madeup' }]);
    expect((await post(`/api/tasks/${tasks[0]!.taskId}/done`)).statusCode).toBe(204);
    expect((await opened(token)).body).toContain('All is well.');
  });

  it('takes a reply with files once, tells the staff, files it, and serves its files so that nothing runs', async () => {
    const { threadId, token } = await threadOf();
    const { body } = await opened(token);
    const sent = await reply(token, body, [
      { name: 'text', value: 'Thank you.\r\nHere it is.' },
      { name: 'file', value: pdf, file: 'Rapport d’été.pdf', type: 'application/pdf' },
      { name: 'file', value: '', file: '', type: 'application/octet-stream' },
    ]);
    expect([sent.statusCode, sent.body]).toEqual([200, expect.stringContaining('Sent. The clinic has it.')]);
    expect(await portal.get<Threads>('/api/threads', jo)).toMatchObject({ unread: 1, threads: [{ unread: 1 }] });
    const { thread } = await read(threadId);
    expect(thread[1]).toMatchObject({ author: null, unread: true, filed: 'waiting', files: [{ bytes: pdf.length }] });
    expect(await count(`write_back where kind = 'file-document' and requested_by is null`)).toBe(2);
    const { fileId } = thread[1]!.files[0]!;
    const byStaff = await portal.app.inject({ method: 'GET', url: `/api/files/${fileId}`, headers: { cookie: jo } });
    const byPatient = await send(token, new URLSearchParams({ f: formToken(sent.body), file: fileId }));
    for (const one of [byStaff, byPatient]) {
      expect(one.rawPayload.equals(pdf)).toBe(true);
      expect(one.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-disposition': expect.stringMatching(/^attachment; /),
        'content-security-policy': "sandbox; default-src 'none'",
        'content-type': 'application/pdf',
      });
    }
    expect((await post(`/api/threads/${threadId}/read`)).statusCode).toBe(204);
    expect((await portal.get<Threads>('/api/threads', jo)).unread).toBe(0);
  });

  it('keeps nothing of a reply that is refused, and says why', async () => {
    const { threadId, token } = await threadOf();
    const { body } = await opened(token);
    const files = await count('stored_file');
    const refused = [
      await reply(token, body, [{ name: 'text', value: '' }]),
      await reply(token, body, [
        { name: 'text', value: 'Keep this draft' },
        { name: 'file', value: pdf, file: 'a.pdf', type: 'application/pdf' },
        { name: 'file', value: '<html>', file: 'b.png', type: 'image/png' },
      ]),
      await reply(token, body, [{ name: 'file', value: 'x', file: 'x.html', type: 'text/html' }]),
      await reply(token, body.replaceAll('known.', 'knowm.'), [{ name: 'text', value: 'forged' }]),
    ];
    expect(refused[1]!.body).toContain('Keep this draft');
    for (const one of refused.slice(0, 3)) expect(one.body).toContain('role="alert"');
    expect(refused[3]!.body).not.toContain('All is well.');
    expect((await read(threadId)).thread).toHaveLength(1);
    expect(await count('stored_file')).toBe(files);
  });

  it('leads nowhere with a token that is unknown, cut, or older than 30 days', async () => {
    const { token } = await threadOf();
    const nowhere = (await page('x'.repeat(43))).body;
    expect((await page(token.slice(1))).body).toBe(nowhere);
    await portal.owner.query(`update thread_link set expires_at = $1`, [portal.clock.now()]);
    const expired = await page(token);
    expect([expired.statusCode, expired.body]).toEqual([404, nowhere]);
  });

  it('opens no file of another thread', async () => {
    const { threadId } = await threadOf({ fileIds: [(await upload(pdf)).json<AttachedFile>().fileId] });
    const { fileId } = (await read(threadId)).thread[0]!.files[0]!;
    const other = await threadOf({ subject: 'Other' });
    const { body } = await opened(other.token);
    const asked = await send(other.token, new URLSearchParams({ f: formToken(body), file: fileId }));
    expect(asked.headers['content-type']).toMatch(/^text\/html/);
  });
});

describe('a referral', () => {
  const referral = { name: 'Dr. Otto Elsewhere', email: 'otto@elsewhere.example', language: 'fr' };
  it('is opened by a code that the staff are told once and the e-mail does not hold', async () => {
    const { threadId, token, accessCode } = await threadOf({ referral });
    expect(accessCode).toMatch(/^\d{4} \d{4}$/);
    const { rows } = await portal.owner.query(`select recipient, message::text as whole from mail`);
    expect(rows[0]).toMatchObject({ recipient: 'otto@elsewhere.example' });
    expect(rows[0]!['whole'].replaceAll(/\D/g, '')).not.toContain(accessCode!.replace(' ', ''));
    const wrong = String((Number(accessCode!.replace(' ', '')) + 1) % 10 ** 8).padStart(8, '0');
    expect((await opened(token, { code: wrong })).body).not.toContain('Mara Madeup');
    expect((await opened(token, { code: '123' })).statusCode).toBe(200);
    const right = await opened(token, { code: accessCode! });
    expect(right.body).toContain('Mara Madeup');
    expect((await reply(token, right.body, [{ name: 'text', value: 'Seen.' }])).body).toContain('Sent.');
    expect(await read(threadId)).toMatchObject({ kind: 'referral', unread: 1, recipientName: referral.name });
    const { rows: titles } = await portal.owner.query(`select title from stored_file order by begun_at, title`);
    expect(titles.map((one) => one['title'])).toEqual([
      'Demande de consultation à Dr. Otto Elsewhere : Your result',
      'Réponse de Dr. Otto Elsewhere : Your result',
    ]);
  });
});

describe('what was saved for Ocean', () => {
  it('is asked for by a row, says by name what lacks, and a fetcher that was lost fails it', async () => {
    const asked = (await post('/api/saved-for-ocean', { bookingId: 'b1' })).json<SavedFetch>();
    expect(asked).toMatchObject({ state: 'asked', files: [] });
    const sync = portal.context.syncPool;
    const claimed = (await savedFetches.claimFetch(sync))!;
    expect(claimed).toMatchObject({ fetchId: asked.fetchId, patientId: 'p1' });
    const lacking = [{ officeId: 'hill', providerId: 'abel', columns: 8 }];
    await savedFetches.settleFetch(sync, claimed, { failed: true, reason: 'messages.saved.lacking', lacking });
    expect(await portal.get<SavedFetch>(`/api/saved-for-ocean/${asked.fetchId}`, jo)).toMatchObject({
      state: 'failed',
      reason: 'Cloud Connect may not read this chart.',
      lacking: [{ officeName: 'Lantern Hill', providerDisplay: 'Dr. Abel Invented', columns: 8 }],
    });
    const again = (await post('/api/saved-for-ocean', { bookingId: 'b1' })).json<SavedFetch>();
    await savedFetches.claimFetch(sync);
    await portal.owner.query(
      `update saved_fetch set lease_until = now() - interval '1 second' where state = 'fetching'`,
    );
    expect(await savedFetches.claimFetch(sync)).toBeUndefined();
    expect((await portal.get<SavedFetch>(`/api/saved-for-ocean/${again.fetchId}`, jo)).state).toBe('failed');
    expect(
      (
        await portal.app.inject({
          method: 'GET',
          url: `/api/saved-for-ocean/${again.fetchId}`,
          headers: { cookie: stranger },
        })
      ).statusCode,
    ).toBe(404);
  });
});
