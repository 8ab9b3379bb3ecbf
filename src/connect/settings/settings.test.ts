import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { columnSet } from '../../fhir/columns.ts';
import type { Settings, SettingsRequest } from '../contract/settings.ts';
import { clientSecret, createTestConnect, siteId, type TestConnect, type TestEmr, testEmr } from '../test-connect.ts';
import { askEmr, testConnection } from './ask-emr.ts';
import { selectableProviders } from './read-settings.ts';
import { authMethodOf, isSamePlace, readSettingsRequest, selectionChange } from './settings.ts';

let connect: TestConnect;
let emr: TestEmr;
let asked: SettingsRequest;
beforeAll(async () => {
  [connect, emr] = await Promise.all([createTestConnect(inject('adminUrl')), testEmr()]);
  asked = {
    name: 'main',
    baseUrl: emr.baseUrl,
    clientId: 'the client',
    windowDays: 14,
    intervalMinutes: 30,
    absenceIsDeletion: false,
    selectNewProviders: false,
    features: ['provider-list', 'day-sheet'],
    selectedProviderIds: ['abel', 'baker'],
  };
});
afterAll(async () => {
  await connect?.close();
  await emr?.close();
});
beforeEach(async () => {
  emr.mood = 'well';
  emr.roster = [
    ['hill', 'abel', 63],
    ['shore', 'abel', 0],
    ['hill', 'baker', columnSet('Scheduling')],
    ['hill', 'cho', 63],
  ];
  emr.secretsSeen.length = 0;
  await connect.owner.query('truncate connect.connection, schedule, booking, office, provider cascade');
});

const put = (body: object, version = 0) => connect.ask('PUT', '/api/settings', body, { 'if-match': `"${version}"` });
const make = async () => {
  const answer = await put({ ...asked, clientSecret });
  expect([answer.statusCode, answer.headers['etag']]).toEqual([200, '"1"']);
  return answer.json<Settings>();
};
const one = async <T>(sql: string): Promise<T> => (await connect.owner.query(sql)).rows[0] as T;

