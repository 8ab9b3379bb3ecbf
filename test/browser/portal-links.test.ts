// What a patient sees behind a link, without script, and what of it reaches the staff.
import type { APIRequestContext, Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MyOffice, SchedulerDay } from '../../src/emr/contract/scheduler.ts';
import { allColumns, columnSet } from '../../src/fhir/columns.ts';
import type { Language } from '../../src/language/messages.ts';
import { addDays } from '../../src/platform/zones.ts';
import type { ListedBooking, PatientsPage } from '../../src/portal/contract/patients.ts';
import type { StaffTasks } from '../../src/portal/contract/staff-tasks.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';
import { grant, sessionAt, succeeded, sync } from './demo-acts.ts';
import { lookAt, says, signInAt } from './screens.ts';

const jo = 'jo@saltmarsh.example';
const officeId = 'lantern-hill';
/** Whose bookings are answered. */
let pair = { officeId, providerId: '' };
let browser: Browser;
let installation: TestInstallation;
let emr: APIRequestContext;
let connect: APIRequestContext;
let portal: APIRequestContext;
let url: string;
/** Far enough away that cancelling is possible. */
let workday: string;
/** Bookings that wait for their patient; each is used once. */
const free: ListedBooking[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  installation = await demoInstallation();
  const { urls } = installation.config;
  url = urls.portal;
  emr = await sessionAt(urls.emr, { username: 'ada' });
  connect = await sessionAt(urls.connect, { email: 'sam@saltmarsh.example' });
  portal = await sessionAt(url, { email: jo });
  const offices = await succeeded<MyOffice[]>(emr.get('/api/offices'));
  const { today } = offices.find((office) => office.officeId === officeId)!;
  for (let days = 2; free.length < 6 && days < 12; days += 1) {
    workday = addDays(today, days);
    const day = await succeeded<PatientsPage>(portal.get(`/api/patients?date=${workday}&office=${officeId}&limit=500`));
    const fitting = day.bookings.filter(
      (one) => one.linkable && one.status === 'booked' && one.participation !== 'accepted' && one.start >= '09:00',
    );
    for (const { providerId } of day.schedules) {
      const own = fitting.filter((one) => one.providerId === providerId);
      if (own.length >= 6) {
        pair = { officeId, providerId };
        free.splice(0, free.length, ...own);
      }
    }
  }
}, 240_000);
afterAll(async () => {
  await emr?.dispose();
  await connect?.dispose();
  await portal?.dispose();
  await installation?.close();
  await browser?.close();
});

const take = (): ListedBooking => {
  const one = free.pop();
  if (!one) throw new Error('the clinic has no more bookings for this test');
  return one;
};
const linkFor = async ({ bookingId }: ListedBooking): Promise<string> =>
  (await succeeded<{ url: string }>(portal.post(`/api/bookings/${bookingId}/link`))).url;
const press = (page: Page, language: Language, key: Parameters<typeof says>[1]) =>
  page.getByRole('button', { name: says(language, key) }).click();
async function giveBirthDate(page: Page, language: Language, birthDate: string): Promise<void> {
  const [year, month, day] = birthDate.split('-') as [string, string, string];
  await page.getByLabel(says(language, 'link.day')).fill(day);
  await page.getByLabel(says(language, 'link.month')).selectOption(month);
  await page.getByLabel(says(language, 'link.year')).fill(year);
  await press(page, language, 'link.continue');
}
async function open(page: Page, language: Language, booking: ListedBooking, link: string): Promise<void> {
  await page.goto(`${link}?lang=${language}`);
  await giveBirthDate(page, language, booking.patient!.birthDate!);
}
const heading = (page: Page, language: Language, key: Parameters<typeof says>[1]) =>
  page.getByRole('heading', { name: says(language, key) }).waitFor();

