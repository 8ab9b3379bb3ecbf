// The published procedure without a pointer: what a person with a keyboard alone can do, from the sign-in to the Patients page.
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import { demoCode, hasSecondFactor } from '../demo-second-factor.ts';
import {
  columns,
  type DemoWalk,
  emrBookings,
  followFullSync,
  idsOf,
  portalBookings,
  startDemoWalk,
} from './demo-walk.ts';

let walk: DemoWalk;
beforeAll(async () => {
  walk = await startDemoWalk('walk-keyboard');
  // Survives a reload of its page, and is read at the end: not one pointer may have come down.
  await walk.context.addInitScript(`
    const pointers = () => Number(sessionStorage.getItem('pointers') ?? 0);
    sessionStorage.setItem('pointers', String(pointers()));
    for (const kind of ['pointerdown', 'mousedown'])
      addEventListener(kind, () => sessionStorage.setItem('pointers', String(pointers() + 1)), true);
  `);
}, 120_000);
afterAll(() => walk?.close());

const hasFocus = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element === element.ownerDocument.activeElement);

/** A key, as often as a person would have to. Throws when the control cannot be reached by it. */
async function pressUntil(page: Page, locator: Locator, key: string): Promise<void> {
  await locator.waitFor();
  for (let presses = 0; presses < 100; presses += 1) {
    if (await hasFocus(locator)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`no way by ${key} to ${locator}`);
}
const tabTo = (page: Page, locator: Locator): Promise<void> => pressUntil(page, locator, 'Tab');

async function press(page: Page, locator: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, locator);
  await page.keyboard.press(key);
}

/** Arrow keys inside an open menu. */
async function chooseInMenu(page: Page, name: RegExp | string): Promise<void> {
  const item = page.getByRole('menuitem', { name });
  await item.waitFor();
  await pressUntil(page, item, 'ArrowDown');
  await page.keyboard.press('Enter');
}

async function signIn(page: Page, url: string, userLabel: string, user: string): Promise<void> {
  await page.goto(url);
  await tabTo(page, page.getByLabel(userLabel));
  await page.keyboard.type(user);
  await page.keyboard.press('Tab');
  await page.keyboard.type(demoPassword);
  await page.keyboard.press('Enter');
  if (hasSecondFactor(user)) {
    await tabTo(page, page.getByLabel('Code', { exact: true }));
    await page.keyboard.type(await demoCode(url, user));
    await page.keyboard.press('Enter');
  }
  await page.locator('.me').waitFor();
}

it('can be walked by the keyboard alone', async () => {
  const { installation, context, picture } = walk;
  const { urls } = installation.config;

  const emr = await context.newPage();
  await signIn(emr, urls.emr, 'User name', 'ada');
  await press(emr, emr.getByRole('banner').getByRole('button', { name: 'Users' }));
  await chooseInMenu(emr, 'Manage Security');
  await tabTo(emr, emr.getByRole('combobox', { name: 'Users' }));
  await emr.keyboard.type('OceanAPI');
  await emr.getByRole('option', { name: /OceanAPI1042/ }).waitFor();
  await emr.keyboard.press('ArrowDown');
  await emr.keyboard.press('Enter');
  await emr.getByRole('heading', { name: 'Provider Permissions' }).waitFor();
  // The matrix is one stop for Tab; inside it the arrow keys move, and Ctrl+Home leads to the head of the column.
  const cell = (column: string) => emr.getByRole('checkbox', { name: `${column}, Dr. Otto Marmalade, Lantern Hill: ` });
  await tabTo(emr, emr.locator('[role=grid] button[tabindex="0"]'));
  await emr.keyboard.press('Control+Home');
  for (const column of columns) {
    const all = emr.getByRole('checkbox', { name: `${column} for every provider schedule` });
    expect(await hasFocus(all)).toBe(true);
    await emr.keyboard.press('Space');
    expect(await all.getAttribute('aria-checked')).toBe('true');
    if (column !== columns.at(-1)) await emr.keyboard.press('ArrowRight');
  }
  await pressUntil(emr, cell('Visible'), 'ArrowDown');
  await emr.keyboard.press('ArrowRight');
  expect(await hasFocus(emr.getByLabel('Access Until, Dr. Otto Marmalade, Lantern Hill'))).toBe(true);
  // Month, day and year; Escape leaves the field for the grid.
  for (const key of ['Delete', 'ArrowRight', 'Delete', 'ArrowRight', 'Delete', 'Escape']) await emr.keyboard.press(key);
  await emr.getByRole('button', { name: 'Access Until, Dr. Otto Marmalade, Lantern Hill: no end date' }).waitFor();
  await picture(emr, 'emr-pending-changes');
  await press(emr, emr.getByRole('button', { name: 'Save', exact: true }));
  await emr.getByText('Saved.', { exact: true }).waitFor();

  const connect = await context.newPage();
  await signIn(connect, urls.connect, 'E-mail address', 'sam@saltmarsh.example');
  await tabTo(connect, connect.getByRole('button', { name: 'Sync Recent Appointments' }));
  // The dropdown is at the immediate right of the button: one Tab away.
  await connect.keyboard.press('Tab');
  expect(await hasFocus(connect.getByRole('button', { name: 'More ways to sync' }))).toBe(true);
  await connect.keyboard.press('Enter');
  await picture(connect, 'connect-dropdown');
  await followFullSync(connect, () => chooseInMenu(connect, /Sync Full Schedule/), 'blue');
  await picture(connect, 'connect-blue-again');
  await press(connect, connect.getByRole('button', { name: /Account/ }));
  await chooseInMenu(connect, 'Sign out');
  await connect.getByLabel('E-mail address').waitFor();

  const portal = await context.newPage();
  await signIn(portal, urls.portal, 'E-mail address', 'jo@saltmarsh.example');
  const wobbleton = portal
    .getByRole('group', { name: 'Provider' })
    .getByRole('checkbox', { name: 'Dr. Fern Wobbleton' });
  await press(portal, wobbleton, 'Space');
  await expect.poll(() => portal.locator('.day-head').allTextContents()).toHaveLength(1);
  await picture(portal, 'portal-his-day');

  const held = (await emrBookings(installation)).filter(({ providerId }) => providerId !== 'sansnom');
  expect(held.length).toBeGreaterThan(1000);
  expect(idsOf(await portalBookings(installation))).toEqual(idsOf(held));
  for (const page of [emr, connect, portal]) {
    expect(await page.evaluate(`sessionStorage.getItem('pointers')`)).toBe('0');
  }
}, 300_000);
