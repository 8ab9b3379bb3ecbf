// Who works at a site, over HTTP: invitations by real SMTP, roles, and the end of a membership.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { isMessageKey } from '../src/language/messages.ts';
import { createLog } from '../src/platform/log.ts';
import type { OpenInvitation } from '../src/portal/contract/accounts.ts';
import { type AuditLog, type AuditLogEntry, auditAbouts } from '../src/portal/contract/audit-log.ts';
import type { Me } from '../src/portal/contract/session.ts';
import type { SiteUsers } from '../src/portal/contract/users.ts';
import { createMailWorker, createPortal, type MailWorker } from '../src/portal/index.ts';
import { createTestPortal, harbour, island, password, people, type TestPortal } from '../src/portal/test-portal.ts';
import { type MailSink, startMailSink } from './mail-sink.ts';

const root = join(import.meta.dirname, '..');
let portal: TestPortal;
let sink: MailSink;
let mailer: MailWorker;
let sam: string;
beforeAll(async () => {
  portal = await createTestPortal(inject('adminUrl'));
  sink = await startMailSink();
  mailer = createMailWorker({
    syncUrl: portal.database.urlFor('portal_sync'),
    smtpUrl: sink.url,
    from: 'no-reply@harbour.example',
    clock: portal.clock,
    log: createLog({ level: 'silent', name: 'test' }),
    intervals: { firstWaitMs: 1 },
  });
});
afterAll(async () => {
  await mailer?.stop();
  await sink?.close();
  await portal?.close();
});
beforeEach(async () => {
  sam = await portal.signIn(people.sam);
});

const post = (url: string, payload: object = {}, cookie = sam) =>
  portal.app.inject({
    method: 'POST',
    url,
    payload,
    headers: { host: 'portal.test', origin: 'http://portal.test', ...(cookie && { cookie }) },
  });
const status = async (url: string, payload?: object, cookie?: string) => (await post(url, payload, cookie)).statusCode;
const users = (cookie = sam) => portal.get<SiteUsers>('/api/users', cookie);
const userOf = async (email: string) => (await users()).users.find((one) => one.email === email)!;
const invitationOf = async (email: string) => (await users()).invitations.find((one) => one.email === email);
const invite = (email: string, role = 'member', language = 'en') =>
  status('/api/invitations', { email, role, language });

