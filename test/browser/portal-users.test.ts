// A site's users, as people meet them: invited by e-mail, a password of one's own, and what each page looks like.
import { readFileSync } from 'node:fs';
import type { APIRequestContext, Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoMail } from '../../src/demo/demo-mail.ts';
import type { Language } from '../../src/language/messages.ts';
import { totpCode, totpStepSeconds } from '../../src/platform/session/totp.ts';
import type { SiteUsers } from '../../src/portal/contract/users.ts';
import type { TestInstallation } from '../installation.ts';
import { openPortal, type PortalInBrowser, siteAdmin } from './portal-in-browser.ts';
import { lookAt, lookOnce, type Scene, says } from './screens.ts';

const sam = siteAdmin;
let opened: PortalInBrowser;
let browser: Browser;
let installation: TestInstallation;
let mailbox: DemoMail;
let portal: APIRequestContext;
let url: string;

beforeAll(async () => {
  opened = await openPortal();
  ({ browser, installation, mailbox, portal, url } = opened);
}, 240_000);
afterAll(() => opened?.close());

/** In Sam's session: his code is good once, and the next one takes half a minute. */
async function asSam(): Promise<Page> {
  const storageState = await portal.storageState();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA', storageState });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
const invite = async (email: string, role = 'member', language: Language = 'en') => {
  const answer = await portal.post('/api/invitations', { data: { email, role, language } });
  expect(answer.status()).toBe(204);
};

/** The latest link of a kind that the mailbox shows for an address. */
async function linkTo(page: Page, email: string, path: string): Promise<string> {
  const links = page.locator('article').filter({ hasText: email }).locator(`pre a[href*="${path}#"]`);
  await expect
    .poll(
      async () => {
        await page.goto(mailbox.url);
        return links.count();
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
  return (await links.first().getAttribute('href'))!;
}
const filled = async (page: Page, values: Readonly<Record<string, string>>) => {
  for (const [name, value] of Object.entries(values)) await page.locator(`input[name="${name}"]`).fill(value);
  await page.locator('main form button[type=submit]').click();
};
const look = (scene: Omit<Scene, 'url'> & { path?: string }) =>
  lookAt(browser, { user: sam, ...scene, url: `${url}${scene.path ?? '/users'}` });

describe('users of a site', () => {
  it('are invited by e-mail, choose a password, and are let in', async () => {
    const page = await asSam();
    await page.locator('.me').click();
    await page.getByRole('menuitem', { name: says('en', 'users.title'), exact: true }).click();
    await page.getByRole('button', { name: says('en', 'users.invite') }).click();
    await page.getByRole('dialog').getByLabel(says('en', 'portal.sign-in.email')).fill('nia@saltmarsh.example');
    await page.getByRole('button', { name: says('en', 'users.invite.act') }).click();
    await page.getByText(says('en', 'users.invite.done', { email: 'nia@saltmarsh.example' })).waitFor();
    const row = page.getByRole('listitem').filter({ hasText: 'nia@saltmarsh.example' });
    await row.getByText(says('en', 'users.mail-state.sent')).waitFor({ timeout: 30_000 });

    const theirs = await browser.newContext({ viewport: { width: 400, height: 800 }, locale: 'en-CA' });
    const nia = await theirs.newPage();
    await nia.goto(await linkTo(nia, 'nia@saltmarsh.example', '/invitation'));
    await filled(nia, { displayName: 'Nia Newcomer-Test', password: 'a password of Nia' });
    await nia.getByRole('link', { name: says('en', 'users.to-sign-in') }).click();
    await filled(nia, { username: 'nia@saltmarsh.example', password: 'a password of Nia' });
    await nia.locator('.me').waitFor();

    // She is a member now, and out at the next click when she is deactivated.
    const hers = page.getByRole('listitem').filter({ hasText: 'Nia Newcomer-Test' });
    await hers.getByRole('button', { name: says('en', 'users.act.deactivate') }).click({ timeout: 30_000 });
    await page
      .getByRole('dialog')
      .getByRole('button', { name: says('en', 'users.act.deactivate') })
      .click();
    await hers.getByText(says('en', 'users.deactivated')).waitFor();
    await nia.reload();
    await nia.locator('.sign-in').waitFor();
    await theirs.close();
    await page.context().close();
  }, 120_000);

  it('who are to be Site Admins set up a second factor before they are in, and open Cloud Connect with the next code', async () => {
    await invite('ollie@saltmarsh.example', 'site-admin');
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA' });
    const page = await context.newPage();
    await page.goto(await linkTo(page, 'ollie@saltmarsh.example', '/invitation'));
    await filled(page, { displayName: 'Ollie Invented-Test', password: 'a password of Ollie' });
    await page.getByText(says('en', 'users.accept.second-factor')).waitFor();
    await page.getByRole('link', { name: says('en', 'users.to-sign-in') }).click();
    const credentials = { username: 'ollie@saltmarsh.example', password: 'a password of Ollie' };
    await filled(page, credentials);
    await page.getByText(says('en', 'second-factor.enrol.why.site-admin')).waitFor();
    await lookOnce(page, { room: 'screens', name: 'portal-enrol', language: 'en', width: 1280 });
    const secret = (await page.locator('.secret-key').textContent())!.replaceAll(/\s/g, '');
    const atSignIn = new Date();
    await filled(page, { code: totpCode(secret, atSignIn) });
    await page.getByLabel(says('en', 'second-factor.recovery.kept')).check();
    await page.getByRole('button', { name: says('en', 'second-factor.recovery.done') }).click();
    await page.locator('.me').waitFor();

    // A session of the portal opens nothing there, and the code was used: the next one is asked for.
    await page.goto(installation.config.urls.connect);
    await filled(page, credentials);
    await page.locator('input[name=code]').waitFor();
    await filled(page, { code: totpCode(secret, atSignIn) });
    await page.getByText(says('en', 'second-factor.problem.used')).waitFor();
    await filled(page, { code: totpCode(secret, new Date(atSignIn.getTime() + totpStepSeconds * 1000)) });
    await page.locator('.statusbar').waitFor();
    await page.locator('.me').click();
    await page.getByRole('menuitem', { name: says('en', 'second-factor.title') }).click();
    await page.getByText(says('en', 'second-factor.own.left', { count: 10 })).waitFor();
    const { users } = (await (await portal.get('/api/users')).json()) as SiteUsers;
    const { userId } = users.find(({ email }) => email === credentials.username)!;
    await portal.post(`/api/users/${userId}/role`, { data: { role: 'member' } });
    await page.reload();
    await page.locator('.sign-in').waitFor();
    await context.close();
  }, 120_000);

  it('who have forgotten their password get a link and choose another', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA' });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByRole('link', { name: says('en', 'users.forgotten') }).click();
    await filled(page, { username: 'jo@saltmarsh.example' });
    await page.getByText(says('en', 'users.forgotten.done', { email: 'jo@saltmarsh.example' })).waitFor();
    const link = await linkTo(page, 'jo@saltmarsh.example', '/new-password');
    await page.goto(link);
    await filled(page, { password: 'another password of Jo' });
    await page.getByRole('link', { name: says('en', 'users.to-sign-in') }).click();
    await filled(page, { username: 'jo@saltmarsh.example', password: 'another password of Jo' });
    await page.locator('.me').waitFor();
    await page.goto(link);
    await page.getByText(says('en', 'users.problem.link')).waitFor();
    await context.close();
  });

  it('leave what they did in the audit log, which a Site Admin narrows and takes along as a file', async () => {
    const page = await asSam();
    await page.locator('.me').click();
    await page.getByRole('menuitem', { name: says('en', 'users.audit.title') }).click();
    await page.getByRole('combobox', { name: says('en', 'audit.filter.user') }).click();
    await page.getByRole('option', { name: /^Nia Newcomer-Test/ }).click();
    const rows = page.locator('.audit-entries tbody tr');
    await expect
      .poll(async () => (await rows.allTextContents()).map((text) => text.replace(/^[\d: -]+/, '')))
      .toEqual(['signed in', 'created', 'accepted the invitation'].map((what) => expect.stringContaining(what)));
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: says('en', 'audit.csv') }).click(),
    ]);
    const lines = readFileSync((await file.path())!, 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/,Nia Newcomer-Test,.*,signed in,User,/);
    await page.context().close();
  });

  it('look right in both languages and at both widths', async () => {
    await invite('a.member@elsewhere.example');
    await invite('refused@elsewhere.example', 'site-admin');
    let looked = await look({
      name: 'portal-users',
      reach: (page) => page.getByRole('listitem').filter({ hasText: 'Nia Newcomer-Test' }).waitFor(),
    });
    looked += await look({
      name: 'portal-users-invite',
      reach: async (page, language) => {
        await page.getByRole('button', { name: says(language, 'users.invite') }).click();
        await page.getByRole('dialog').waitFor();
      },
    });
    looked += await look({
      name: 'portal-users-last-site-admin',
      reach: async (page, language) => {
        const own = page.getByRole('listitem').filter({ hasText: sam });
        await own.getByRole('button', { name: says(language, 'users.act.deactivate') }).click();
        await page
          .getByRole('dialog')
          .getByRole('button', { name: says(language, 'users.act.deactivate') })
          .click();
        await page.getByRole('alert').waitFor();
      },
    });
    looked += await look({
      name: 'portal-forgotten-password',
      user: undefined,
      path: '/forgotten-password',
      reach: (page) => page.locator('input[name=username]').waitFor(),
    });
    looked += await look({
      name: 'portal-audit-log',
      path: '/audit-log',
      reach: async (page, language) => {
        await page.getByText(says(language, 'users.audit.action.deactivate-user')).waitFor();
        await page.getByRole('button', { expanded: false }).and(page.locator('.audit-entries button')).first().click();
        await page.locator('.audit-facts').waitFor();
      },
    });
    expect(looked).toBe(20);
    const page = await browser.newPage();
    const invitation = await linkTo(page, 'a.member@elsewhere.example', '/invitation');
    for (const language of ['en', 'fr'] as const) {
      for (const width of [1280, 400]) {
        const own = await browser.newPage({ viewport: { width, height: 900 }, locale: `${language}-CA` });
        await own.goto(invitation);
        await own.locator('input[name=displayName]').waitFor();
        await lookOnce(own, { room: 'screens', name: 'portal-invitation', language, width });
        await own.close();
      }
    }
    await page.close();
  }, 300_000);
});
