// What is too much, from Cloud Connect's list to the EMR's Save, in two browsers and both languages.
import type { APIRequestContext, Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Diagnosis } from '../../src/connect/contract/doctor.ts';
import { features } from '../../src/connect/contract/features.ts';
import type { FixRequest } from '../../src/connect/contract/fix-requests.ts';
import type { LeastPrivilege } from '../../src/connect/contract/least-privilege.ts';
import type { Settings } from '../../src/connect/contract/settings.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { sessionAt, succeeded } from './demo-acts.ts';
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

const privilege = () => succeeded<LeastPrivilege>(connect.get('/api/least-privilege'));
const gapIds = async () => (await succeeded<Diagnosis>(connect.get('/api/doctor'))).gaps.map(({ gapId }) => gapId);
async function withFeatures(
  pick: (features: Settings['features']) => readonly string[],
  selects: (one: Settings['providers'][number]) => boolean = ({ selected }) => selected,
): Promise<void> {
  const settings = await succeeded<Settings>(connect.get('/api/settings'));
  const { name, baseUrl, clientId, windowDays, intervalMinutes, absenceIsDeletion, selectNewProviders } = settings;
  const data = {
    ...{ name, baseUrl, clientId, windowDays, intervalMinutes, absenceIsDeletion, selectNewProviders },
    features: pick(settings.features),
    selectedProviderIds: settings.providers.filter(selects).map(({ providerId }) => providerId),
  };
  await succeeded(connect.put('/api/settings', { data, headers: { 'if-match': `"${settings.settingsVersion}"` } }));
}
const doctor = () => `${installation.config.urls.connect}/doctor`;

it('is seen, with what it is needed for and used, as is that there is nothing', async () => {
  await withFeatures((all) => all.filter((one) => one !== 'balance' && one !== 'attachments'));
  let looked = await lookAt(browser, {
    name: 'connect-privilege',
    url: doctor(),
    user: sam,
    reach: async (page, language) => {
      await page.getByText(says(language, 'privilege.choose-all'), { exact: true }).click();
      await page.getByRole('heading', { name: says(language, 'privilege.title') }).scrollIntoViewIfNeeded();
    },
  });
  await withFeatures(
    () => features,
    () => true,
  );
  looked += await lookAt(browser, {
    name: 'connect-privilege-none',
    url: doctor(),
    user: sam,
    reach: (page, language) => page.getByText(says(language, 'privilege.none')).scrollIntoViewIfNeeded(),
  });
  expect(looked).toBe(8);
}, 600_000);

it('is asked to go, shown in Manage Security, and taken away by its Save, and no gap comes of it', async () => {
  const { urls } = installation.config;
  await withFeatures((all) => all.filter((one) => one !== 'balance' && one !== 'attachments'));
  const before = await gapIds();
  const { rows, columns } = await privilege();
  expect(columns.map(({ column }) => column)).toEqual(['Billing', 'Labs']);
  const ofOffice = rows.filter((row) => row.surplus.length > 0 && row.officeId === rows[0]!.officeId);
  const removals = ofOffice.map(({ officeId, providerId, surplus }) => ({ officeId, providerId, columns: surplus }));
  const made = await succeeded<FixRequest>(connect.post('/api/fix-requests', { data: { removals } }));
  let looked = await lookAt(browser, {
    name: 'connect-privilege-request',
    url: `${urls.connect}/fix-requests/${made.fixRequestId}`,
    user: sam,
    reach: (page) => page.locator('.fix-office').first().waitFor(),
  });
  looked += await lookAt(browser, {
    name: 'emr-privilege-request',
    url: made.link!,
    user: 'ada',
    reach: async (page, language) => {
      await page.getByRole('heading', { name: says(language, 'fix.emr.title') }).waitFor();
      await page.getByText(says(language, 'emr.blast.how')).waitFor();
      await page.getByText(says(language, 'emr.impact.known')).waitFor();
    },
  });
  // Somebody switches on what needs it, between the request and the Save.
  await withFeatures((now) => [...now, 'balance']);
  looked += await lookAt(browser, {
    name: 'emr-privilege-needed',
    url: made.link!,
    user: 'ada',
    reach: (page) => page.locator('.blast-line.t-red strong').first().waitFor(),
  });
  looked += await lookAt(browser, {
    name: 'connect-privilege-needed',
    url: `${urls.connect}/fix-requests/${made.fixRequestId}`,
    user: sam,
    reach: (page) => page.locator('.fix-office').first().waitFor(),
  });
  expect(looked).toBe(16);
  await withFeatures((now) => now.filter((one) => one !== 'balance'));

  const two = await browser.newContext({ locale: 'en-CA', reducedMotion: 'reduce' });
  try {
    const page = await two.newPage();
    await signInAt(page, urls.connect, sam);
    const atEmr = await two.newPage();
    await signInAt(atEmr, urls.emr, 'ada');
    await page.goto(doctor());
    const card = page.getByRole('region', { name: 'More than is needed' });
    await card.getByLabel(/^Billing is granted on \d+ schedules/).check();
    await card.getByRole('button', { name: /^Request to take \d+ ticks away$/ }).click();
    const href = await page.getByRole('link', { name: 'Open in the EMR' }).getAttribute('href');
    await atEmr.goto(href!);
    await atEmr.getByText('no enabled feature of').first().waitFor();
    // One is left as it is: a part may be approved.
    await atEmr
      .getByLabel(/^Take away Billing,/)
      .first()
      .uncheck();
    await atEmr.getByRole('button', { name: 'Save', exact: true }).click();
    await expect
      .poll(async () => (await privilege()).columns.map(({ column, schedules }) => [column, schedules]), {
        timeout: 30_000,
      })
      .toContainEqual(['Billing', 1]);
    await atEmr
      .getByLabel(/^Take away Billing,/)
      .first()
      .check();
    await atEmr.getByRole('button', { name: 'Save', exact: true }).click();
    await atEmr.getByText('All that this request asks to take away is gone already.').first().waitFor();
    await page.getByText('All that was to be taken away is gone.').waitFor();
    expect((await privilege()).columns.map(({ column }) => column)).toEqual(['Labs']);
    // One may have ended meanwhile: a schedule that was selected above is read at its own time.
    expect((await gapIds()).filter((gapId) => !before.includes(gapId))).toEqual([]);
  } finally {
    await two.close();
  }
}, 900_000);
