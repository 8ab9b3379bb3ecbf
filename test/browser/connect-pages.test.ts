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
import { lookAt, type Scene, says } from './screens.ts';

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

  it('is blue when a run was complete, and red when the EMR cannot be reached: nothing was changed, and it says so', async () => {
    await grant(emr, ({ offices }) =>
      offices.flatMap(({ officeId, rows }) =>
        rows.map(({ providerId }) => ({ officeId, providerId, columns: allColumns })),
      ),
    );
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