/** The mails that have left to an address, each with the token of its link. */
async function mailsTo(email: string) {
  await mailer.drain();
  return Promise.all(
    sink.taken
      .filter(({ to }) => to === email)
      .map(async ({ raw }) => {
        const { subject, text = '' } = await simpleParser(raw);
        return { subject, text, token: /#([\w-]{43})\s/.exec(text)?.[1] ?? '' };
      }),
  );
}
const tokenTo = async (email: string) => (await mailsTo(email)).at(-1)!.token;
const read = (token: string) => post('/api/invitations/read', { token }, '');
const accept = (token: string, more: object = { displayName: 'New Somebody', password }) =>
  post('/api/invitations/accept', { token, ...more }, '');
const signIn = async (email: string) =>
  (await post('/api/sign-in', { email, password }, '')).json<Me & { key?: string }>();

const audited = async (entity: string) =>
  (
    await portal.owner.query<{ action: string; after: unknown; user_id: string }>(
      'select action, after, user_id from audit_event where site_id = $1 and entity = $2 order by at, audit_id',
      [harbour, entity],
    )
  ).rows;

describe('an invitation', () => {
  it('comes by e-mail, makes an account of the one who holds its link, and is good once', async () => {
    expect(await invite(' Nia@new.example ')).toBe(204);
    expect(await invitationOf('Nia@new.example')).toMatchObject({
      role: 'member',
      invitedBy: 'Sam Placeholder',
      expired: false,
      mail: 'waiting',
    });
    const [mail] = await mailsTo('Nia@new.example');
    expect(mail?.subject).toBe('Invitation to Harbour Clinic');
    expect(mail?.text).toMatch(
      /^Sam Placeholder invites .*http:\/\/portal\.test\/invitation#[\w-]{43}\n.*until 2026-12-01 10:00 \(America\/Vancouver\)/s,
    );
    expect((await invitationOf('Nia@new.example'))?.mail).toBe('sent');
    const { token } = mail!;
    expect((await read(token)).json<OpenInvitation>()).toEqual({
      siteName: 'Harbour Clinic',
      email: 'Nia@new.example',
      role: 'member',
      hasAccount: false,
    });
    for (const missing of [{}, { displayName: 'Nia' }, { password }, { displayName: 'Nia', password: 'too short' }])
      expect((await accept(token, missing)).statusCode).toBe(400);
    expect((await accept(token, { displayName: 'Nia Newcomer', password })).statusCode).toBe(204);
    expect(await signIn('nia@new.example')).toMatchObject({ displayName: 'Nia Newcomer', role: 'member' });
    expect(await invitationOf('Nia@new.example')).toBeUndefined();
    const again = await accept(token, { displayName: 'Another', password });
    expect([again.statusCode, again.json().key]).toEqual([404, 'users.problem.link']);
    const { userId } = await userOf('Nia@new.example');
    expect(await audited('invitation')).toMatchObject([
      { action: 'invite', user_id: portal.samId, after: { role: 'member' } },
      { action: 'accept', user_id: userId },
    ]);
    // What is kept of a token opens nothing, and its mail is gone from the queue.
    const { rows } = await portal.owner.query(
      `select to_jsonb(l)::text as link, m.message from account_link l join mail m on m.mail_id = l.mail_id`,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect([row['link'].includes(token), row['message']]).toEqual([false, null]);
  });

  it('is taken by one of two who hold its link at the same moment', async () => {
    await invite('twice@new.example');
    const token = await tokenTo('twice@new.example');
    const answers = await Promise.all([1, 2, 3].map(() => accept(token)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 404, 404]);
  });

  it('ends when it expires, is withdrawn, or is followed by another, and then says what an unknown one says', async () => {
    await invite('late@new.example');
    const first = await tokenTo('late@new.example');
    await invite('LATE@new.example', 'site-admin', 'fr');
    expect((await mailsTo('LATE@new.example')).at(-1)?.subject).toBe('Invitation à Harbour Clinic');
    const second = await tokenTo('LATE@new.example');
    const unknown = await read('A'.repeat(43));
    expect(unknown.statusCode).toBe(404);
    const nowhere = async (token: string) => {
      expect((await read(token)).json()).toEqual(unknown.json());
      expect((await accept(token)).json()).toEqual(unknown.json());
    };
    await nowhere(first);
    expect((await read(second)).statusCode).toBe(200);
    portal.clock.advance(7 * 24 * 60 * 60_000);
    sam = await portal.signIn(people.sam);
    await nowhere(second);
    const open = (await users()).invitations.filter(({ email }) => email === 'LATE@new.example');
    expect(open).toMatchObject([{ role: 'site-admin', expired: true }]);
    await invite('late@new.example');
    const third = await tokenTo('late@new.example');
    const { invitationId } = (await invitationOf('late@new.example'))!;
    expect(await status(`/api/invitations/${invitationId}/withdraw`)).toBe(204);
    await nowhere(third);
    expect(await status(`/api/invitations/${invitationId}/withdraw`)).toBe(404);
    expect(await signIn('late@new.example')).toMatchObject({ key: 'problem.bad-credentials' });
  });

  it('makes who has an account elsewhere a member, keeps his password, and tells the Site Admin nothing of it', async () => {
    const bo = 'someone@island.example';
    const asBoth = await portal.signIn(people.both, island);
    await post('/api/invitations', { email: bo, role: 'member', language: 'en' }, asBoth);
    await accept(await tokenTo(bo));
    const [known, unknown] = [
      await post('/api/invitations', { email: bo, role: 'member', language: 'en' }),
      await post('/api/invitations', { email: 'nobody@island.example', role: 'member', language: 'en' }),
    ];
    expect([known.statusCode, known.body]).toEqual([unknown.statusCode, unknown.body]);
    const token = await tokenTo(bo);
    expect((await read(token)).json<OpenInvitation>().hasAccount).toBe(true);
    expect((await accept(token, { displayName: 'Changed', password: 'another long password' })).statusCode).toBe(204);
    expect(await signIn(bo)).toMatchObject({
      displayName: 'New Somebody',
      sites: [{ siteId: harbour }, { siteId: island }],
    });
  });

  it('is refused for a member, active or not, and for what is no address', async () => {
    const asked = async (email: string) =>
      (await post('/api/invitations', { email, role: 'member', language: 'en' })).json();
    expect(await asked(people.jo.toUpperCase())).toMatchObject({ key: 'users.problem.member' });
    const { userId } = await userOf(people.jo);
    await post(`/api/users/${userId}/deactivate`);
    expect(await asked(people.jo)).toMatchObject({ key: 'users.problem.deactivated' });
    await post(`/api/users/${userId}/reactivate`);
    for (const email of ['no address', 'a@b', 'a@b.example\r\nbcc: c@d.example', `${'a'.repeat(70)}@b.example`])
      expect([email, (await asked(email)).status]).toEqual([email, 400]);
  });

  it('leaves in quiet hours and in test mode, to the one whom it invites, and says when the address was refused', async () => {
    await portal.owner.query(
      `insert into mail_settings (site_id, quiet_from, quiet_to, test_address) values ($1, '00:00', '23:59', 'test@harbour.example')`,
      [harbour],
    );
    await invite('night@new.example');
    await invite('refused@new.example');
    expect(await mailsTo('night@new.example')).toHaveLength(1);
    expect(await mailsTo('test@harbour.example')).toEqual([]);
    expect((await invitationOf('refused@new.example'))?.mail).toBe('failed');
    await portal.owner.query('delete from mail_settings');
    const { rows } = await portal.owner.query('select from staff_task');
    expect(rows).toEqual([]);
  });

  it('comes once more where nobody knows whether it came, and makes no task', async () => {
    await invite('cut@new.example');
    await mailer.drain();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await mailsTo('cut@new.example')).length).toBeGreaterThan(1);
    const { rows } = await portal.owner.query(
      `select from staff_task union all select from mail where state = 'uncertain'`,
    );
    expect(rows).toEqual([]);
    await portal.owner.query(`update mail set state = 'failed', message = null where recipient = 'cut@new.example'`);
  });
});