describe('Edit Settings', () => {
  it('begins empty, with the defaults of the domain', async () => {
    const answer = await connect.ask('GET', '/api/settings');
    expect(answer.headers['etag']).toBe('"0"');
    expect(answer.json()).toMatchObject({
      connectionId: null,
      settingsVersion: 0,
      hasSecret: false,
      windowDays: 14,
      intervalMinutes: 30,
      providers: [],
      rosterProblem: null,
    });
  });

  it('shows the EMR’s own list of providers as it is now, and never the secret', async () => {
    const made = await make();
    expect(made).toMatchObject({ settingsVersion: 1, hasSecret: true, rosterProblem: null });
    expect(made.providers).toEqual([
      {
        providerId: 'abel',
        display: 'Dr. abel',
        offices: ['Office hill', 'Office shore'],
        selected: true,
        visible: true,
      },
      { providerId: 'baker', display: 'Dr. baker', offices: ['Office hill'], selected: true, visible: false },
      { providerId: 'cho', display: 'Dr. cho', offices: ['Office hill'], selected: false, visible: true },
    ]);
    emr.roster = emr.roster.filter(([, provider]) => provider !== 'abel');
    const answer = await connect.ask('GET', '/api/settings');
    expect(answer.body).not.toContain(clientSecret);
    expect(answer.json<Settings>().providers.find(({ providerId }) => providerId === 'abel')).toEqual({
      providerId: 'abel',
      display: 'abel',
      offices: [],
      selected: true,
      visible: false,
    });
    const stored = await one<{ sealed: Buffer; method: string; due: boolean }>(
      `select credential_sealed as sealed, auth_method as method, next_run_at > now() + interval '29 minutes' as due from connect.connection`,
    );
    expect([stored.sealed.includes(clientSecret), stored.method, stored.due]).toEqual([
      false,
      'client_secret_post',
      true,
    ]);
  });

  it('shows what was listed before, and says why, when the EMR cannot be asked', async () => {
    const { connectionId } = await make();
    await connect.owner.query(
      `insert into connect.roster_entry values ($1, $2, 'hill', 'abel', 'Hill', 'America/Vancouver', 'Dr. Abel', true, 63, 63, null, false, now(), '1')`,
      [siteId, connectionId],
    );
    await emr.close();
    const answer = await connect.ask('GET', '/api/settings', undefined, { 'accept-language': 'fr' });
    emr = Object.assign(await testEmr(), { roster: emr.roster });
    asked = { ...asked, baseUrl: emr.baseUrl };
    expect(answer.statusCode).toBe(200);
    expect(answer.json<Settings>().rosterProblem).toMatch(/peut être ancienne.*injoignable/);
    expect(answer.json<Settings>().providers).toMatchObject([
      { providerId: 'baker', display: 'baker', selected: true },
      { providerId: 'abel', display: 'Dr. Abel', selected: true },
    ]);
  });

  it('keeps the secret when none is typed, and demands it before it would go to another place', async () => {
    await make();
    const saved = await put({ ...asked, clientId: 'another client' }, 1);
    expect([saved.statusCode, saved.headers['etag']]).toEqual([200, '"2"']);
    expect(new Set(emr.secretsSeen)).toEqual(new Set([clientSecret]));
    const elsewhere = await testEmr();
    for (const answer of [
      await put({ ...asked, baseUrl: elsewhere.baseUrl }, 2),
      await connect.ask('POST', '/api/settings/test', { ...asked, baseUrl: elsewhere.baseUrl }),
    ]) {
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({ extra: { fields: [{ path: 'clientSecret' }] } });
    }
    expect(elsewhere.secretsSeen).toEqual([]);
    await elsewhere.close();
    expect((await put(asked)).statusCode).toBe(412);
  });

  it('needs the secret for the first connection', async () => {
    expect((await put(asked)).json()).toMatchObject({ key: 'connect.settings.problem.client-secret' });
  });

  it('refuses to save over somebody else, and without saying over what', async () => {
    await make();
    const late = await put({ ...asked, windowDays: 30 });
    expect([late.statusCode, late.json()]).toMatchObject([412, { extra: { settingsVersion: 1 } }]);
    expect((await connect.ask('PUT', '/api/settings', asked)).statusCode).toBe(428);
    expect(await one('select window_days as days from connect.connection')).toEqual({ days: 14 });
    const two = await Promise.all([put({ ...asked, windowDays: 30 }, 1), put({ ...asked, windowDays: 31 }, 1)]);
    expect(two.map((answer) => answer.statusCode).sort()).toEqual([200, 412]);
  });

  it('makes one connection when two people save the first at once', async () => {
    const two = await Promise.all([put({ ...asked, clientSecret }), put({ ...asked, clientSecret, name: 'other' })]);
    expect(two.map((answer) => answer.statusCode).sort()).toEqual([200, 412]);
    expect(await one('select count(*)::integer as n from connect.connection')).toEqual({ n: 1 });
  });

  it.each([
    ['windowDays', 0, /Schedule Days to Sync .* from 1 to 400/],
    ['windowDays', 401, /Schedule Days to Sync .* from 1 to 400/],
    ['windowDays', 9999, /Schedule Days to Sync .* from 1 to 400/],
    ['windowDays', 1.5, /Schedule Days to Sync/],
    ['windowDays', '14', /Schedule Days to Sync/],
    ['intervalMinutes', 4, /from 5 to 1440/],
    ['intervalMinutes', 1441, /from 5 to 1,?440/],
    ['name', '  ', /Name the connection/],
    ['baseUrl', 'emr.example', /EMR base URL/],
    ['baseUrl', 'ftp://emr.example', /EMR base URL/],
    ['baseUrl', 'https://sam:word@emr.example/fhir', /EMR base URL/],
    ['baseUrl', 'https://emr.example/fhir?x=1', /EMR base URL/],
    ['clientId', '', /client id/],
    ['clientSecret', '', /client secret/],
    ['features', ['telepathy'], /features/],
    ['selectedProviderIds', [''], /Sync Appointments for Provider/],
  ])('refuses %s %j with a sentence that names the field, and changes nothing', async (path, value, sentence) => {
    const answer = await put({ ...asked, clientSecret, [path]: value });
    expect(answer.statusCode).toBe(400);
    const { title, extra } = answer.json<{ title: string; extra: { fields: { path: string; key: string }[] } }>();
    expect(title.replace('1,440', '1440')).toMatch(sentence);
    expect(title).toMatch(/Nothing was changed/);
    expect(extra.fields.map((field) => field.path)).toEqual([path]);
    expect(await one('select count(*)::integer as n from connect.connection')).toEqual({ n: 0 });
  });

  it('takes the bounds themselves, and names every field that is wrong', async () => {
    expect(readSettingsRequest({ ...asked, windowDays: 1, intervalMinutes: 1440 })).toMatchObject({ windowDays: 1 });
    expect(readSettingsRequest({ ...asked, windowDays: 400, intervalMinutes: 5 })).toMatchObject({ windowDays: 400 });
    const answer = await put({ ...asked, windowDays: 0, name: '' });
    const { extra } = answer.json<{ extra: { fields: { path: string }[] } }>();
    expect(extra.fields.map((field) => field.path)).toEqual(['name', 'windowDays']);
    expect((await put([])).statusCode).toBe(400);
  });
});

