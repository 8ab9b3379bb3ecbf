// The tour of the docs, as two people take it in two browsers: a Site Admin finds the symptom on the portal, has it named and requests the
// fix; an EMR administrator saves it; the certificate that ends it is checked without either of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { signInAt } from './screens.ts';

const sam = 'sam@saltmarsh.example';
const provider = 'Dr. Fern Wobbleton';
const place = `${provider}, Lantern Hill`;
const root = join(import.meta.dirname, '../..');

let browser: Browser;
let installation: TestInstallation;
const people: BrowserContext[] = [];
beforeAll(async () => {
  browser = await launchChromium();
  installation = await demoInstallation(['emr', 'portal', 'connect', 'worker'], { announceTo: 'loopback' });
}, 240_000);
afterAll(async () => {
  for (const one of people) await one.close();
  await installation?.close();
  await browser?.close();
});

async function person(): Promise<BrowserContext> {
  const context = await browser.newContext({
    locale: 'en-CA',
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 800 },
  });
  people.push(context);
  return context;
}

/** Of a stage, as the README shows it. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = join(root, 'test-results/tour');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** What `tidegate verify` says of a file to somebody who has nothing but the keys that the site publishes. */
async function verified(file: string): Promise<{ code: number; said: string }> {
  const keys = `${installation.config.urls.connect}/certificate-keys`;
  const command = spawn(process.execPath, ['src/cli/tidegate.ts', 'verify', file, '--key', keys], { cwd: root });
  let said = '';
  for (const stream of [command.stdout, command.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const [code] = (await once(command, 'close')) as [number];
  return { code, said };
}

it('leads from a symptom on the portal to a certificate that anybody can check', async () => {
  const { urls } = installation.config;
  const [hers, his] = [await person(), await person()];
  const began = performance.now();

  // The symptom, and the id that stands for it everywhere.
  const page = await his.newPage();
  await signInAt(page, urls.portal, sam);
  const missing = page.locator('#not-shown li', { hasText: provider });
  await missing.getByText(/Gap G-/).waitFor();
  await picture(page, '1-symptom');
  const gapId = /G-[0-9A-Z]+/.exec((await missing.textContent())!)![0];
  await missing.getByRole('link', { name: `Why is this missing: ${place}?` }).click();

  // The name. Cloud Connect is an app of its own, and leads on to where he wanted to go.
  const wanted = page.url();
  await signInAt(page, wanted, sam);
  await page.locator('.doctor-gates > li[data-state="fails"]').first().waitFor();
  expect(await page.locator('.doctor-gates').textContent()).toContain('OceanAPI1042');
  await picture(page, '2-name');

  // The request.
  await page.getByRole('button', { name: `Request this fix ${gapId}` }).click();
  await page.getByRole('link', { name: 'Open in the EMR' }).waitFor();
  const link = (await page.getByRole('link', { name: 'Open in the EMR' }).getAttribute('href'))!;

  // The fix: she is the only one who can, and sees what it would do first.
  const hersPage = await hers.newPage();
  await signInAt(hersPage, urls.emr, 'ada');
  await hersPage.goto(link);
  await hersPage.getByText('become visible to OceanAPI1042').waitFor();
  // Told by the clinic's clock, which the browser's own zone data may not have.
  expect(await hersPage.getByText(/, \d\d:\d\d UTC/).count()).toBe(0);
  await picture(hersPage, '3-fix');
  const saved = performance.now();
  await hersPage.getByRole('button', { name: 'Save', exact: true }).click();
  await hersPage.getByText('All that this request asks for is granted already.').first().waitFor();

  // The proof, without anybody asking for it.
  await page.getByText('Nothing of it is missing any more.').waitFor();
  await page.goto(`${urls.connect}/doctor`);
  await page.getByRole('link', { name: new RegExp(`^Certificate: .*${gapId}$`) }).click();
  await page.getByRole('heading', { level: 1, name: new RegExp(provider) }).waitFor();
  const proved = performance.now();
  await picture(page, '4-proof');
  const statement = page.getByRole('region', { name: new RegExp(provider) });
  expect(await statement.locator('tr.changed').count()).toBe(6);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save the certificate' }).click();
  const file = await (await downloading).path();
  const genuine = await verified(file);
  expect(genuine).toMatchObject({ code: 0 });
  for (const named of [gapId, provider, 'Lantern Hill']) expect(genuine.said).toContain(named);
  const text = await readFile(file, 'utf8');
  const touched = join(await mkdtemp(join(tmpdir(), 'tidegate-tour-')), 'certificate.json');
  await writeFile(touched, text.slice(0, 999) + (text[999] === 'A' ? 'B' : 'A') + text.slice(1000));
  expect(await verified(touched)).toMatchObject({ code: 1 });
  await rm(dirname(touched), { recursive: true });

  // The symptom is gone.
  await page.goto(urls.portal);
  await page
    .getByRole('checkbox', { name: new RegExp(`^${provider}`) })
    .first()
    .waitFor();
  expect(await page.locator('#not-shown li', { hasText: provider }).count()).toBe(0);
  process.stdout.write(
    `tour: ${((performance.now() - began) / 1000).toFixed(1)} s from sign-in to what is shown again, ${((proved - saved) / 1000).toFixed(1)} s from Save to the certificate on the screen\n`,
  );
}, 240_000);