describe('a member', () => {
  it('becomes Site Admin and member again, and there is always one Site Admin', async () => {
    const { userId: joId } = await userOf(people.jo);
    const jo = await portal.signIn(people.jo);
    expect(await status('/api/invitations', { email: 'x@y.example', role: 'member', language: 'en' }, jo)).toBe(403);
    expect(await status(`/api/users/${joId}/role`, { role: 'site-admin' })).toBe(204);
    expect(await portal.get<Me>('/api/me', jo)).toMatchObject({ role: 'site-admin' });
    expect(await status(`/api/users/${joId}/role`, { role: 'site-admin' })).toBe(204);
    // Two who unmake each other at one moment leave one of them.
    const both = await Promise.all([
      status(`/api/users/${joId}/role`, { role: 'member' }, sam),
      status(`/api/users/${portal.samId}/role`, { role: 'member' }, jo),
    ]);
    expect(both.filter((one) => one === 204)).toHaveLength(1);
    const { rows } = await portal.owner.query(
      `select user_id from site_member where site_id = $1 and role = 'site-admin' and deactivated_at is null`,
      [harbour],
    );
    expect(rows).toHaveLength(1);
    await portal.owner.query(
      `update site_member set role = case when user_id = $2 then 'site-admin' else 'member' end where site_id = $1`,
      [harbour, portal.samId],
    );
    for (const [act, body] of [
      ['role', { role: 'member' }],
      ['deactivate', {}],
    ] as const) {
      const refused = await post(`/api/users/${portal.samId}/${act}`, body);
      expect([act, refused.statusCode, refused.json().key]).toEqual([act, 409, 'users.problem.last-site-admin']);
    }
    expect((await audited('portal-user')).filter(({ action }) => action === 'change-role').length).toBe(2);
  });

  it('who is deactivated is out at once, in every session, and what was open does not come back with him', async () => {
    await portal.owner.query(`delete from portal_session where user_id <> $1`, [portal.samId]);
    const sessions = [await portal.signIn(people.jo), await portal.signIn(people.jo)];
    const { userId } = await userOf(people.jo);
    expect(await status(`/api/users/${userId}/deactivate`)).toBe(204);
    const me = async (cookie: string) =>
      (await portal.app.inject({ method: 'GET', url: '/api/me', headers: { cookie } })).statusCode;
    for (const cookie of sessions) expect(await me(cookie)).toBe(401);
    expect(await signIn(people.jo)).toMatchObject({ key: 'problem.no-site' });
    expect(await userOf(people.jo)).toMatchObject({ active: false });
    expect(await status(`/api/users/${userId}/reactivate`)).toBe(204);
    for (const cookie of sessions) expect(await me(cookie)).toBe(401);
    expect(await signIn(people.jo)).toMatchObject({ role: 'member' });
    expect(await audited('portal-user')).toContainEqual(
      expect.objectContaining({ action: 'deactivate-user', user_id: portal.samId, after: { sessionsEnded: 2 } }),
    );
  });

  it('of two sites is deactivated at one, and goes on at the other', async () => {
    const there = await portal.signIn(people.both, island);
    const { userId } = await userOf(people.both);
    await post(`/api/users/${userId}/deactivate`);
    expect(await portal.get<Me>('/api/me', there)).toMatchObject({ siteId: island, sites: [{ siteId: island }] });
    await post(`/api/users/${userId}/reactivate`);
  });

  it('of another site is as one who never was', async () => {
    const asBoth = await portal.signIn(people.both, island);
    const { userId } = await userOf(people.jo);
    for (const act of ['role', 'deactivate', 'reactivate']) {
      const [there, never] = [
        await post(`/api/users/${userId}/${act}`, { role: 'member' }, asBoth),
        await post(`/api/users/nobody/${act}`, { role: 'member' }, asBoth),
      ];
      expect([there.statusCode, there.json()]).toEqual([404, never.json()]);
    }
    expect((await users(asBoth)).users.map(({ email }) => email)).not.toContain(people.jo);
  });
});