describe('what a change does', () => {
  async function synced(connectionId: string): Promise<void> {
    const values = [siteId, connectionId];
    await connect.owner.query(`insert into office values ($1, $2, 'hill', 'Hill', 'America/Vancouver')`, values);
    await connect.owner.query(
      `insert into provider select $1, $2, id, 'Dr. ' || id from unnest(array['abel', 'baker', 'cho']) id`,
      values,
    );
    await connect.owner.query(
      `insert into schedule select $1, $2, 'hill', id, id <> 'cho', 'readable', now(), 0, null, now(), case id when 'cho' then 'not-selected' else 'complete' end
         from unnest(array['abel', 'baker', 'cho']) id`,
      values,
    );
    await connect.owner.query(
      `insert into booking select $1, $2, id || '-' || state, 'hill', id, null, false, 'booked', 'accepted', null, now(), now(), '1', now(), state, now()
         from unnest(array['abel', 'baker']) id, unnest(array['present', 'unconfirmed', 'visibility-lost', 'deleted']) state`,
      values,
    );
    await connect.owner.query(
      `insert into connect.slice_cursor (site_id, connection_id, office_id, provider_id, columns_held, cursor_at)
       select $1, $2, 'hill', id, 63, now() from unnest(array['abel', 'baker', 'cho']) id`,
      values,
    );
    await connect.owner.query(
      `insert into connect.roster_entry select $1, $2, 'hill', id, 'Hill', 'America/Vancouver', id, true, 63, 63, null, false, now(), '1'
         from unnest(array['abel', 'baker', 'cho']) id`,
      values,
    );
  }
  const states = async () => {
    const { rows } = await connect.owner.query<{ id: string; state: string }>(
      'select booking_id as id, state from booking order by 1',
    );
    return Object.fromEntries(rows.map((row) => [row.id, row.state]));
  };
  const outcomes = async () => {
    const { rows } = await connect.owner.query<{ id: string; facts: string }>(
      `select s.provider_id as id, concat_ws(' ', s.selected, s.outcome, c.cursor_at is not null) as facts
         from schedule s join connect.slice_cursor c using (site_id, connection_id, office_id, provider_id)`,
    );
    return Object.fromEntries(rows.map((row) => [row.id, row.facts]));
  };
  const revision = () => one<{ n: number }>('select data_revision as n from site').then(({ n }) => n);

  it('takes a provider’s bookings out of the lists and keeps them; one who comes waits for a full run', async () => {
    const { connectionId } = await make();
    await synced(connectionId!);
    const before = await revision();
    expect((await put({ ...asked, selectedProviderIds: ['baker', 'cho', 'baker'] }, 1)).statusCode).toBe(200);
    expect(await states()).toEqual({
      'abel-present': 'not-selected',
      'abel-unconfirmed': 'not-selected',
      'abel-visibility-lost': 'visibility-lost',
      'abel-deleted': 'deleted',
      'baker-present': 'present',
      'baker-unconfirmed': 'unconfirmed',
      'baker-visibility-lost': 'visibility-lost',
      'baker-deleted': 'deleted',
    });
    expect(await outcomes()).toEqual({
      abel: 'f not-selected f',
      baker: 't complete t',
      cho: 't needs-full f',
    });
    expect(await revision()).toBe(before + 1);

    await put({ ...asked, selectedProviderIds: ['abel', 'baker', 'cho'] }, 2);
    expect((await outcomes())['abel']).toBe('t needs-full f');
    expect((await states())['abel-present']).toBe('not-selected');
  });

  it('leaves everything as it is read when only the window or the interval changes', async () => {
    const { connectionId } = await make();
    await synced(connectionId!);
    const before = [await states(), await outcomes(), await revision()];
    expect((await put({ ...asked, windowDays: 30, intervalMinutes: 10 }, 1)).statusCode).toBe(200);
    expect([await states(), await outcomes(), await revision()]).toEqual(before);
    expect(await one(`select next_run_at < now() + interval '11 minutes' as soon from connect.connection`)).toEqual({
      soon: true,
    });
  });

  it('forgets what another client was shown, and up to where it read', async () => {
    const { connectionId } = await make();
    await synced(connectionId!);
    expect((await put({ ...asked, clientId: 'another client' }, 1)).statusCode).toBe(200);
    expect(await one('select count(*)::integer as n from connect.roster_entry')).toEqual({ n: 0 });
    expect(await one('select count(cursor_at)::integer as n from connect.slice_cursor')).toEqual({ n: 0 });
  });

  it('is recorded with what was there before, and without the secret', async () => {
    await connect.owner.query('delete from audit_event where entity = $1', ['connection']);
    await make();
    await put({ ...asked, clientSecret, windowDays: 30, selectedProviderIds: ['cho'] }, 1);
    const { rows } = await connect.owner.query(
      `select user_id, request_id, before, after from audit_event where entity = 'connection' order by at`,
    );
    expect(rows).toMatchObject([
      { user_id: connect.samId, before: null, after: { providersAdded: ['abel', 'baker'], secretReplaced: true } },
      {
        before: { windowDays: 14 },
        after: { windowDays: 30, providersAdded: ['cho'], providersRemoved: ['abel', 'baker'] },
      },
    ]);
    expect(rows[0].request_id).toEqual(expect.any(String));
    expect(JSON.stringify(rows)).not.toContain(clientSecret);
  });
});

