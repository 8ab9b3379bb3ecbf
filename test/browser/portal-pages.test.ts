import { join } from 'node:path';
import type { APIRequestContext, Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import type { FoundPatient } from '../../src/emr/contract/patients.ts';
import type { DayAppointment, SchedulerDay } from '../../src/emr/contract/scheduler.ts';
import { allColumns } from '../../src/fhir/columns.ts';
import { addDays } from '../../src/platform/zones.ts';
import { typeDemoCode } from '../demo-second-factor.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation, emptyInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { grant, sessionAt, succeeded, sync } from './demo-acts.ts';
import { nextWorkday } from './emr-pages.ts';
import { lookAt, type Scene, says, signInAt } from './screens.ts';

const jo = 'jo@saltmarsh.example';
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

describe('the portal before anything is there', () => {
  let installation: TestInstallation;
  beforeAll(async () => {
    installation = await emptyInstallation(['portal']);
  }, 120_000);
  afterAll(() => installation?.close());

  it('asks for its first site, and then says why no booking is shown and who can change that', async () => {
    const url = installation.config.urls.portal;
    const looked = await lookAt(browser, {
      name: 'portal-set-up',
      url,
      reach: (page, language) => page.getByRole('heading', { name: says(language, 'portal.set-up.title') }).waitFor(),
    });
    expect(looked).toBe(4);

    const page = await browser.newPage({ locale: 'en-CA' });
    await page.goto(url);
    await page.getByLabel('Name of the site').fill('Empty Clinic');
    await page.getByLabel('Site number').fill('7');
    await page.getByRole('combobox', { name: 'Time zone' }).fill('America/Vancouver');
    await page.getByLabel('Your name').fill('Sam Sampleton');
    await page.getByLabel('E-mail address').fill('sam@empty.example');
    await page.getByLabel('Password, 12 characters or more').fill(demoPassword);
    await page.getByRole('button', { name: 'Set up' }).click();
    await typeDemoCode(page, 'sam@empty.example');
    await page.getByText('No schedule is synchronised for this choice').waitFor();
    await page.close();
    expect(
      await lookAt(browser, {
        name: 'portal-empty',
        url,
        user: 'sam@empty.example',
        reach: (empty, language) => empty.getByText(says(language, 'portal.empty')).waitFor(),
      }),
    ).toBe(4);
  }, 120_000);
});

describe('the portal of a clinic', () => {
  let installation: TestInstallation;
  let emr: APIRequestContext;
  let connect: APIRequestContext;
  let url: string;
  const workday = nextWorkday();
  beforeAll(async () => {
    installation = await demoInstallation();
    const { urls } = installation.config;
    url = urls.portal;
    emr = await sessionAt(urls.emr, { username: 'ada' });
    connect = await sessionAt(urls.connect, { email: 'sam@saltmarsh.example' });
  }, 180_000);
  afterAll(async () => {
    await emr?.dispose();
    await connect?.dispose();
    await installation?.close();
  });
  const look = (scene: Omit<Scene, 'url'> & { path?: string }) =>
    lookAt(browser, { user: jo, ...scene, url: `${url}${scene.path ?? '/'}` });

  it('has no serious accessibility fault and nothing that scrolls sideways, on any page, in either language', async () => {
    const firstName = '.day-item .day-row .patient';
    let looked = 0;
    looked += await look({
      name: 'portal-sign-in',
      user: undefined,
      reach: (page) => page.locator('.sign-in').waitFor(),
    });
    looked += await look({
      name: 'portal-sign-in-refused',
      user: undefined,
      reach: async (page) => {
        await page.locator('input[name=username]').fill(jo);
        await page.locator('input[name=password]').fill('not the password');
        await page.locator('form button[type=submit]').click();
        await page.getByRole('alert').waitFor();
      },
    });
    looked += await look({
      name: 'portal-patients',
      path: `/?date=${workday}`,
      reach: (page) => page.locator(firstName).first().waitFor(),
    });
    looked += await look({
      name: 'portal-patient-panel',
      path: `/?date=${workday}`,
      reach: async (page, language) => {
        await page.locator('.patient-link').first().click();
        await page.getByRole('heading', { name: says(language, 'portal.panel.details') }).waitFor();
        // The address carries it.
        await page.reload();
        await page.getByRole('heading', { name: says(language, 'portal.panel.details') }).waitFor();
        // In the evening the day's appointments are over, and there is nothing to confirm any more.
        const steps = page.locator('.side-panel .why-steps summary');
        if ((await steps.count()) > 0) await steps.first().click();
      },
    });
    looked += await look({
      name: 'portal-why',
      path: '/why?office=lantern-hill&provider=wobbleton&name=Zzyzx',
      reach: async (page, language) => {
        await page.getByText(says(language, 'portal.why.not-found')).waitFor();
        const steps = page.locator('.why-ways details:not([open]) > summary');
        while ((await steps.count()) > 0) await steps.first().click();
        // Those that pass are told too.
        expect(await page.locator('.way-list > [data-state="passes"]').count()).toBeGreaterThan(0);
      },
    });
    looked += await look({
      name: 'portal-filters',
      path: `/?date=${workday}&office=marigold-square`,
      reach: (page) => page.locator(firstName).first().waitFor(),
      whenNarrow: (page) => page.locator('.filters-side summary').click(),
    });
    looked += await look({
      name: 'portal-no-match',
      path: `/?date=${workday}&search=Zzyzx`,
      reach: (page, language) => page.getByText(says(language, 'portal.notice.no-match')).first().waitFor(),
    });
    looked += await look({
      name: 'portal-outside-the-window',
      path: `/?date=${addDays(workday, 60)}`,
      reach: async (page) => {
        await page.locator('.day-notices p').first().waitFor();
        // Nobody has read that day: nothing may say that it matches the EMR, or that it has no booking.
        expect(await page.locator('main .t-green, main .chip.green').count()).toBe(0);
        expect(await page.locator('.filter-provider .row').allTextContents()).not.toContain('0');
      },
    });
    looked += await look({
      name: 'portal-not-shown-alone',
      path: '/?provider=wobbleton',
      reach: (page) => page.locator('#not-shown').waitFor(),
    });
    looked += await look({
      name: 'portal-day-sheet',
      path: `/day-sheet?date=${workday}&office=lantern-hill`,
      reach: (page) => page.locator('.sheet-rows').first().waitFor(),
    });
    looked += await look({
      name: 'portal-no-such-page',
      path: '/nowhere',
      reach: (page, language) => page.getByRole('heading', { name: says(language, 'frame.not-found.title') }).waitFor(),
    });
    looked += await look({
      name: 'portal-help',
      reach: async (page) => {
        await page.locator('.me').waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
      },
    });
    looked += await look({
      name: 'portal-cannot-be-read',
      path: '/nowhere',
      reach: async (page) => {
        await page.route('**/api/patients*', (route) => route.abort());
        await page.goto(url);
        await page.getByRole('alert').waitFor();
      },
    });
    looked += await look({
      name: 'portal-out-of-touch',
      path: `/?date=${workday}`,
      reach: async (page, language) => {
        await page.locator(firstName).first().waitFor();
        await page.route('**/api/**', (route) => route.abort());
        await page.getByText(says(language, 'portal.stale')).waitFor();
        // What was read before stays, under the notice that it may be old.
        expect(await page.locator(firstName).count()).toBeGreaterThan(0);
      },
    });
    expect(looked).toBe(14 * 4);
  }, 900_000);

  it('has a Day Sheet for the printer: a page for each schedule, no buttons, and what is not on it', async () => {
    const context = await browser.newContext({ viewport: { width: 820, height: 1100 }, locale: 'en-CA' });
    const page = await context.newPage();
    await signInAt(page, url, jo);
    await page.goto(`${url}/day-sheet?date=${workday}&office=lantern-hill`);
    await page.locator('.sheet-rows').first().waitFor();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
    expect(await page.locator('.pen-box').first().isVisible()).toBe(true);
    expect(await page.getByRole('region', { name: /Not shown, and why/ }).textContent()).toContain(
      'Dr. Fern Wobbleton',
    );
    const sheets = await page.locator('.sheet').count();
    expect(sheets).toBeGreaterThan(3);
    const paper = (await page.pdf({ format: 'Letter' })).toString('latin1');
    expect([...paper.matchAll(/\/Type\s*\/Page\b/g)].length).toBe(sheets);
    await page.screenshot({ path: join(import.meta.dirname, '../../test-results/screens/portal-day-sheet-paper.png') });
    await context.close();
  });

  it('opens what may be done with a booking by the keyboard, the first time as the second, and gives the focus back', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA' });
    const page = await context.newPage();
    await signInAt(page, url, jo);
    await page.goto(`${url}/?date=${workday}`);
    const name = (await page.locator('.acts-button').nth(3).getAttribute('aria-label'))!;
    // By its name: rows come and go as the list is measured.
    const acts = page.getByRole('button', { name, exact: true });
    expect(await acts.getAttribute('aria-expanded')).toBe('false');
    const focused = (): Promise<string | null> =>
      page.evaluate('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent');
    await acts.focus();
    for (const key of ['Enter', 'Space', 'Enter']) {
      await page.keyboard.press(key);
      await page.getByRole('menu').waitFor();
      expect(await acts.getAttribute('aria-expanded')).toBe('true');
      await page.keyboard.press('ArrowDown');
      const items = await page.getByRole('menuitem').allTextContents();
      await expect.poll(focused).toBeOneOf(items);
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
      expect(await focused()).toBe(name);
    }
    await context.close();
  });

  it('shows a change of the EMR without a reload, and a reload shows the same', async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA' });
    const page = await context.newPage();
    await signInAt(page, url, jo);
    await page.goto(`${url}/?date=${workday}`);
    await page.getByRole('checkbox', { name: 'Dr. Ivy Madeupson' }).check();
    const rows = async () => page.locator('.day-item .day-row').allTextContents();
    await expect.poll(async () => (await rows()).length).toBeGreaterThan(0);
    await page.evaluate('window.notReloaded = true');
    const before = await rows();

    const day = await succeeded<SchedulerDay>(emr.get(`/api/scheduler/day?office=driftwood-street&date=${workday}`));
    const booked = day.schedules.find((one) => one.providerId === 'madeupson')!.appointments;
    const stands = booked.find((one) => one.status === 'booked')!;
    await succeeded<DayAppointment>(
      emr.post(`/api/appointments/${stands.appointmentId}/cancel`, { headers: { 'if-match': `"${stands.version}"` } }),
    );
    const [patient] = await succeeded<FoundPatient[]>(emr.post('/api/patients/search', { data: { search: 'Madeup' } }));
    await succeeded<DayAppointment>(
      emr.post('/api/appointments', {
        data: {
          officeId: 'driftwood-street',
          providerId: 'madeupson',
          patientId: patient!.patientId,
          date: workday,
          start: '18:40',
          minutes: 15,
          type: 'Evening recheck',
        },
      }),
    );
    await sync(connect, 'recent');

    await expect.poll(rows, { timeout: 30_000 }).toContainEqual(expect.stringContaining('Evening recheck'));
    const after = await rows();
    expect(after.length).toBe(before.length + 1);
    const cancelled = (some: string[]) => some.filter((row) => row.includes('Cancelled')).length;
    expect(cancelled(after)).toBe(cancelled(before) + 1);
    expect(await page.evaluate('window.notReloaded')).toBe(true);

    // The address carries the view: the same rows, in another tab as well.
    await page.reload();
    await expect.poll(rows).toEqual(after);
    expect(await page.evaluate('window.notReloaded')).toBeUndefined();
    const other = await context.newPage();
    await other.goto(page.url());
    await expect.poll(() => other.locator('.day-item .day-row').allTextContents()).toEqual(after);
    expect(page.url()).toContain('madeupson');
    await context.close();
  }, 120_000);

  it('keeps a schedule whose visibility was lost among the others: no rows, no names, since when, and how many are kept', async () => {
    await grant(emr, () => [{ officeId: 'lantern-hill', providerId: 'quill', columns: 0 }]);
    expect(await sync(connect, 'full')).toBe('gaps');
    const lost = (language: 'en' | 'fr') => says(language, 'portal.notice.lost', { since: '' }).slice(0, 30);
    expect(
      await look({
        name: 'portal-visibility-lost',
        user: 'sam@saltmarsh.example',
        path: `/?date=${workday}&office=lantern-hill&provider=quill`,
        reach: async (page, language) => {
          await page.getByText(lost(language)).waitFor();
          expect(await page.locator('.day-item .day-row').count()).toBe(0);
          // A Site Admin is led to the way of a booking of this very schedule, gate by gate.
          const why = new URL(
            (await page
              .getByRole('link', { name: /Juniper Quill/ })
              .first()
              .getAttribute('href'))!,
          );
          expect([why.pathname, why.search]).toEqual([
            '/doctor',
            '?office=lantern-hill&provider=quill&feature=day-sheet',
          ]);
        },
      }),
    ).toBe(4);
    await grant(emr, () => [{ officeId: 'lantern-hill', providerId: 'quill', columns: allColumns }]);
    await sync(connect, 'full');
  }, 180_000);
});
