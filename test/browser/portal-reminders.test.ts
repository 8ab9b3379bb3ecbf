import type { APIRequestContext, Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoMail } from '../../src/demo/demo-mail.ts';
import type { MyOffice } from '../../src/emr/contract/scheduler.ts';
import { addDays, weekdayOf } from '../../src/platform/zones.ts';
import type { ReminderLog, Reminders } from '../../src/portal/contract/reminders.ts';
import { mailAtAnyHour, sessionAt, succeeded } from './demo-acts.ts';
import { openPortal, type PortalInBrowser, siteAdmin } from './portal-in-browser.ts';
import { lookAt, type Scene, says, signInAt } from './screens.ts';

const sam = siteAdmin;
const jo = 'jo@saltmarsh.example';
let opened: PortalInBrowser;
let browser: Browser;
let mailbox: DemoMail;
let portal: APIRequestContext;
let url: string;
/** From today to the next day on which the clinic works. */
let days: number;
beforeAll(async () => {
  opened = await openPortal();
  ({ browser, mailbox, portal, url } = opened);
  const emr = await sessionAt(opened.installation.config.urls.emr, { username: 'ada' });
  const offices = await succeeded<MyOffice[]>(emr.get('/api/offices'));
  await emr.dispose();
  const { today } = offices.find((office) => office.officeId === 'lantern-hill')!;
  days = 1;
  while (weekdayOf(addDays(today, days)) > 5) days += 1;
}, 180_000);
afterAll(() => opened?.close());
const look = (scene: Omit<Scene, 'url'> & { path: string }) =>
  lookAt(browser, { user: sam, ...scene, url: `${url}${scene.path}` });

describe('Patient Reminders', () => {
  it('a rule is written, tested, switched on and runs; the mail is in the mailbox and its outcome in the log', async () => {
    await mailAtAnyHour(portal, url);

    const page = await browser.newPage({ locale: 'en-CA' });
    await signInAt(page, url, sam);
    await page.getByRole('link', { name: 'Patient Reminders' }).click();
    await page.getByText('No rule is written yet').waitFor();
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Before the visit');
    await page.getByLabel('Days', { exact: true }).fill(String(days));
    const text = page.getByLabel('Text', { exact: true });
    const written = await text.inputValue();
    await text.fill(`${written} {nickname}`);
    await page.getByRole('button', { name: 'Save & Test' }).click();
    await page.getByText('The placeholder of the link has to stand in it').waitFor();
    await text.fill(written);
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByText('Hello Mara,').waitFor();
    await page.getByRole('button', { name: 'Save & Test' }).click();
    await page.getByRole('heading', { name: /^Test: today/ }).waitFor();
    const told = await page.getByText(/this rule would send \d+ e-mails? at/).textContent();
    const count = Number(/would send (\d+)/.exec(told ?? '')?.[1]);
    expect(count).toBeGreaterThan(0);
    await page.getByText('cannot be read in full').first().waitFor();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByRole('button', { name: 'Switch off' }).waitFor();
    const { rules } = await succeeded<Reminders>(portal.get('/api/reminders'));
    expect(rules).toMatchObject([{ name: 'Before the visit', enabled: true, days }]);

    // The worker looks twice a minute.
    let log: ReminderLog['entries'] = [];
    for (let wait = 0; wait < 120 && !(log.length > 0 && log.every(({ outcome }) => outcome !== 'due')); wait += 1) {
      await page.waitForTimeout(500);
      log = (await succeeded<ReminderLog>(portal.get('/api/reminders/log?outcome=accepted'))).entries;
    }
    expect(log.length).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Back to the rules' }).click();
    await page.getByRole('link', { name: 'Log' }).click();
    await page.locator('.reminder-rows .chip', { hasText: 'Sent' }).first().waitFor();
    await page.goto(mailbox.url);
    await page.getByText('Your appointment on').first().waitFor();
    await page.getByText('appointment.ics').first().waitFor();
    // The link in the mail is the patient's page.
    await page.locator('pre a[href*="/a/"]').first().click();
    await page.locator('form').first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/a\//);
    await page.close();
  }, 180_000);

  it('has no serious accessibility fault and nothing that scrolls sideways, in either language', async () => {
    const { rules } = await succeeded<Reminders>(portal.get('/api/reminders'));
    const rulePath = `/reminders/rules/${rules[0]!.ruleId}`;
    let looked = 0;
    looked += await look({
      name: 'portal-reminders',
      path: '/reminders',
      reach: (page) => page.locator('.reminder-rows li').first().waitFor(),
    });
    looked += await look({
      name: 'portal-reminders-member',
      path: '/reminders',
      user: jo,
      reach: (page) => page.locator('.reminder-rows li').first().waitFor(),
    });
    looked += await look({
      name: 'portal-reminder-rule',
      path: rulePath,
      reach: async (page, language) => {
        await page.getByRole('button', { name: says(language, 'reminders.preview') }).click();
        await page.locator('.mail-preview').waitFor();
        await page.getByRole('button', { name: says(language, 'reminders.save-and-test') }).click();
        await page.locator('#rule-test').waitFor();
        await page.locator('details summary').first().click();
      },
    });
    looked += await look({
      name: 'portal-reminder-refused',
      path: rulePath,
      reach: async (page, language) => {
        await page.getByLabel(says(language, 'reminders.subject'), { exact: true }).fill('{nickname}');
        await page.getByRole('button', { name: says(language, 'reminders.save-and-test') }).click();
        await page.getByText(says(language, 'reminders.field.subject')).waitFor();
      },
    });
    looked += await look({
      name: 'portal-reminder-log',
      path: '/reminders/log',
      reach: (page) => page.locator('.reminder-rows li').first().waitFor(),
    });
    expect(looked).toBe(20);
    expect(
      await lookAt(browser, {
        name: 'demo-mailbox',
        url: mailbox.url,
        reach: (page) => page.locator('article').first().waitFor(),
      }),
    ).toBe(4);
  }, 240_000);
});