describe('the page of a link', () => {
  it('has no serious accessibility fault and scrolls nowhere sideways, in any of its states', async () => {
    const booking = take();
    const link = await linkFor(booking);
    let looked = 0;
    const look = async (name: string, at: string, reach: (page: Page, language: Language) => Promise<unknown>) => {
      looked += await lookAt(browser, { name, url: at, reach });
    };
    await look('link-identify', link, (page, language) => page.goto(`${link}?lang=${language}`));
    await look('link-wrong-date', link, async (page, language) => {
      await page.goto(`${link}?lang=${language}`);
      await giveBirthDate(page, language, '1901-01-02');
      await page.getByRole('alert').waitFor();
    });
    await look('link-open', link, async (page, language) => {
      await open(page, language, booking, link);
      await heading(page, language, 'link.ask.title');
    });
    await look('link-really-cancel', link, async (page, language) => {
      await open(page, language, booking, link);
      await press(page, language, 'link.cancel');
      await heading(page, language, 'link.really.title');
    });
    await look('link-confirmed', link, async (page, language) => {
      await open(page, language, booking, link);
      // In the second language it is confirmed already.
      if (language === 'en') await press(page, language, 'link.confirm');
      await heading(page, language, 'link.confirmed.title');
    });
    await look('link-cancelled', link, async (page, language) => {
      await open(page, language, booking, link);
      if (language === 'en') {
        await press(page, language, 'link.not-after-all');
        await press(page, language, 'link.really.yes');
      }
      await heading(page, language, 'link.cancelled.title');
    });
    await look('link-nowhere', `${url}/a/nothing`, (page, language) => heading(page, language, 'link.nowhere.title'));
    expect(looked).toBe(7 * 4);
  }, 300_000);

  it('works without script, by the keyboard alone', async () => {
    const booking = take();
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 400, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${await linkFor(booking)}?lang=en`);
    const [year, month, day] = booking.patient!.birthDate!.split('-') as [string, string, string];
    // Past the switch of languages to the first field.
    for (const keys of ['Tab', 'Tab', ...day, 'Tab']) await page.keyboard.press(keys);
    await page.keyboard.type(monthNames[Number(month) - 1]!);
    for (const keys of ['Tab', ...year, 'Enter']) await page.keyboard.press(keys);
    await heading(page, 'en', 'link.ask.title');
    for (const keys of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(keys);
    await heading(page, 'en', 'link.confirmed.title');
    await context.close();
  });
});

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

describe('staff tasks', () => {
  it('has what patients could not do, with what to do about it; dealt with, it says by whom', async () => {
    const page = await browser.newPage({ locale: 'en-CA' });
    // Six wrong dates.
    const locked = await linkFor(take());
    for (let times = 0; times < 6; times += 1) {
      await page.goto(`${locked}?lang=en`);
      await giveBirthDate(page, 'en', `190${times}-01-02`);
    }
    await heading(page, 'en', 'link.locked.title');
    expect(
      await lookAt(browser, {
        name: 'link-locked',
        url: locked,
        reach: async (one, language) => {
          await one.goto(`${locked}?lang=${language}`);
          await heading(one, language, 'link.locked.title');
        },
      }),
    ).toBe(4);

    // Cancelled in the EMR while the page lies open.
    const changed = take();
    const link = await linkFor(changed);
    await open(page, 'en', changed, link);
    const day = await succeeded<SchedulerDay>(emr.get(`/api/scheduler/day?office=${pair.officeId}&date=${workday}`));
    const { version } = day.schedules
      .flatMap((one) => one.appointments)
      .find((one) => one.appointmentId === changed.bookingId)!;
    await succeeded(
      emr.post(`/api/appointments/${changed.bookingId}/cancel`, { headers: { 'if-match': `"${version}"` } }),
    );
    await press(page, 'en', 'link.confirm');
    await heading(page, 'en', 'link.changed.title');
    expect(
      await lookAt(browser, {
        name: 'link-changed',
        url: link,
        reach: async (one, language) => {
          await open(one, language, changed, link);
          await heading(one, language, 'link.changed.title');
        },
      }),
    ).toBe(4);

    // The permission taken away while the page lies open.
    const parked = take();
    const parkedLink = await linkFor(parked);
    await open(page, 'en', parked, parkedLink);
    await grant(emr, () => [{ ...pair, columns: allColumns & ~columnSet('Scheduling') }]);
    await press(page, 'en', 'link.confirm');
    await heading(page, 'en', 'link.waiting.title.mark-confirmed');
    expect(
      await lookAt(browser, {
        name: 'link-waiting',
        url: parkedLink,
        reach: async (one, language) => {
          await open(one, language, parked, parkedLink);
          await heading(one, language, 'link.waiting.title.mark-confirmed');
        },
      }),
    ).toBe(4);

    const { counts } = await succeeded<StaffTasks>(portal.get('/api/tasks'));
    expect(counts).toEqual({ appointment: 1, waiting: 1, link: 1, mail: 0, guard: 0 });
    expect(
      await lookAt(browser, {
        name: 'portal-tasks',
        url: `${url}/tasks`,
        user: jo,
        reach: async (one) => {
          await expect.poll(() => one.locator('.task').count()).toBe(3);
        },
      }),
    ).toBe(4);

    await signInAt(page, url, jo);
    await page.goto(`${url}/tasks`);
    await page.getByRole('button', { name: /^Locked links/ }).click();
    await expect.poll(() => page.locator('.task').count()).toBe(1);
    await page.getByRole('button', { name: says('en', 'staff-task.unlock') }).press('Enter');
    await page.getByText(says('en', 'staff-task.none.open')).waitFor();
    expect(page.url()).toContain('about=link');
    await page.getByRole('button', { name: says('en', 'staff-task.show.done'), exact: true }).click();
    await page.getByText('Dealt with by Jo Standish-Test').waitFor();
    await page.getByRole('button', { name: /^Not done/ }).click();
    await page.getByRole('button', { name: says('en', 'staff-task.show.open'), exact: true }).click();
    await page.getByRole('button', { name: says('en', 'write-back.task.close') }).click();
    await page.getByText(says('en', 'staff-task.none.open')).waitFor();
    await page.getByRole('button', { name: says('en', 'staff-task.show.done'), exact: true }).click();
    expect(
      await lookAt(browser, {
        name: 'portal-tasks-done',
        url: `${url}/tasks?show=done`,
        user: jo,
        reach: (one) => one.locator('.task').first().waitFor(),
      }),
    ).toBe(4);
    await page.getByRole('button', { name: says('en', 'staff-task.reopen') }).click();
    await page.getByText(says('en', 'staff-task.none.done')).waitFor();

    await grant(emr, () => [{ ...pair, columns: allColumns }]);
    await sync(connect, 'full');
    // Granted, it is sent by itself, and leaves the list.
    await expect
      .poll(async () => (await succeeded<StaffTasks>(portal.get('/api/tasks'))).counts.waiting, { timeout: 60_000 })
      .toBe(0);
    await open(page, 'en', parked, parkedLink);
    await heading(page, 'en', 'link.confirmed.title');
    await page.close();
  }, 300_000);

  it('gets a link by hand from a booking’s actions, shown once', async () => {
    const booking = take();
    const reach = async (page: Page, language: Language) => {
      await page.locator('.day-item .day-row').first().waitFor();
      await page
        .getByRole('button', {
          name: says(language, 'write-back.actions', { patient: booking.patient!.display, time: booking.start }),
        })
        .click();
      await page.getByRole('menuitem', { name: says(language, 'link.copy') }).click();
      await page.getByRole('dialog').waitFor();
      await expect
        .poll(() => page.getByRole('textbox', { name: says(language, 'link.copy.field') }).inputValue())
        .toMatch(/\/a\/[\w-]{43}$/);
    };
    const at = `${url}/?date=${workday}&office=${pair.officeId}&provider=${pair.providerId}&search=${booking.bookingId}`;
    expect(await lookAt(browser, { name: 'portal-copy-link', url: at, user: jo, reach })).toBe(4);
  }, 120_000);
});
