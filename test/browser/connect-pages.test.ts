import pg from 'pg';
import type { APIRequestContext, Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import { allColumns } from '../../src/fhir/columns.ts';
import type { Language } from '../../src/language/messages.ts';
import { startServices } from '../../src/main.ts';
import type { RunningService } from '../../src/services.ts';
import { freePort, type TestInstallation } from '../installation.ts';
import { demoInstallation, emptyInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { grant, sessionAt, succeeded, sync, syncStatus } from './demo-acts.ts';
import { lookAt, type Scene, says, signInAt } from './screens.ts';

const sam = 'sam@saltmarsh.example';
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

describe('Cloud Connect before there is a connection', () => {
  let installation: TestInstallation;
  beforeAll(async () => {
    installation = await emptyInstallation(['portal', 'connect']);
    const portal = await sessionlessPost(installation.config.urls.portal, '/api/set-up', {
      siteId: 7,
      siteName: 'Empty Clinic',
      zone: 'America/Vancouver',
      email: 'sam@empty.example',
      displayName: 'Sam Sampleton',
      password: demoPassword,
    });
    expect(portal).toBeLessThan(300);
  }, 120_000);
  afterAll(() => installation?.close());

  it('says what is missing, and takes no settings that cannot be used: the reason stands at its field', async () => {
    const url = installation.config.urls.connect;
    const user = 'sam@empty.example';
    let looked = await lookAt(browser, {
      name: 'connect-no-connection',
      url,
      user,
      reach: (page, language) => page.getByText(says(language, 'connect.home.none')).waitFor(),
    });
    looked += await lookAt(browser, {
      name: 'connect-first-settings',
      url: `${url}/settings`,
      user,
      reach: async (page, language) => {
        await page.locator('#settings-windowDays').fill('9999');
        await page.getByRole('button', { name: says(language, 'connect.settings.save'), exact: true }).click();
        await page.getByText(says(language, 'connect.settings.problem.base-url')).waitFor();
        await page.getByText(says(language, 'connect.settings.problem.window-days', { from: 1, to: 400 })).waitFor();
      },
    });
    expect(looked).toBe(8);
  }, 300_000);
});

async function sessionlessPost(origin: string, path: string, body: unknown): Promise<number> {
  const answer = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.status;
}

describe('Cloud Connect of a clinic', () => {
  let installation: TestInstallation;
  let emrService: RunningService;
  let emr: APIRequestContext;
  let connect: APIRequestContext;
  let url: string;
  beforeAll(async () => {
    installation = await demoInstallation(['portal', 'connect', 'worker']);
    emrService = await startServices(installation, ['emr']);
    const { urls } = installation.config;
    url = urls.connect;
    emr = await sessionAt(urls.emr, { username: 'ada' });
    connect = await sessionAt(urls.connect, { email: sam });
  }, 180_000);
  afterAll(async () => {
    await emr?.dispose();
    await connect?.dispose();
    await emrService?.close();
    await installation?.close();
  });
  const look = (scene: Omit<Scene, 'url'> & { path?: string }) =>
    lookAt(browser, { user: sam, ...scene, url: `${url}${scene.path ?? '/'}` });
  const bar = (page: Page, tone: string) => page.locator(`.statusbar[data-tone=${tone}]`).waitFor();
  const button = (page: Page, language: Language, key: Parameters<typeof says>[1]) =>
    page.getByRole('button', { name: says(language, key), exact: true });

  const grantAll = () =>
    grant(emr, ({ offices }) =>
      offices.flatMap(({ officeId, rows }) =>
        rows.map(({ providerId }) => ({ officeId, providerId, columns: allColumns })),
      ),
    );

  it('tells a member who is no Site Admin who is one', async () => {
    let looked = await look({
      name: 'connect-sign-in',
      user: undefined,
      reach: (page) => page.locator('.sign-in').waitFor(),
    });
    looked += await look({
      name: 'connect-not-site-admin',
      user: undefined,
      reach: async (page) => {
        await page.locator('input[name=username]').fill('jo@saltmarsh.example');
        await page.locator('input[name=password]').fill(demoPassword);
        await page.locator('form button[type=submit]').click();
        await page.getByRole('listitem').filter({ hasText: 'Sam Sampleton' }).waitFor();
      },
    });
    expect(looked).toBe(8);
  }, 300_000);

  it('shows the gaps, the way to close them, and Help, with nothing of a person in its diagnostics', async () => {
    let looked = await look({
      name: 'connect-gaps',
      reach: async (page) => {
        await bar(page, 'amber');
        await page.getByText('OceanAPI1042').first().waitFor();
      },
    });
    looked += await look({
      name: 'connect-dropdown',
      reach: async (page, language) => {
        await bar(page, 'amber');
        await button(page, language, 'connect.sync.more').click();
        await page.getByRole('menuitem', { name: says(language, 'connect.sync.full') }).waitFor();
      },
    });
    looked += await look({
      name: 'connect-help',
      reach: async (page) => {
        await bar(page, 'amber');
        await page.keyboard.press('?');
        const diagnostics = await page.getByRole('dialog').locator('pre').textContent();
        expect(diagnostics).toMatch(/version: \d+\.\d+\.\d+/);
        expect(diagnostics).not.toMatch(/Sam|Saltmarsh|@|Wobbleton/i);
      },
    });
    looked += await look({
      name: 'connect-no-such-page',
      path: '/nowhere',
      reach: (page, language) => page.getByRole('heading', { name: says(language, 'frame.not-found.title') }).waitFor(),
    });
    looked += await look({
      name: 'connect-cannot-be-read',
      path: '/settings',
      reach: async (page) => {
        await page.route('**/api/sync-status', (route) => route.abort());
        await page.goto(url);
        await page.getByRole('alert').waitFor();
      },
    });
    expect(looked).toBe(20);
  }, 900_000);

  it('names in the Access Doctor each gap, whose job it is, and why something is missing, gate by gate', async () => {
    const looked = await look({
      name: 'connect-doctor',
      path: '/doctor',
      reach: async (page, language) => {
        await page.getByRole('heading', { name: says(language, 'doctor.map') }).waitFor();
        await page.locator('.doctor-sign[data-state="broken"]').first().waitFor();
        await page.locator('.doctor-gates').waitFor();
      },
    });
    expect(looked).toBe(4);
    const page = await browser.newPage({ locale: 'en-CA' });
    try {
      await signInAt(page, url, sam);
      await page.getByRole('link', { name: /Access Doctor/ }).click();
      const cell = page.locator('.doctor-cell', { has: page.locator('[data-state="works"]') }).first();
      const name = (await cell.getAttribute('aria-label'))!;
      await cell.focus();
      await page.keyboard.press('Enter');
      await page.getByText(/Nothing stands in the way of/).waitFor();
      expect(await page.locator('.doctor-gates > li[data-state="passes"]').count()).toBe(8);
      // The address carries the cell: who reloads, or is sent the link, sees the same.
      await page.reload();
      await page.getByText(/Nothing stands in the way of/).waitFor();
      expect(await page.getByRole('button', { name, exact: true }).getAttribute('aria-pressed')).toBe('true');
    } finally {
      await page.close();
    }
  }, 300_000);

  it('says in Edit Settings, at the field, what cannot be used and what the EMR refused', async () => {
    const path = '/settings';
    const nobody = `http://127.0.0.1:${await freePort()}/fhir`;
    let looked = await look({
      name: 'connect-settings',
      path,
      reach: (page) => page.locator('.connect-providers li').first().waitFor(),
    });
    looked += await look({
      name: 'connect-settings-window-0',
      path,
      reach: async (page, language) => {
        const days = page.locator('#settings-windowDays');
        await days.fill('0');
        await button(page, language, 'connect.settings.save').click();
        await page.getByText(says(language, 'connect.settings.problem.window-days', { from: 1, to: 400 })).waitFor();
        expect(await days.getAttribute('aria-invalid')).toBe('true');
        expect(await days.evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true);
      },
    });
    looked += await look({
      name: 'connect-settings-wrong-secret',
      path,
      reach: async (page, language) => {
        const secret = page.locator('#settings-clientSecret');
        await secret.fill('not the secret');
        await button(page, language, 'connect.settings.test').click();
        await page.getByText(says(language, 'connect.settings.failed.token')).waitFor();
        expect(await secret.getAttribute('aria-invalid')).toBe('true');
      },
    });
    looked += await look({
      name: 'connect-settings-unreachable',
      path,
      reach: async (page, language) => {
        const address = page.locator('#settings-baseUrl');
        await address.fill(nobody);
        await page.locator('#settings-clientSecret').fill('whatever');
        await button(page, language, 'connect.settings.test').click();
        await page.getByText(says(language, 'connect.settings.failed.address')).waitFor();
        expect(await address.getAttribute('aria-invalid')).toBe('true');
      },
    });
    expect(looked).toBe(16);
    // Nothing of all this was saved.
    expect((await syncStatus(connect)).connection?.baseUrl).toBe(`${installation.config.urls.emr}/fhir`);
  }, 900_000);

  it('is green while a run goes on, refuses a second one of its kind, queues the other, and survives a reload', async () => {
    // As long as somebody else holds the EMR's appointments, a full run cannot end.
    const holder = new pg.Client({ connectionString: installation.ownerUrls.emr });
    await holder.connect();
    await holder.query('begin');
    await holder.query('lock table appointment in access exclusive mode');
    try {
      await succeeded(connect.post('/api/sync-runs', { data: { mode: 'full' } }));
      await expect.poll(async () => (await syncStatus(connect)).bar, { timeout: 60_000 }).toBe('running');
      await succeeded(connect.post('/api/sync-runs', { data: { mode: 'recent' } }));
      expect(
        await look({
          name: 'connect-running',
          reach: async (page, language) => {
            await bar(page, 'green');
            await page.reload();
            await bar(page, 'green');
            const full = says(language, 'connect.sync.full');
            const recent = says(language, 'connect.sync.recent');
            await page.getByText(says(language, 'connect.queued.after', { mode: recent })).waitFor();
            await button(page, language, 'connect.sync.recent').click();
            await page.getByText(says(language, 'connect.refused.queued', { mode: recent })).waitFor();
            await button(page, language, 'connect.sync.more').click();
            await page.getByRole('menuitem', { name: full }).click();
            await page.getByText(says(language, 'connect.refused.running', { mode: full })).waitFor();
          },
        }),
      ).toBe(4);
      expect((await syncStatus(connect)).runs.filter((run) => run.endedAt === null)).toHaveLength(2);
    } finally {
      await holder.query('rollback');
      await holder.end();
    }
    await expect
      .poll(async () => (await syncStatus(connect)).runs.every((run) => run.endedAt !== null), { timeout: 120_000 })
      .toBe(true);
  }, 600_000);

  it('announces who is new, shows what waits before it is let go on, and what is unconfirmed before it is released', async () => {
    await grantAll();
    expect(await sync(connect, 'full')).toBe('idle');
    const facts = new pg.Client({ connectionString: installation.ownerUrls.emr });
    await facts.connect();
    const walled = ['appointment', 'provider', 'provider_schedule'];
    try {
      // The tables' owner steps around the walls for a moment: nobody else may make such facts.
      await facts.query('begin');
      for (const table of walled) await facts.query(`alter table ${table} no force row level security`);
      const { rows } = await facts.query<{ tenant: number; office: string; provider: string }>(
        `select tenant_id as tenant, office_id as office, provider_id as provider from appointment
          where start_at between now() and now() + interval '10 days' group by 1, 2, 3 having count(*) >= 10 order by count(*), 2, 3 limit 1`,
      );
      const { tenant, office, provider } = rows[0]!;
      await facts.query('alter table appointment disable trigger keep_deleted');
      await facts.query('delete from appointment where office_id = $1 and provider_id = $2', [office, provider]);
      await facts.query(
        `insert into provider (tenant_id, provider_id, prefix, given, family) values ($1, 'newcomer', 'Dr.', 'Nova', 'Novelle')`,
        [tenant],
      );
      await facts.query(
        `insert into provider_schedule (tenant_id, office_id, provider_id, schedule_id, practitioner_role_id)
         values ($1, $2, 'newcomer', 'schedule-newcomer', 'role-newcomer')`,
        [tenant, office],
      );
      for (const table of walled) await facts.query(`alter table ${table} force row level security`);
      await facts.query('alter table appointment enable trigger keep_deleted');
      await facts.query('commit');
    } finally {
      await facts.end();
    }
    expect(await sync(connect, 'full')).toBe('waiting');
    let looked = await look({
      name: 'connect-waiting',
      reach: async (page, language) => {
        await bar(page, 'amber');
        await page.getByRole('heading', { name: says(language, 'connect.waiting.title') }).waitFor();
        await page.getByRole('heading', { name: says(language, 'connect.new.title') }).waitFor();
        await page.getByText(says(language, 'connect.history.table')).click();
      },
    });
    looked += await look({
      name: 'connect-waiting-ask',
      reach: async (page, language) => {
        await button(page, language, 'connect.waiting.release').click();
        await page.getByRole('dialog', { name: says(language, 'connect.waiting.ask') }).waitFor();
      },
    });
    const { waiting } = await syncStatus(connect);
    await succeeded(connect.post(`/api/sync-runs/${waiting!.runId}/release`, { data: {} }));
    await expect.poll(async () => (await syncStatus(connect)).bar, { timeout: 60_000 }).toBe('idle');
    const open = async (page: Page, language: Language) => {
      await page.getByRole('button', { name: says(language, 'connect.unconfirmed.look') }).click();
      await page.getByRole('dialog').getByRole('table').waitFor();
    };
    looked += await look({
      name: 'connect-unconfirmed',
      reach: async (page, language) => {
        await open(page, language);
        await page.getByRole('dialog').getByRole('checkbox').nth(2).check();
      },
    });
    expect(looked).toBe(12);

    const page = await browser.newPage({ locale: 'en-CA' });
    try {
      await signInAt(page, url, sam);
      await open(page, 'en');
      const { total } = await succeeded<{ total: number }>(
        connect.get(
          `/api/schedules/${waiting!.schedules[0]!.officeId}/${waiting!.schedules[0]!.providerId}/unconfirmed`,
        ),
      );
      expect(total).toBeGreaterThan(9);
      // Nothing is chosen from the first; one alone, then all that are left.
      const boxes = page.getByRole('dialog').getByRole('checkbox');
      expect(await page.getByRole('button', { name: says('en', 'connect.unconfirmed.choose') }).isDisabled()).toBe(
        true,
      );
      await boxes.nth(1).check();
      await page.getByRole('button', { name: says('en', 'connect.unconfirmed.release', { count: 1 }) }).click();
      await page.getByText(says('en', 'connect.unconfirmed.released', { count: 1 })).waitFor();
      await expect.poll(() => boxes.count()).toBe(total);
      await boxes.first().check();
      await page.getByRole('button', { name: says('en', 'connect.unconfirmed.release', { count: total - 1 }) }).click();
      await page.getByText(says('en', 'connect.unconfirmed.released', { count: total - 1 })).waitFor();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: says('en', 'frame.close') })
        .last()
        .click();
      await page
        .getByRole('button', { name: says('en', 'connect.new.select.whom', { provider: 'Dr. Nova Novelle' }) })
        .click();
      await page.getByText(says('en', 'connect.new.title')).waitFor({ state: 'detached' });
    } finally {
      await page.close();
    }
    expect((await syncStatus(connect)).schedules.filter(({ unconfirmed }) => unconfirmed > 0)).toEqual([]);
    await expect.poll(async () => (await syncStatus(connect)).live, { timeout: 60_000 }).toBeNull();
  }, 900_000);

  it('is blue when a run was complete, and red when the EMR cannot be reached: nothing was changed, and it says so', async () => {
    await grantAll();
    expect(await sync(connect, 'full')).toBe('idle');
    let looked = await look({ name: 'connect-complete', reach: (page) => bar(page, 'blue') });
    const shown = (await syncStatus(connect)).books.shown;
    await emrService.close();
    expect(await sync(connect, 'recent')).toBe('failed');
    looked += await look({
      name: 'connect-failed',
      reach: async (page, language) => {
        await bar(page, 'red');
        await page.getByText(says(language, 'connect.failed.unchanged')).waitFor();
      },
    });
    expect((await syncStatus(connect)).books.shown).toBe(shown);
    expect(looked).toBe(8);
  }, 600_000);
});
