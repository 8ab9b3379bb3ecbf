// A message to a patient with what was picked in the EMR's chart, from the pick to the reply in that chart; and the same where a cell lacks.
import type { APIRequestContext, Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoMail } from '../../src/demo/demo-mail.ts';
import type { Chart, ChartTabs } from '../../src/emr/contract/chart.ts';
import type { MyOffice } from '../../src/emr/contract/scheduler.ts';
import { allColumns, columnSet } from '../../src/fhir/columns.ts';
import { type Language, languages, localeOf } from '../../src/language/messages.ts';
import { addDays } from '../../src/platform/zones.ts';
import type { Thread, Threads } from '../../src/portal/contract/messages.ts';
import type { ListedBooking, PatientsPage } from '../../src/portal/contract/patients.ts';
import { grant, mailAtAnyHour, sessionAt, succeeded, sync } from './demo-acts.ts';
import { openPortal, type PortalInBrowser } from './portal-in-browser.ts';
import { lookAt, lookOnce, says, signInAt } from './screens.ts';

const jo = 'jo@saltmarsh.example';
const officeId = 'lantern-hill';
let opened: PortalInBrowser;
let browser: Browser;
let mailbox: DemoMail;
let emr: APIRequestContext;
let connect: APIRequestContext;
let portal: APIRequestContext;
let url: string;
let day: string;
let booking: ListedBooking;
let pair: { officeId: string; providerId: string };
let patientId: string;
let documentId: string;

beforeAll(async () => {
  opened = await openPortal();
  ({ browser, mailbox, portal, url } = opened);
  const { urls } = opened.installation.config;
  emr = await sessionAt(urls.emr, { username: 'ada' });
  connect = await sessionAt(urls.connect, { email: 'sam@saltmarsh.example' });
  await mailAtAnyHour(portal, url);
}, 240_000);
afterAll(async () => {
  for (const one of [emr, connect]) await one?.dispose();
  await opened?.close();
});

const pdf = Buffer.from('%PDF-1.7\n% a letter of the demo clinic\n');
const documents = async (): Promise<ChartTabs['documents']['entries']> =>
  (await succeeded<ChartTabs['documents']>(emr.get(`/api/patients/${patientId}/chart/documents`))).entries;

/** A patient with an address and a birth date, in whose chart the EMR's user may file at the pair of the booking. */
async function findBooking(today: string): Promise<void> {
  for (let days = 1; days < 12; days += 1) {
    day = addDays(today, days);
    const page = await succeeded<PatientsPage>(portal.get(`/api/patients?date=${day}&office=${officeId}&limit=500`));
    for (const one of page.bookings) {
      if (one.patient?.birthDate == null || one.start < '09:00') continue;
      patientId = one.patient.patientId;
      const chart = await emr.get(`/api/patients/${patientId}/chart`);
      if (!chart.ok()) continue;
      const { patient, documents: tab } = (await chart.json()) as Chart;
      const mayFile = tab.mayAddAt.some((at) => at.officeId === one.officeId && at.providerId === one.providerId);
      if (!mayFile || !('email' in patient) || patient.email === null || patient.language !== 'en') continue;
      booking = one;
      pair = { officeId: one.officeId, providerId: one.providerId };
      const upload = await succeeded<{ uploadId: string }>(
        emr.post(`/api/uploads?officeId=${pair.officeId}&providerId=${pair.providerId}`, {
          data: pdf,
          headers: { 'content-type': 'application/pdf' },
        }),
      );
      const document = { ...pair, uploadId: upload.uploadId, folder: 'Letters', title: 'Letter of the specialist' };
      const filed = await succeeded<{ documentId: string }>(
        emr.post(`/api/patients/${patientId}/documents`, { data: document }),
      );
      documentId = filed.documentId;
      return;
    }
  }
  throw new Error('the clinic has no booking for this journey');
}
const saveForOcean = () =>
  succeeded(
    emr.post(`/api/patients/${patientId}/save-for-ocean`, { data: { documentIds: [documentId], reportIds: [] } }),
  );
const patientsPage = () => `${url}/?date=${day}&office=${officeId}&provider=${pair.providerId}`;
/** Only what is near the window is in the document, so its schedule alone is listed. */
const row = (page: Page) =>
  page.locator('.day-row', { hasText: booking.patient!.display }).filter({ hasText: booking.start });
