// Copying in the matrix, the history of a cell, and what expires: in a real browser; and how they look.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addDays, todayIn } from '../../src/platform/zones.ts';
import { launchChromium } from './chromium.ts';
import { type EmrInBrowser, openEmr, openPermissions } from './emr-pages.ts';
import { lookAt, type Scene, says } from './screens.ts';

// A browser and a whole installation on a busy machine take their time; how long is not what is tested.
vi.setConfig({ testTimeout: 240_000 });

let emr: EmrInBrowser;
let browser: Browser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
  browser = await launchChromium();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await emr?.close();
});

const [square, hill] = ['Marigold Square', 'Lantern Hill'];
const cell = (page: Page, column: string, provider: string, office: string) =>
  page.getByRole('checkbox', { name: `${column}, ${provider}, ${office}: ` });
const pending = (page: Page) => page.getByRole('complementary', { name: /pending change/ });
const save = async (page: Page) => {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
};
const pick = async (page: Page, label: string, option: string) => {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

describe('copying', () => {
  it('from another user lists every change before Save, and nothing is saved by it', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /User B/);
    await page.getByRole('button', { name: 'Copy from …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Copy to User B from …' });
    await dialog.getByText('Another user').click();
    await pick(page, 'Copy from this user', 'User A (user-a)');
    // User A holds Marigold Square but for Dr. Fabricado, whom alone User B holds.
    await dialog.getByText('5 rows would change.').waitFor();
    await dialog.getByRole('button', { name: 'Add to the pending changes' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await pending(page).textContent()).toMatch(/30 pending changes.*User B can no longer read/);
    expect(await cell(page, 'Labs', 'Dr. Wren Fabricado', square).getAttribute('aria-checked')).toBe('false');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.reload();
    await page.getByRole('grid').waitFor();
    expect(await cell(page, 'Labs', 'Dr. Wren Fabricado', square).getAttribute('aria-checked')).toBe('true');
  });

  it('from another provider takes what is on the screen to the schedules chosen', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /User B/);
    await cell(page, 'Billing', 'Dr. Wren Fabricado', square).click();
    await page.getByRole('button', { name: 'Copy from …' }).click();
    await pick(page, 'Copy from this schedule', `Dr. Wren Fabricado · ${square}`);
    await pick(page, 'to these schedules', `Hazel Notreally · ${square}`);
    await page.getByText('1 row would change.').waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Add to the pending changes' }).click();
    expect(await pending(page).textContent()).toContain('6 pending changes');
    await save(page);
    expect(await cell(page, 'Labs', 'Hazel Notreally', square).getAttribute('aria-checked')).toBe('true');
    expect(await cell(page, 'Billing', 'Hazel Notreally', square).getAttribute('aria-checked')).toBe('false');
  });
});

describe('the history of a cell', () => {
  it('is reached by a key from the cell, says who, when and from what to what, and gives the focus back', async () => {
    const page = await emr.signedIn('blair');
    await openPermissions(page, /User A/);
    const labs = cell(page, 'Labs', 'Hazel Notreally', square);
    await labs.click();
    await page.getByRole('textbox', { name: /^Reason/ }).fill('asked by the laboratory');
    await save(page);
    await labs.focus();
    await page.keyboard.press('h');
    const dialog = page.getByRole('dialog', { name: `History: Labs · Hazel Notreally · ${square}` });
    await dialog.getByText('asked by the laboratory').waitFor();
    expect(await dialog.textContent()).toMatch(
      /Blair Makeshift.*Labs held → not held.*Ada Placeholder.*Labs not held → held/,
    );
    expect(await dialog.textContent()).not.toContain('Billing');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expect
      .poll(() => page.evaluate("document.activeElement.getAttribute('aria-label')"))
      .toMatch(/^Labs, Hazel Notreally/);
    await page.getByRole('button', { name: 'History', exact: true }).click();
    await dialog.waitFor();
  });
});

describe('what expires in thirty days', () => {
  it('is a filter of the matrix, and a page that leads to the date', async () => {
    const page = await emr.signedIn('ada');
    const zone = 'America/Vancouver';
    const soon = addDays(todayIn(zone, { now: () => new Date() }), 30);
    await openPermissions(page, /robin/);
    await page.getByRole('button', { name: `Access Until, Dr. Sol Pretendwell, ${hill}: no end date` }).press('Enter');
    await page.getByLabel(`Access Until, Dr. Sol Pretendwell, ${hill}`, { exact: true }).fill(soon);
    await save(page);
    await page.getByText(/^Ends in 30 days 1$/).click();
    await expect.poll(() => page.locator('tr[data-row*="/"]').count()).toBe(1);
    await page.getByRole('link', { name: /Expiring access/ }).click();
    await page.getByRole('link', { name: `Set a new date: Robin Standin, Dr. Sol Pretendwell, ${hill}` }).click();
    await page.getByRole('grid').waitFor();
    await expect
      .poll(() => page.evaluate("document.activeElement.getAttribute('aria-label')"))
      .toBe(`Access Until, Dr. Sol Pretendwell, ${hill}`);
  });
});

describe('how it looks', () => {
  const openOcean: Scene['reach'] = async (page) => {
    await page.locator('input[role="combobox"]').first().click();
    await page.getByRole('option', { name: /OceanAPI1042/ }).click();
    await page.getByRole('grid').waitFor();
  };
  const openCopy: Scene['reach'] = async (page, language) => {
    await openOcean(page, language);
    await page.getByRole('button', { name: says(language, 'security.copy') }).click();
    await page.getByRole('dialog').getByRole('combobox').first().waitFor();
  };
  const scenes: readonly Scene[] = [
    { name: 'emr-matrix', url: '/security', reach: openOcean },
    { name: 'emr-copy-schedule', url: '/security', reach: openCopy },
    {
      name: 'emr-copy-user',
      url: '/security',
      reach: async (page, language) => {
        await openCopy(page, language);
        await page.getByRole('dialog').getByText(says(language, 'security.copy.user')).click();
        await page.getByRole('dialog').getByRole('combobox').click();
        await page.getByRole('option', { name: /ada/ }).click();
        await page.getByRole('dialog').locator('button[data-variant="filled"]:enabled').waitFor();
      },
    },
    {
      name: 'emr-cell-history',
      url: '/security',
      reach: async (page, language) => {
        await openOcean(page, language);
        await page.locator('tr[data-row="lantern-hill/marmalade"] [data-col="Labs"] button').focus();
        await page.keyboard.press('h');
        await page.getByRole('dialog').getByText('Ada Placeholder').first().waitFor();
      },
    },
    {
      name: 'emr-expiring',
      url: '/security/expiring',
      reach: (page) => page.getByText('Robin Standin').first().waitFor(),
    },
  ];
  it.each(scenes)('$name', async (scene) => {
    expect(await lookAt(browser, { ...scene, url: `${emr.url}${scene.url}`, user: 'ada' })).toBe(4);
  });
});
