// The scheduler beyond the day: a week by provider and by office, moving and copying in three ways, what a booking becomes, and the weeks in
// which clocks change.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatDate } from '../../src/language/dates.ts';
import { createPool, inTransaction } from '../../src/platform/database/db.ts';
import { addDays, weekdayOf } from '../../src/platform/zones.ts';
import { type EmrInBrowser, nextWorkday, openEmr } from './emr-pages.ts';

// Browsers and a whole installation on a busy machine take their time; how long is not what is tested.
vi.setConfig({ testTimeout: 180_000 });

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 180_000);
afterAll(() => emr?.close());

/** A Sunday without bookings, some months on. */
const sunday = '2027-03-07';
const at = (query: string) => `${emr.url}/?office=lantern-hill&${query}`;
const column = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const marmalade = 'Dr. Otto Marmalade';
const wobbleton = 'Dr. Fern Wobbleton';

/** Books the first patient of that name in the gap of an empty column. */
async function book(page: Page, provider: string, time: string, patient: string): Promise<Locator> {
  await column(page, provider)
    .getByRole('button', { name: /^Nothing booked/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog', { name: /^Book:/ });
  await dialog.getByRole('combobox', { name: 'Patient' }).fill(patient);
  await page.getByRole('option').first().click();
  await dialog.getByLabel('Time').fill(time);
  await dialog.getByRole('button', { name: 'Book', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  const block = column(page, provider).locator('.block').filter({ hasText: time });
  await block.waitFor();
  return block;
}
const idOf = async (block: Locator) => (await block.getAttribute('data-booking'))!;

describe('moving and copying', () => {
  it('by a dialog keeps the id, doubles only on purpose, and says what a confirmation is worth then', async () => {
    const page = await emr.signedIn('robin');
    await page.goto(at(`date=${sunday}`));
    const block = await book(page, marmalade, '08:30', 'Ma');
    await book(page, wobbleton, '10:00', 'Be');
    const id = await idOf(block);
    await block.click();
    const panel = page.getByRole('complementary').filter({ hasText: 'Reason' });
    await panel.getByRole('button', { name: 'Mark as' }).click();
    await page.getByRole('menuitem', { name: 'Confirmed' }).click();
    await panel.getByText('Confirmed', { exact: true }).waitFor();
    await panel.getByRole('button', { name: 'Move …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Move the booking' });
    const act = dialog.getByRole('button', { name: 'Move', exact: true });
    expect(await act.isDisabled()).toBe(true);
    await dialog.getByRole('combobox', { name: 'Provider' }).click();
    await page.getByRole('option', { name: wobbleton }).click();
    await dialog.getByText(/The confirmation does not go with the booking/).waitFor();
    await dialog.getByLabel('Time').fill('10:05');
    await act.click();
    await dialog.getByText(/This time is taken by 1 booking/).waitFor();
    await dialog.getByRole('button', { name: 'Move anyway' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const moved = column(page, wobbleton).locator(`[data-booking="${id}"]`);
    await moved.waitFor();
    expect(await moved.textContent()).toMatch(/10:05.*Booked/);
    expect(await column(page, marmalade).locator('.block').count()).toBe(0);
  });

  it('by the keyboard picks up with Ctrl+X or Ctrl+C, walks to a gap, and puts down with Enter; Escape puts it back', async () => {
    const page = await emr.signedIn('robin');
    const { keyboard } = page;
    await page.goto(at('date=2027-03-14'));
    const block = await book(page, marmalade, '08:00', 'Ma');
    const id = await idOf(block);
    await block.focus();
    await keyboard.press('Control+x');
    await page.getByText(/^Moving .*Choose a time/).waitFor();
    await keyboard.press('Escape');
    await expect.poll(() => page.getByText(/^Moving /).count()).toBe(0);
    await block.focus();
    await keyboard.press('Control+x');
    // Under it lies the gap after it; over to the column on the right, and down to nothing else than its one gap.
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    const move = page.getByRole('dialog', { name: 'Move the booking' });
    expect(await move.getByLabel('Time').inputValue()).toBe('08:15');
    await move.getByLabel('Time').fill('09:30');
    await keyboard.press('Enter');
    await move.waitFor({ state: 'hidden' });
    const moved = page.locator(`[data-booking="${id}"]`);
    await expect.poll(() => moved.textContent()).toMatch(/09:30/);
    expect(await page.getByText(/^Moving /).count()).toBe(0);

    await moved.focus();
    await keyboard.press('Control+c');
    await page.getByText(/^Copying /).waitFor();
    // What is carried goes along to another day.
    await page.getByRole('button', { name: 'Next day' }).click();
    await column(page, wobbleton)
      .getByRole('button', { name: /^Nothing booked/ })
      .first()
      .focus();
    await keyboard.press('Enter');
    const copy = page.getByRole('dialog', { name: 'Copy the booking' });
    expect(await copy.getByLabel('Date').inputValue()).toBe('2027-03-15');
    expect(await copy.getByRole('combobox', { name: 'Provider' }).inputValue()).toBe(wobbleton);
    await copy.getByRole('button', { name: 'Make the copy' }).click();
    await copy.waitFor({ state: 'hidden' });
    const made = column(page, wobbleton).locator('.block').first();
    await made.waitFor();
    expect(await idOf(made)).not.toBe(id);
  });

  it('by dragging drops a block where it is let go, asks before it does anything, and copies with Ctrl', async () => {
    const page = await emr.signedIn('robin');
    await page.goto(at('date=2027-03-21'));
    const block = await book(page, marmalade, '08:00', 'Ma');
    const id = await idOf(block);
    const target = column(page, wobbleton).locator('.schedule-body');
    // 1.6 pixels are a minute: let go 2 hours below the beginning of the day, where the block was taken at its middle.
    const box = (await block.boundingBox())!;
    const drop = { x: 60, y: 120 * 1.6 + box.height / 2 };
    await block.dragTo(target, { targetPosition: drop });
    const move = page.getByRole('dialog', { name: 'Move the booking' });
    expect([
      await move.getByLabel('Time').inputValue(),
      await move.getByRole('combobox', { name: 'Provider' }).inputValue(),
    ]).toEqual(['10:00', wobbleton]);
    await move.getByRole('button', { name: 'Cancel' }).click();
    expect(await column(page, marmalade).locator(`[data-booking="${id}"]`).count()).toBe(1);
    await block.dragTo(target, { targetPosition: drop });
    await move.getByRole('button', { name: 'Move', exact: true }).click();
    await move.waitFor({ state: 'hidden' });
    const moved = column(page, wobbleton).locator(`[data-booking="${id}"]`);
    await expect.poll(() => moved.textContent()).toMatch(/10:00/);
  });
});

describe('what a booking becomes', () => {
  it('is arrived with one press, or a status of the clinic’s own; another’s change is said instead of overwritten', async () => {
    const ada = await emr.signedIn('ada');
    const words = `${emr.url}/api/appointment-statuses`;
    const { version } = (await (await ada.request.get(words)).json()) as { version: string };
    const kept = await ada.request.put(words, {
      headers: { origin: emr.url, 'if-match': `"${version}"` },
      data: { statuses: [{ code: 'room-2', display: 'Room 2', means: 'checked-in' }] },
    });
    expect(kept.status()).toBe(200);
    const [page, other] = [await emr.signedIn('robin'), await emr.signedIn('robin')];
    await page.goto(at('date=2027-03-28'));
    const block = await book(page, marmalade, '08:00', 'Ma');
    const id = await idOf(block);
    await block.click();
    // The other page has seen it as booked, and looks at nothing new meanwhile.
    await other.goto(at('date=2027-03-28'));
    await other.locator(`[data-booking="${id}"]`).click();
    await other.route('**/api/scheduler/**', (route) => route.abort());
    await page.getByRole('button', { name: 'Mark arrived' }).click();
    await expect.poll(() => block.textContent()).toMatch(/Arrived/);
    await page.getByRole('button', { name: 'Mark as' }).click();
    await page.getByRole('menuitem', { name: 'Room 2' }).click();
    await expect.poll(() => block.textContent()).toMatch(/Room 2/);
    await other.getByRole('button', { name: 'Mark arrived' }).click();
    await other
      .getByRole('alert')
      .getByText(/Somebody saved this before you/)
      .waitFor();
    await expect.poll(() => block.textContent()).toMatch(/Room 2/);
  });
});

describe('the week', () => {
  it('of an office is in figures that lead to a provider’s week and to a day', async () => {
    const page = await emr.signedIn('robin');
    const date = nextWorkday();
    const monday = addDays(date, 1 - weekdayOf(date));
    const dayOf = (n: number) => formatDate('en', addDays(monday, n)).replace(/ \d{4}$/, '');
    await page.goto(at(`date=${date}`));
    await page.getByText('Week', { exact: true }).click();
    const table = page.getByRole('table', { name: 'The week in Lantern Hill' });
    await table.waitFor();
    // Whom Robin may not see is not counted either.
    expect(await table.getByText('Dr. Juniper Quill').count()).toBe(0);
    const row = table.getByRole('row', { name: new RegExp(wobbleton) });
    const counted = await row.getByRole('cell').allTextContents();
    await row.getByRole('button', { name: wobbleton }).click();
    const week = page.getByRole('group', { name: `The week of ${wobbleton}` });
    await week.waitFor();
    const days = Array.from({ length: 7 }, (_, n) => dayOf(n));
    const taking = '.block:not([data-status=cancelled]):not([data-status=noshow])';
    const seen = await Promise.all(days.map((day) => column(page, day).locator(taking).count()));
    expect(seen.map(String)).toEqual(counted);
    expect(seen.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'The week after' }).click();
    await column(page, dayOf(7)).waitFor();
    await page.getByText('Day', { exact: true }).click();
    await page.getByRole('group', { name: 'The day by provider' }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain(
      formatDate('en', addDays(date, 7), 'long'),
    );
  });

  it('of a change of the clocks shows every booking at the time of the wall, twice where the wall shows it twice', async () => {
    // North Quay goes by Toronto here, where clocks went back on 1 November 2026; at Lantern Hill in Vancouver they did not.
    const pool = createPool(emr.installation.roles.emrImport, { max: 1, applicationName: 'test' });
    await inTransaction(
      pool,
      async (tx) => {
        await tx.query(
          `update office set zone = 'America/Toronto' where tenant_id = 1042 and office_id = 'north-quay'`,
        );
        await tx.query(
          `insert into appointment (tenant_id, appointment_id, office_id, provider_id, status, type_text, start_at, end_at)
           values (1042, 'night-1', 'north-quay', 'sansnom', 'booked', 'Night', '2026-11-01T05:30Z', '2026-11-01T05:45Z'),
                  (1042, 'night-2', 'north-quay', 'sansnom', 'booked', 'Night', '2026-11-01T06:30Z', '2026-11-01T06:45Z'),
                  (1042, 'noon', 'north-quay', 'sansnom', 'booked', 'Noon', '2026-11-01T17:00Z', '2026-11-01T17:15Z'),
                  (1042, 'monday', 'north-quay', 'sansnom', 'booked', 'Morning', '2026-11-02T14:00Z', '2026-11-02T14:15Z'),
                  (1042, 'night-3', 'north-quay', 'sansnom', 'booked', 'Night', '2026-03-08T06:30Z', '2026-03-08T06:45Z'),
                  (1042, 'night-4', 'north-quay', 'sansnom', 'booked', 'Night', '2026-03-08T07:15Z', '2026-03-08T07:30Z'),
                  (1042, 'west', 'lantern-hill', 'marmalade', 'booked', 'West', '2026-11-02T06:30Z', '2026-11-02T06:45Z')`,
        );
      },
      { settings: { 'tidegate.tenant_id': '1042' } },
    );
    await pool.end();
    const page = await emr.signedIn('ada');
    const block = (id: string) => page.locator(`[data-booking="${id}"]`);
    const topOf = async (id: string) => (await block(id).boundingBox())!.y;
    await page.goto(`${emr.url}/?office=north-quay&date=2026-11-01&view=week&provider=sansnom`);
    await block('night-2').waitFor();
    await column(page, 'Sun 1 Nov').getByText('The clocks go from 02:00 to 01:00.').waitFor();
    expect(await block('night-1').textContent()).toMatch(/01:30/);
    expect(await block('night-1').textContent()).not.toContain('second time');
    expect(await block('night-2').textContent()).toMatch(/01:30.*second time/);
    expect(await topOf('night-1')).toBe(await topOf('night-2'));
    expect(await block('noon').textContent()).toMatch(/12:00/);
    await page.getByRole('button', { name: 'The week after' }).click();
    await block('monday').waitFor();
    expect(await block('monday').textContent()).toMatch(/09:00/);

    await page.goto(`${emr.url}/?office=north-quay&date=2026-03-08&view=week&provider=sansnom`);
    await block('night-4').waitFor();
    await column(page, 'Sun 8 Mar').getByText('No such time').waitFor();
    expect(await block('night-3').textContent()).toMatch(/01:30/);
    expect(await block('night-4').textContent()).toMatch(/03:15/);
    expect((await topOf('night-4')) - (await topOf('night-3'))).toBeCloseTo(105 * 1.6, 0);

    await page.goto(`${emr.url}/?office=lantern-hill&date=2026-11-01&view=week&provider=marmalade`);
    await block('west').waitFor();
    expect(await page.getByText(/The clocks go/).count()).toBe(0);
    expect(await column(page, 'Sun 1 Nov').locator('.block').textContent()).toMatch(/23:30/);
  });
});