async function compose(page: Page, item: Parameters<typeof says>[1], language: 'en' | 'fr' = 'en'): Promise<void> {
  await page.goto(patientsPage());
  await row(page).locator('.booking-actions button').first().click();
  await page.getByRole('menuitem', { name: says(language, item) }).click();
  await page.getByRole('dialog').waitFor();
}
async function linkInMailbox(page: Page): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.goto(mailbox.url);
        return page.locator('pre a[href*="/m/"]').count();
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0);
}
async function giveBirthDate(page: Page, language: Language = 'en'): Promise<void> {
  const [year, month, date] = booking.patient!.birthDate!.split('-') as [string, string, string];
  await page.getByLabel(says(language, 'link.day')).fill(date);
  await page.getByLabel(says(language, 'link.month')).selectOption(month);
  await page.getByLabel(says(language, 'link.year')).fill(year);
  await page.getByRole('button', { name: says(language, 'link.continue') }).click();
}
/** A page as it stands, at both widths. */
async function looked(page: Page, name: string, language: Language = 'en'): Promise<void> {
  for (const width of [1280, 400]) {
    await page.setViewportSize({ width, height: 900 });
    await lookOnce(page, { room: 'screens', name, language, width });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

describe('a message to a patient', () => {
  it('takes along what was picked in the EMR; the patient replies with a file, and all of it is in the chart', async () => {
    await grant(emr, ({ offices }) =>
      offices.flatMap(({ officeId: at, rows }) =>
        rows.map(({ providerId }) => ({ officeId: at, providerId, columns: allColumns })),
      ),
    );
    await sync(connect, 'full');
    const offices = await succeeded<MyOffice[]>(emr.get('/api/offices'));
    const { today } = offices.find((office) => office.officeId === officeId)!;
    await findBooking(today);
    await saveForOcean();
    const page = await browser.newPage({ locale: 'en-CA', viewport: { width: 1280, height: 900 } });
    await signInAt(page, url, jo);
    await compose(page, 'messages.act.message');
    await page.getByLabel('Subject').fill('The letter of the specialist');
    await page.getByRole('textbox', { name: 'Message' }).fill('Please read the letter.\nBring it along.');
    await page.getByRole('button', { name: says('en', 'messages.attach.saved') }).click();
    await page.getByText('Letter of the specialist').waitFor();
    await looked(page, 'portal-message-compose');
    await page.getByRole('button', { name: says('en', 'messages.send') }).click();
    await page.getByText(says('en', 'messages.sent.done')).waitFor();

    // No script is needed from here on.
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-CA' });
    const phone = await context.newPage();
    await linkInMailbox(phone);
    expect(await phone.locator('article').first().textContent()).not.toMatch(/letter|specialist/i);
    const link = (await phone.locator('pre a[href*="/m/"]').first().getAttribute('href'))!;
    await phone.goto(link);
    await giveBirthDate(phone);
    await phone.getByText('Please read the letter.').waitFor();
    const open = phone.getByRole('button', { name: /Open Letter of the specialist/ });
    const [download] = await Promise.all([phone.waitForEvent('download'), open.click()]);
    expect(download.suggestedFilename()).toBe('Letter of the specialist.pdf');
    await phone.getByLabel(says('en', 'messages.page.reply')).fill('I have read it. Here is my insurance card.');
    await phone.locator('input[type=file]').setInputFiles({ name: 'card.png', mimeType: 'image/png', buffer: png });
    await phone.getByRole('button', { name: says('en', 'messages.page.send') }).click();
    await phone.getByText(says('en', 'messages.page.sent')).waitFor();
    await context.close();
    // What judges a page needs script, though the page does not.
    for (const language of languages) {
      const judged = await browser.newPage({ locale: localeOf[language] });
      await judged.goto(`${link}?lang=${language}`);
      await looked(judged, 'message-identify', language);
      await giveBirthDate(judged, language);
      await judged.getByText('I have read it.').waitFor();
      await looked(judged, 'message-thread', language);
      await judged.close();
    }

    await page.goto(`${url}/messages`);
    await page.locator('.thread-row.unread').waitFor();
    await looked(page, 'portal-messages');
    await page.getByRole('link', { name: 'The letter of the specialist' }).click();
    await page.getByText('I have read it.').waitFor();
    const titles = async () => (await documents()).map(({ title }) => title).filter((one) => /message|card/i.test(one));
    await expect.poll(async () => (await titles()).length, { timeout: 30_000 }).toBe(3);
    expect((await titles()).sort()).toEqual([
      'Message from patient: The letter of the specialist',
      'Message to patient: The letter of the specialist',
      'card.png',
    ]);
    await expect.poll(() => page.getByText(says('en', 'messages.filed.filed')).count(), { timeout: 20_000 }).toBe(2);
    await looked(page, 'portal-thread');
    await expect
      .poll(async () => (await succeeded<Threads>(portal.get('/api/threads'))).unread, { timeout: 10_000 })
      .toBe(0);
    // Handed over once.
    await compose(page, 'messages.act.message');
    await page.getByRole('button', { name: says('en', 'messages.attach.saved') }).click();
    await page.getByText(says('en', 'messages.saved.gone')).waitFor();
    await page.close();
  }, 180_000);

  it('says which cell lacks where nothing can be fetched; its filing waits for that cell and goes by itself', async () => {
    await grant(emr, () => [{ ...pair, columns: allColumns & ~columnSet('EMR') }]);
    await saveForOcean();
    const page = await browser.newPage({ locale: 'en-CA', viewport: { width: 1280, height: 900 } });
    await signInAt(page, url, jo);
    await compose(page, 'messages.act.message');
    await page.getByLabel('Subject').fill('While EMR lacks');
    await page.getByRole('textbox', { name: 'Message' }).fill('No letter this time.');
    await page.getByRole('button', { name: says('en', 'messages.attach.saved') }).click();
    await page.getByText(says('en', 'messages.saved.lacking')).waitFor();
    await page.getByText(/Cloud Connect lacks EMR for /).waitFor();
    await looked(page, 'portal-message-lacking');
    await page.getByRole('button', { name: says('en', 'messages.send') }).click();
    await page.getByRole('link', { name: says('en', 'messages.open') }).click();
    await page.getByText(says('en', 'messages.filed.parked', { columns: 'EMR' })).waitFor({ timeout: 30_000 });
    const { threads } = await succeeded<Threads>(portal.get(`/api/threads?booking=${booking.bookingId}`));
    const { threadId } = threads.find(({ subject }) => subject === 'While EMR lacks')!;
    const titles = async () => (await documents()).filter(({ title }) => title.endsWith('While EMR lacks'));
    expect(await titles()).toHaveLength(0);
    await grant(emr, () => [{ ...pair, columns: allColumns }]);
    await sync(connect, 'recent');
    await page.getByText(says('en', 'messages.filed.filed')).waitFor({ timeout: 30_000 });
    expect(await titles()).toHaveLength(1);
    expect((await succeeded<Thread>(portal.get(`/api/threads/${threadId}`))).thread).toMatchObject([
      { filed: 'filed' },
    ]);
    // What waited in the EMR can be fetched now.
    await compose(page, 'messages.act.message');
    await page.getByRole('button', { name: says('en', 'messages.attach.saved') }).click();
    await page.getByText('Letter of the specialist').waitFor();
    await page.close();
  }, 180_000);

  it('refers the patient to another provider, who gives the code that the staff were told', async () => {
    const page = await browser.newPage({ locale: 'en-CA', viewport: { width: 1280, height: 900 } });
    await signInAt(page, url, jo);
    await compose(page, 'messages.act.referral');
    await page.getByLabel(says('en', 'messages.field.name')).fill('Dr. Otto Elsewhere');
    await page.getByLabel(says('en', 'messages.field.email')).fill('otto@elsewhere.example');
    await page.getByLabel('Subject').fill('Please see this patient');
    await page.getByRole('textbox', { name: 'Message' }).fill('Thank you for seeing him.');
    await page.getByRole('button', { name: says('en', 'messages.send') }).click();
    const told = (await page.locator('.access-code').textContent())!;
    await looked(page, 'portal-referral-sent');
    await expect
      .poll(
        async () => {
          await page.goto(mailbox.url);
          return page.locator('article', { hasText: 'otto@elsewhere.example' }).count();
        },
        { timeout: 30_000 },
      )
      .toBe(1);
    const mail = page.locator('article', { hasText: 'otto@elsewhere.example' });
    const code = /\d{4} \d{4}/.exec(told)![0];
    expect((await mail.textContent())!.replaceAll(' ', '')).not.toContain(code.replace(' ', ''));
    const link = (await mail.locator('a[href*="/m/"]').getAttribute('href'))!;
    const french = await browser.newPage({ locale: localeOf.fr });
    await french.goto(`${link}?lang=fr`);
    await looked(french, 'referral-code', 'fr');
    await french.close();
    await page.goto(link);
    await looked(page, 'referral-code');
    await page.locator('input[name=code]').fill(code);
    await page.getByRole('button', { name: says('en', 'link.continue') }).click();
    await page.getByText('Thank you for seeing him.').waitFor();
    await page.close();
  }, 120_000);

  it('has no serious accessibility fault and nothing that scrolls sideways, in either language', async () => {
    const { threads } = await succeeded<Threads>(portal.get('/api/threads'));
    const { threadId } = threads.find(({ subject }) => subject === 'The letter of the specialist')!;
    let count = 0;
    const user = jo;
    count += await lookAt(browser, {
      name: 'messages',
      user,
      url: `${url}/messages`,
      reach: (page) => page.locator('.thread-row').first().waitFor(),
    });
    count += await lookAt(browser, {
      name: 'thread',
      user,
      url: `${url}/messages/${threadId}`,
      reach: (page) => page.locator('.message').first().waitFor(),
    });
    count += await lookAt(browser, {
      name: 'compose',
      user,
      url: patientsPage(),
      reach: (page, language) => compose(page, 'messages.act.referral', language),
    });
    expect(count).toBe(12);
  }, 120_000);
});

/** One grey pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);
