// From a gap to what heals it, with two people in two browsers: a Site Admin requests, an EMR administrator looks at what it would do and saves.
import type { APIRequestContext, Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/connect/contract/doctor.ts';
import type { FixRequest } from '../../src/connect/contract/fix-requests.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { sessionAt, succeeded, sync } from './demo-acts.ts';
import { lookAt, says, signInAt } from './screens.ts';

const sam = 'sam@saltmarsh.example';
let browser: Browser;
let installation: TestInstallation;
let connect: APIRequestContext;
beforeAll(async () => {
  browser = await launchChromium();
  installation = await demoInstallation(['emr', 'portal', 'connect', 'worker'], { announceTo: 'loopback' });
  connect = await sessionAt(installation.config.urls.connect, { email: sam });
}, 240_000);
afterAll(async () => {
  await connect?.dispose();
  await installation?.close();
  await browser?.close();
});

const diagnosis = () => succeeded<Diagnosis>(connect.get('/api/doctor'));
const fixable = async () => (await diagnosis()).gaps.filter(({ cause, proof }) => cause === 'cells' && !proof);

it('is a page that prints, a link, and Manage Security with exactly that proposed, in both languages', async () => {
  await sync(connect, 'recent');
  const gapIds = (await fixable()).map(({ gapId }) => gapId);
  expect(gapIds.length).toBeGreaterThan(0);
  const made = await succeeded<FixRequest>(connect.post('/api/fix-requests', { data: { gapIds } }));
  const { urls } = installation.config;
  expect(made.link).toMatch(new RegExp(`^${urls.emr}/security/fix#`));
  let looked = await lookAt(browser, {
    name: 'connect-fix-request',
    url: `${urls.connect}/fix-requests/${made.fixRequestId}`,
    user: sam,
    reach: (page) => page.locator('.fix-office').first().waitFor(),
  });
  looked += await lookAt(browser, {
    name: 'emr-fix-request',
    url: made.link!,
    user: 'ada',
    reach: async (page, language) => {
      await page.getByRole('heading', { name: says(language, 'fix.emr.title') }).waitFor();
      await page.getByText(says(language, 'emr.blast.how')).waitFor();
      await page.getByText(says(language, 'emr.impact.known')).waitFor();
    },
  });
  looked += await lookAt(browser, {
    name: 'emr-fix-request-forged',
    url: `${made.link!}AAAA`,
    user: 'ada',
    reach: (page, language) => page.getByText(says(language, 'fix.emr.problem.not-signed')).waitFor(),
  });
  looked += await lookAt(browser, {
    name: 'emr-fix-request-cut',
    url: `${urls.emr}/security/fix`,
    user: 'ada',
    reach: (page, language) => page.getByText(says(language, 'fix.emr.none')).waitFor(),
  });
  expect(looked).toBe(16);
}, 900_000);

it('is three clicks from the gap to what heals it: request, open, save', async () => {
  const { urls } = installation.config;
  const two = await browser.newContext({ locale: 'en-CA', reducedMotion: 'reduce' });
  try {
    const page = await two.newPage();
    await signInAt(page, urls.connect, sam);
    // Signed in to both: he is both of them.
    const emrPage = await two.newPage();
    await signInAt(emrPage, urls.emr, 'ada');
    // One that hides bookings: Visible and Scheduling are not both there.
    const gap = (await fixable()).find(({ columns }) => columns.includes('Visible'));
    await page.goto(`${urls.connect}/doctor`);
    await page.getByRole('button', { name: `Request this fix ${gap!.gapId}` }).click();
    const opened = two.waitForEvent('page');
    await page.getByRole('link', { name: 'Open in the EMR' }).click();
    const atEmr = await opened;
    await atEmr.getByText('become visible to OceanAPI1042').waitFor();
    const panel = atEmr.getByRole('complementary', { name: /pending change/ });
    expect(await panel.getByRole('heading', { level: 2 }).textContent()).toContain(String(gap!.columns.length));
    expect(await atEmr.getByLabel('Reason').inputValue()).toBe(`Fix request ${gap!.gapId}`);
    await atEmr.getByRole('button', { name: 'Save', exact: true }).click();
    await atEmr.getByText('All that this request asks for is granted already.').first().waitFor();
    // The EMR's announcement begins the run that sees it.
    await page.getByText('Nothing of it is missing any more.').waitFor();
  } finally {
    await two.close();
  }
}, 300_000);