describe('a forgotten password', () => {
  const ask = (email: string) => post('/api/password-resets', { email }, '');
  const set = (token: string, chosen: string) => post('/api/password-resets/set', { token, password: chosen }, '');
  const signInWith = async (email: string, chosen: string) =>
    (await post('/api/sign-in', { email, password: chosen }, '')).statusCode;
  /** As many mails as there are to be; what is done behind an answer has its time. */
  const resetsTo = async (email: string, count: number) => {
    await expect
      .poll(async () => (await mailsTo(email)).filter(({ text }) => text.includes('/new-password#')).length)
      .toBe(count);
    return (await mailsTo(email)).filter(({ text }) => text.includes('/new-password#')).map(({ token }) => token);
  };

  it('is asked for alike by a known address and an unknown one, and by one who was deactivated', async () => {
    const { userId } = await userOf(people.both);
    await portal.owner.query('update portal_user set active = false where user_id = $1', [userId]);
    const answers = [await ask(people.jo.toUpperCase()), await ask('nobody@new.example'), await ask(people.both)];
    const told = answers.map(({ statusCode, body, headers }) => [statusCode, body, headers['set-cookie']]);
    expect(told).toEqual([0, 1, 2].map(() => [202, '', undefined]));
    await resetsTo(people.jo, 1);
    await mailer.drain();
    expect(sink.taken.filter(({ to }) => to === people.both || to === 'nobody@new.example')).toEqual([]);
    await portal.owner.query('update portal_user set active = true where user_id = $1', [userId]);
  });

  it('is replaced once by whoever holds the link, and every session of the account ends', async () => {
    await portal.owner.query(`delete from portal_session where user_id <> $1`, [portal.samId]);
    const cookie = await portal.signIn(people.jo);
    await ask(people.jo);
    const tokens = await resetsTo(people.jo, 2);
    const [earlier, latest] = tokens as [string, string];
    const open = await post('/api/password-resets/read', { token: latest }, '');
    expect(open.json()).toEqual({ email: people.jo });
    expect((await set(latest, 'too short')).statusCode).toBe(400);
    const answers = await Promise.all([1, 2, 3].map(() => set(latest, 'my new long password')));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 404, 404]);
    expect((await set(earlier, 'another long password')).json().key).toBe('users.problem.link');
    const me = await portal.app.inject({ method: 'GET', url: '/api/me', headers: { cookie } });
    expect(me.statusCode).toBe(401);
    expect([await signInWith(people.jo, password), await signInWith(people.jo, 'my new long password')]).toEqual([
      401, 200,
    ]);
    // Whoever has the mailbox learns of it.
    const told = (await mailsTo(people.jo)).filter(
      ({ subject }) => subject === 'Your password for Harbour Clinic was changed',
    );
    expect(
      told.map(({ text, token }) => [text.startsWith('The password of your account at Harbour Clinic'), token]),
    ).toEqual([[true, '']]);
    const { userId } = await userOf(people.jo);
    const acts = (await audited('portal-user')).filter(
      ({ action }) => action.endsWith('password') || action.endsWith('reset'),
    );
    expect(acts).toMatchObject([
      { action: 'request-password-reset', user_id: null },
      { action: 'request-password-reset', user_id: null },
      { action: 'reset-password', user_id: userId, after: { sessionsEnded: 1 } },
    ]);
  });

  it('has a link for an hour, and three an hour at most', async () => {
    for (let n = 0; n < 5; n += 1) await ask(people.jo);
    const tokens = await resetsTo(people.jo, 3);
    expect((await post('/api/password-resets/read', { token: tokens.at(-1) }, '')).statusCode).toBe(200);
    portal.clock.advance(60 * 60_000);
    for (const token of [...tokens, 'A'.repeat(43), 'short'])
      expect([(await set(token, 'my other long password')).statusCode, token]).toEqual([404, token]);
    await ask(people.jo);
    await resetsTo(people.jo, 4);
  });

  it('is asked for so often a minute from one address, and no more', async () => {
    const { clock, sealingKey, version } = portal.context;
    const limited = await createPortal({
      appUrl: portal.database.urlFor('portal_app'),
      syncUrl: portal.database.urlFor('portal_sync'),
      sealingKey,
      publicUrl: 'http://portal.test',
      linkRequestsPerMinute: 3,
      webDirectory: null,
      clock,
      log: createLog({ level: 'silent', name: 'test' }),
      version,
    });
    const headers = { host: 'portal.test', origin: 'http://portal.test' };
    const ask = async (url: string, payload: object) =>
      (await limited.app.inject({ method: 'POST', url, payload, headers })).statusCode;
    const email = 'nobody@new.example';
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await ask('/api/password-resets', { email }));
    await limited.close();
    expect(answers).toEqual([202, 202, 202, 429]);
  });

  it('opens no other door with its link than its own', async () => {
    await ask(people.jo);
    const token = (await resetsTo(people.jo, 5)).at(-1)!;
    expect((await accept(token)).statusCode).toBe(404);
    await invite('door@new.example');
    const invitation = await tokenTo('door@new.example');
    expect((await set(invitation, 'my other long password')).statusCode).toBe(404);
  });
});

