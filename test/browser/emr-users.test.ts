// Users and who is signed in, in a real browser: made, changed, switched off and on again; and how those pages look.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type EmrInBrowser, openEmr } from './emr-pages.ts';
import { lookAt, type Scene, says, signInAt } from './screens.ts';

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

const openUsers = async (page: Page) => {
  await page.goto(`${emr.url}/security`);
  await page.getByRole('table', { name: 'All users' }).waitFor();
};
const row = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(name) });
const choose = async (page: Page, label: string, option: string) => {
  await page.getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

describe('users', () => {
  it('are made, refused at the field, found, changed, switched off while signed in, and on again', async () => {
    const page = await emr.signedIn('ada');
    await openUsers(page);
    await page.getByRole('button', { name: 'Create a user …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create the user' });
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('Nora Nonesuch');
    await dialog.getByLabel('User name').fill('robin');
    await dialog.getByLabel('Password, 12 characters or more').fill('saltmarsh-demo-2026');
    await choose(page, 'Role in North Quay', 'Manager');
    await dialog.getByRole('button', { name: 'Create the user' }).click();
    await dialog.getByText('A name that nobody else here signs in with.').waitFor();
    await dialog.getByLabel('User name').fill('nora');
    await dialog.getByRole('button', { name: 'Create the user' }).click();
    await dialog.waitFor({ state: 'hidden' });
    expect(await row(page, 'Nora Nonesuch').textContent()).toMatch(/nora.*Staff.*North Quay \(manager\).*Active/);

    // Signed in elsewhere, she is thrown out by the click of another.
    const hers = await emr.opened();
    await signInAt(hers, emr.url, 'nora');
    await page.reload();
    await page.getByLabel('Find a user').fill('NONESÜCH'.normalize('NFD'));
    await expect.poll(() => page.getByRole('table', { name: 'All users' }).locator('tbody tr').count()).toBe(1);
    expect(await row(page, 'Nora Nonesuch').textContent()).toContain('Signed in');
    await page.getByRole('button', { name: 'Edit Nora Nonesuch …' }).click();
    const edit = page.getByRole('dialog', { name: 'Nora Nonesuch' });
    await choose(page, 'Role in Lantern Hill', 'Staff');
    await edit.getByRole('button', { name: 'Save the changes' }).click();
    await edit.waitFor({ state: 'hidden' });
    await page.getByText('Lantern Hill, North Quay (manager)').waitFor();
    await page.getByRole('button', { name: 'Edit Nora Nonesuch …' }).click();
    await edit.getByRole('button', { name: 'Deactivate …' }).click();
    await edit.getByText(/signed out at once, and can no longer sign in/).waitFor();
    await edit.getByRole('button', { name: 'Deactivate', exact: true }).click();
    await edit.waitFor({ state: 'hidden' });
    await expect.poll(() => row(page, 'Nora Nonesuch').textContent()).toContain('Switched off');
    await hers.reload();
    await hers.getByRole('heading', { name: 'Sign in to the EMR' }).waitFor();

    await page.getByRole('button', { name: 'Edit Nora Nonesuch …' }).click();
    await edit.getByRole('button', { name: 'Reactivate' }).click();
    await edit.getByRole('button', { name: 'Deactivate …' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => row(page, 'Nora Nonesuch').textContent()).toContain('Active');
    await signInAt(hers, emr.url, 'nora');
  });

  it('lead to their Provider Permissions', async () => {
    const page = await emr.signedIn('ada');
    await openUsers(page);
    await page.getByRole('link', { name: 'Provider Permissions of Robin Standin' }).click();
    await page.getByRole('grid').waitFor();
    expect(await page.getByRole('combobox', { name: 'Users' }).inputValue()).toContain('robin');
  });
});

describe('Active Users', () => {
  it('names who is signed in, and ends the session of another', async () => {
    const robin = await emr.signedIn('user-b');
    const page = await emr.signedIn('blair');
    await page.goto(`${emr.url}/security/active`);
    const mine = page.getByRole('row', { name: /Blair Makeshift/ }).filter({ hasText: 'You, here' });
    await mine.waitFor();
    await page.getByRole('button', { name: /^End the session of User B/ }).click();
    const asked = page.getByRole('dialog', { name: 'End the session of User B?' });
    await asked.getByRole('button', { name: 'End the session' }).click();
    await asked.waitFor({ state: 'hidden' });
    await expect.poll(() => page.getByRole('row', { name: /User B/ }).count()).toBe(0);
    await robin.reload();
    await robin.getByRole('heading', { name: 'Sign in to the EMR' }).waitFor();
  });
});

describe('how it looks', () => {
  const openEdit: Scene['reach'] = async (page, language) => {
    await page
      .getByRole('button', { name: says(language, 'security.users.edit-name', { name: 'Robin Standin' }) })
      .click();
    await page.getByRole('dialog').getByRole('combobox').last().waitFor();
  };
  const scenes: readonly Scene[] = [
    {
      name: 'emr-users',
      url: '/security',
      reach: (page, language) => page.getByRole('table', { name: says(language, 'security.users.all') }).waitFor(),
    },
    {
      name: 'emr-user-create',
      url: '/security',
      reach: async (page, language) => {
        await page.getByRole('button', { name: says(language, 'security.users.create') }).click();
        await page.getByRole('dialog').getByRole('combobox').last().waitFor();
      },
    },
    { name: 'emr-user-edit', url: '/security', reach: openEdit },
    {
      name: 'emr-user-deactivate',
      url: '/security',
      reach: async (page, language) => {
        await openEdit(page, language);
        await page.getByRole('button', { name: says(language, 'security.users.deactivate') }).click();
      },
    },
    {
      name: 'emr-active-users',
      url: '/security/active',
      reach: (page, language) => page.getByText(says(language, 'security.active.own')).first().waitFor(),
    },
  ];
  it.each(scenes)('$name', async (scene) => {
    expect(await lookAt(browser, { ...scene, url: `${emr.url}${scene.url}`, user: 'ada' })).toBe(4);
  });
});