describe('Test connection', () => {
  const test = async (changes: Partial<SettingsRequest> = {}) =>
    (await connect.ask('POST', '/api/settings/test', { ...asked, clientSecret, ...changes })).json();

  it('says that it works, as whom, and how many providers can be seen', async () => {
    expect(await test()).toEqual({
      ok: true,
      failed: null,
      text: 'It works: the EMR knows us as OceanAPI1042, and shows us 2 of 3 providers.',
    });
  });

  it('uses the stored secret when none is typed, and saves nothing', async () => {
    await make();
    expect(await test({ clientSecret: undefined, windowDays: 99 })).toMatchObject({ ok: true });
    expect(await one('select window_days as days, settings_version as v from connect.connection')).toEqual({
      days: 14,
      v: 1,
    });
  });

  it('says which of address, TLS, token, permission and data failed', async () => {
    expect(await test({ baseUrl: 'http://127.0.0.1:9/fhir' })).toMatchObject({ ok: false, failed: 'address' });
    // A server that speaks no TLS, and would be asked four times if it were taken for one that is away.
    expect(await test({ baseUrl: emr.baseUrl.replace('http:', 'https:') })).toMatchObject({
      ok: false,
      failed: 'tls',
      text: expect.stringContaining(new URL(emr.baseUrl).host),
    });
    expect(await test({ clientSecret: 'wrong' })).toMatchObject({ ok: false, failed: 'token' });
    emr.roster = [['hill', 'abel', 0]];
    expect(await test()).toMatchObject({ failed: 'permission', text: expect.stringContaining('OceanAPI1042') });
    emr.roster = [['hill', 'abel', 63]];
    emr.mood = 'no-fhir';
    expect(await test()).toMatchObject({ ok: false, failed: 'data' });
    emr.mood = 'broken';
    expect(await test()).toMatchObject({ ok: false, failed: 'address' });
  });

  it('does not wait for ever for an EMR that does not answer', async () => {
    emr.mood = 'silent';
    const address = { baseUrl: emr.baseUrl, clientId: 'client', clientSecret };
    const began = performance.now();
    expect(await testConnection(address, 'en', 0.2)).toEqual({
      ok: false,
      failed: 'address',
      text: 'The EMR has not answered within 0.2 seconds. Check the EMR base URL, or try again.',
    });
    expect(performance.now() - began).toBeLessThan(2000);
    await expect(askEmr(address, (client) => client.coverage(), 0.1)).rejects.toMatchObject({ failure: 'address' });
  });
});

describe('the rules', () => {
  it('tell a private key from a secret, and one place from another', () => {
    expect(authMethodOf(' -----BEGIN PRIVATE KEY-----')).toBe('private_key_jwt');
    expect(authMethodOf('{"kty":"EC"}')).toBe('private_key_jwt');
    expect(authMethodOf('secret {')).toBe('client_secret_post');
    expect(isSamePlace('https://emr.example/fhir', 'https://emr.example:443/r4')).toBe(true);
    for (const other of ['http://emr.example/fhir', 'https://emr.example:444/fhir', 'https://emr.example.net/fhir']) {
      expect(isSamePlace('https://emr.example/fhir', other)).toBe(false);
    }
    expect(selectionChange(['a', 'b'], ['b', 'c'])).toEqual({ added: ['c'], removed: ['a'] });
  });

  it('keep a selected provider in the list whom the roster does not name any more', () => {
    expect(selectableProviders([], ['x'], new Map([['x', 'Dr. X']]))).toEqual([
      { providerId: 'x', display: 'Dr. X', offices: [], selected: true, visible: false },
    ]);
  });
});