describe('the audit log of a site', () => {
  const ask = async (query: object, cookie = sam) => {
    const answer = await post('/api/audit-log', query, cookie);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<AuditLog>();
  };
  const whole = async (query: object) => {
    const entries: AuditLogEntry[] = [];
    for (let more: string | null | undefined; more !== null; ) {
      const page = await ask({ ...query, ...(more !== undefined && { before: more }) });
      entries.push(...page.entries);
      more = page.more;
    }
    return entries;
  };

  it('has everything once, latest first, in pages', async () => {
    await portal.owner.query(
      `insert into audit_event (site_id, audit_id, at, user_id, action, entity, entity_id)
       select $1, 'same-moment-' || n, '2026-11-20T17:00:00Z', $2, 'read-file', 'thread', 'thread-' || n from generate_series(100, 229) n`,
      [harbour, portal.samId],
    );
    const { rows } = await portal.owner.query<{ id: string }>(
      'select audit_id as id from audit_event where site_id = $1 order by at desc, audit_id desc',
      [harbour],
    );
    expect(rows.length).toBeGreaterThan(150);
    expect((await whole({})).map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    expect((await ask({})).entries).toHaveLength(50);
  });

  it('is narrowed by who, by what, and by days of the site’s zone', async () => {
    const by = await whole({ user: portal.samId });
    expect(new Set(by.map(({ user }) => user?.name))).toEqual(new Set(['Sam Placeholder']));
    const all = await whole({});
    const groups = await Promise.all(auditAbouts.map((about) => whole({ about })));
    expect(groups.map((group) => group.length).slice(0, 2)).toEqual([expect.any(Number), expect.any(Number)]);
    // Each entry is in one group, and in one alone.
    expect(
      groups
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(all.map(({ id }) => id).sort());
    const at = (group: number) => new Set(groups[group]!.map(({ action }) => action));
    expect(at(0)).toEqual(new Set(['sign-in', 'refuse-sign-in']));
    for (const action of ['invite', 'accept', 'deactivate-user', 'reset-password']) expect(at(1)).toContain(action);
    // The last second of the day before, in Vancouver.
    await portal.owner.query(`update audit_event set at = '2026-11-20T06:59:59Z' where audit_id = 'same-moment-100'`);
    expect(await whole({ from: '2026-11-20', until: '2026-11-20' })).toHaveLength(129);
    expect((await whole({ until: '2026-11-19' })).map(({ id }) => id)).toEqual(['same-moment-100']);
    for (const wrong of [{ from: 'yesterday' }, { about: 'weather' }, { before: 'x' }, { patient: 'p' }])
      expect([wrong, await status('/api/audit-log', wrong)]).toEqual([wrong, 400]);
  });

  it('names people of the site and who is invited, and says who tried with a wrong password, of known addresses alone', async () => {
    const tries = async () => (await whole({ about: 'sign-in' })).filter(({ action }) => action === 'refuse-sign-in');
    const before = (await tries()).length;
    await post('/api/sign-in', { email: people.sam, password: 'not the password' }, '');
    await post('/api/sign-in', { email: 'nobody@new.example', password: 'not the password' }, '');
    await expect.poll(async () => (await tries()).length).toBe(before + 1);
    expect((await tries())[0]).toMatchObject({
      user: null,
      entity: { name: 'Sam Placeholder' },
      after: { app: 'portal' },
    });
    const invited = (await whole({ about: 'users' })).filter(({ action }) => action === 'invite');
    expect(invited.map(({ entity }) => entity.name)).toContain('Nia@new.example');
  });

  it('is exported whole, for a spreadsheet, and says that it was', async () => {
    await portal.owner.query(
      `update portal_user set display_name = '=HYPERLINK("x"), Nia' where email = 'Nia@new.example'`,
    );
    const entries = await whole({});
    const answer = await portal.app.inject({
      method: 'POST',
      url: '/api/audit-log.csv',
      payload: {},
      headers: { host: 'portal.test', origin: 'http://portal.test', cookie: sam, 'accept-language': 'fr' },
    });
    expect(answer.headers['content-disposition']).toBe('attachment; filename="audit-log.csv"');
    const lines = answer.body.split('\r\n');
    expect(lines[0]).toMatch(/^\ufeffQuand \(America\/Vancouver\),Qui,/);
    // The export itself is in it.
    expect(lines).toHaveLength(entries.length + 1 + 2);
    expect(lines[1]).toContain('a exporté');
    expect(answer.body).toContain(`"'=HYPERLINK(""x""), Nia"`);
    const { entries: after } = await ask({ about: 'users' });
    expect(after[0]).toMatchObject({ action: 'export', entity: { type: 'audit-log' } });
  });

  it('is its Site Admins’ alone, and each site’s own', async () => {
    const jo = await portal.owner.query('select user_id from portal_user where email = $1', [people.jo]);
    await portal.owner.query(
      `update portal_user set password_hash = p.password_hash from portal_user p
                               where portal_user.user_id = $1 and p.user_id = $2`,
      [jo.rows[0]!['user_id'], portal.samId],
    );
    const asJo = await portal.signIn(people.jo);
    for (const url of ['/api/audit-log', '/api/audit-log.csv']) expect(await status(url, {}, asJo)).toBe(403);
    const there = await ask({}, await portal.signIn(people.both, island));
    const { rows } = await portal.owner.query('select from audit_event where site_id = $1', [island]);
    expect(there.entries).toHaveLength(Math.min(rows.length, 50));
    expect(there.entries.length).toBeGreaterThan(0);
  });

  it('has a word in both languages for whatever is recorded', () => {
    const recorded = new Set<string>();
    for (const file of globSync('src/{portal,connect}/**/*.ts', { cwd: root })) {
      const text = readFileSync(join(root, file), 'utf8');
      if (!text.includes('recordAudit') && !text.includes('audit(')) continue;
      for (const [, name, code] of text.matchAll(/\b(action|entity): '([a-z-]+)'/g)) recorded.add(`${name}.${code}`);
    }
    expect(recorded.size).toBeGreaterThan(40);
    expect([...recorded].filter((one) => !isMessageKey(`users.audit.${one}`))).toEqual([]);
  });
});
