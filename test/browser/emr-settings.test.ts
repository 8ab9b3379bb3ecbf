// What the clinic sets for its scheduler, and where it shows.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type EmrInBrowser, nextWorkday, openEmr } from './emr-pages.ts';

// Browsers and a whole installation on a busy machine take their time; how long is not what is tested.
vi.setConfig({ testTimeout: 240_000 });

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 180_000);
afterAll(() => emr?.close());

const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();
const saved = (page: Page) => page.getByText('Saved.', { exact: true }).waitFor();

it('open hours are set by an administrator, copied over the week, and shade the day outside of them', async () => {
  const page = await emr.signedIn('ada');
  await page.getByRole('link', { name: 'Scheduler settings' }).click();
  const choose = async (label: string, option: string) => {
    await page.getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: option }).click();
  };
  await choose('Office', 'Lantern Hill');
  await choose('Provider', 'Dr. Otto Marmalade');
  await page.getByRole('button', { name: 'Monday: add hours' }).click();
  await page.getByLabel('Monday, hours 1: from').fill('09:00');
  await page.getByLabel('Monday, hours 1: until').fill('12:00');
  await page.getByRole('button', { name: 'Monday: add hours' }).click();
  await page.getByLabel('Monday, hours 2: from').fill('11:00');
  await page.getByText('Not saved yet.').waitFor();
  await save(page);
  await page
    .getByRole('alert')
    .getByText(/overlap/)
    .waitFor();
  await page.getByLabel('Monday, hours 2: from').fill('13:00');
  await page.getByLabel('Monday, hours 2: until').fill('00:00');
  await page.getByRole('button', { name: 'Tuesday to Friday as on Monday' }).click();
  expect(await page.getByLabel('Friday, hours 2: from').inputValue()).toBe('13:00');
  await save(page);
  await saved(page);
  await page.reload();
  await choose('Office', 'Lantern Hill');
  await choose('Provider', 'Dr. Otto Marmalade');
  expect(await page.getByLabel('Wednesday, hours 1: until').inputValue()).toBe('12:00');
  await page.goto(`${emr.url}/?office=lantern-hill&date=2027-03-01&view=week&provider=marmalade`);
  const day = (name: string) => page.getByRole('region', { name, exact: true });
  await day('Mon 1 Mar').getByText('Not in').first().waitFor();
  expect(await day('Mon 1 Mar').locator('.closed').allTextContents()).toEqual([
    expect.stringContaining('08:00–09:00'),
    expect.stringContaining('12:00–13:00'),
  ]);
  expect(await day('Sun 7 Mar').locator('.closed').count()).toBe(1);
});

it('types are offered when booking, statuses on a booking; what is taken away is gone from there', async () => {
  const page = await emr.signedIn('ada');
  await page.goto(`${emr.url}/scheduler-settings`);
  await page.getByRole('tab', { name: 'Types' }).click();
  for (const [n, word] of [
    [1, 'Suivi prénatal'],
    [2, 'Vaccine'],
  ] as const) {
    await page.getByRole('button', { name: 'Add a word' }).click();
    await page.getByLabel(`Word ${n}`, { exact: true }).fill(word);
  }
  await page.getByRole('button', { name: 'Move Vaccine up' }).click();
  await save(page);
  await saved(page);
  await page.getByRole('tab', { name: 'Statuses' }).click();
  await page.getByRole('button', { name: 'Add a word' }).click();
  await page.getByLabel('Word 1', { exact: true }).fill('In the lab');
  expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
  await page.getByRole('combobox', { name: 'Word 1 means' }).click();
  await page.getByRole('option', { name: 'Checked in' }).click();
  await save(page);
  await saved(page);

  await page.goto(`${emr.url}/?office=lantern-hill&date=${nextWorkday()}`);
  await page.getByRole('button', { name: 'Book', exact: true }).click();
  const type = page.getByRole('dialog').getByLabel('Type');
  await type.click();
  expect(await page.getByRole('option').allTextContents()).toEqual(['Vaccine', 'Suivi prénatal']);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.locator('.block[data-status=booked]').first().click();
  await page.getByRole('button', { name: 'Mark as' }).click();
  await page.getByRole('menuitem', { name: 'In the lab' }).click();
  const panel = page.getByRole('complementary').filter({ hasText: 'Reason' });
  await panel.getByText('In the lab', { exact: true }).waitFor();
  await panel.getByText('Checked in', { exact: true }).waitFor();
});

it('what somebody else saved meanwhile is shown beside what was typed, and the person says which of them stays', async () => {
  const pages = [await emr.signedIn('ada'), await emr.signedIn('ada')];
  const [first, second] = pages as [Page, Page];
  for (const page of pages) {
    await page.goto(`${emr.url}/scheduler-settings`);
    await page.getByRole('tab', { name: 'Types' }).click();
    await page.getByLabel('Word 1', { exact: true }).waitFor();
  }
  const word = (page: Page) => page.getByLabel('Word 1', { exact: true });
  await word(second).fill('Second');
  await word(first).fill('First');
  await save(first);
  await saved(first);
  await save(second);
  const alert = second.getByRole('alert');
  await alert.getByText('Somebody saved before you. Nothing of yours is lost.').waitFor();
  await alert.getByText('First', { exact: true }).waitFor();
  expect(await word(second).inputValue()).toBe('Second');
  expect(await second.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
  await second.getByRole('button', { name: 'Save mine in its place' }).click();
  await saved(second);
  await word(first).fill('Third');
  await save(first);
  await first.getByRole('button', { name: 'Keep what is saved, drop mine' }).click();
  await expect.poll(() => word(first).inputValue()).toBe('Second');
  expect(await alert.count()).toBe(0);

  for (const page of pages) {
    await page.getByRole('tab', { name: 'Open hours' }).click();
    await page.getByRole('button', { name: 'Saturday: add hours' }).click();
  }
  await save(first);
  await saved(first);
  await save(second);
  await alert.getByText(/Saturday 08:00–16:00, 15 min/).waitFor();
  await second.getByRole('button', { name: 'Save mine in its place' }).click();
  await saved(second);
});

it('is for administrators: nobody else has the page, and the address names whom to ask', async () => {
  const page = await emr.signedIn('robin');
  expect(await page.getByRole('link', { name: 'Scheduler settings' }).count()).toBe(0);
  await page.goto(`${emr.url}/scheduler-settings`);
  await page.getByText(/for EMR administrators/).waitFor();
});
