// Manage Security in a real browser: two administrators, the keyboard alone, and leaving with unsaved changes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { demoCode } from '../demo-second-factor.ts';
import { type EmrInBrowser, openEmr, openPermissions } from './emr-pages.ts';

// Two browsers and a whole installation on a busy machine take their time; how long is not what is tested.
vi.setConfig({ testTimeout: 180_000 });

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 120_000);
afterAll(() => emr?.close());

const cell = (page: Page, column: string, provider: string, office = 'Lantern Hill') =>
  page.getByRole('checkbox', { name: `${column}, ${provider}, ${office}: ` });
const ticked = (page: Page, column: string, provider: string, office?: string) =>
  cell(page, column, provider, office).getAttribute('aria-checked');
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();
const saved = (page: Page) => page.getByText('Saved.', { exact: true }).waitFor();
const pending = (page: Page) => page.getByRole('complementary', { name: /pending change/ });

describe('two administrators', () => {
  it('who save at once see both, choose cell by cell, and lose nothing', async () => {
    const [ada, blair] = [await emr.signedIn('ada'), await emr.signedIn('blair')];
    await openPermissions(ada, /User A/);
    await openPermissions(blair, /User A/);
    const [fabricado, notreally] = ['Dr. Wren Fabricado', 'Hazel Notreally'];
    const square = 'Marigold Square';
    expect(await ticked(ada, 'Visible', fabricado, square)).toBe('false');
    expect(await ticked(ada, 'Labs', notreally, square)).toBe('true');

    await cell(blair, 'Labs', notreally, square).click();
    await cell(blair, 'Billing', notreally, square).click();
    await save(blair);
    await saved(blair);

    // In the same row as Blair, and in another.
    await cell(ada, 'EMR', notreally, square).click();
    await cell(ada, 'Visible', fabricado, square).click();
    await save(ada);
    const conflict = ada.getByRole('region', { name: /Somebody saved before you/ });
    await conflict.waitFor();
    await expect.poll(() => conflict.getByRole('radiogroup').count()).toBe(4);
    expect(await ada.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
    const choice = (column: string) =>
      conflict.getByRole('radiogroup', { name: `${column} · ${notreally} · ${square}` });
    expect(
      await choice('Labs')
        .getByRole('radio', { name: /^As saved by Blair Makeshift.*: Not held$/ })
        .isChecked(),
    ).toBe(true);
    expect(await choice('EMR').getByRole('radio', { name: 'As you changed it: Not held' }).isChecked()).toBe(true);
    // One of Blair's is not to be: only a person says so.
    await choice('Billing').getByRole('radio', { name: 'As it was for you: Held' }).check();
    await conflict.getByRole('button', { name: 'Go on with these' }).click();

    expect(await pending(ada).textContent()).toContain('3 pending changes');
    await save(ada);
    await saved(ada);
    await blair.reload();
    await blair.getByRole('grid').waitFor();
    for (const page of [ada, blair]) {
      expect({
        labs: await ticked(page, 'Labs', notreally, square),
        billing: await ticked(page, 'Billing', notreally, square),
        emr: await ticked(page, 'EMR', notreally, square),
        visible: await ticked(page, 'Visible', fabricado, square),
      }).toEqual({ labs: 'false', billing: 'true', emr: 'false', visible: 'true' });
    }
  });
});

describe('what is pending', () => {
  it('is listed with what it opens and stops, and each change can be taken back', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /OceanAPI1042/);
    await cell(page, 'Patient', 'Dr. Fern Wobbleton').click();
    expect(await pending(page).textContent()).toContain('Ticked, and still opens nothing');
    await cell(page, 'Visible', 'Dr. Fern Wobbleton').click();
    await cell(page, 'Billing', 'Dr. Sol Pretendwell').click();
    expect(await pending(page).textContent()).toMatch(
      /3 pending changes.*OceanAPI1042 can then read.*Patient.*OceanAPI1042 can no longer read.*Billing/,
    );
    await page.getByRole('button', { name: 'Undo Billing, Dr. Sol Pretendwell, Lantern Hill' }).click();
    expect(await pending(page).textContent()).toContain('2 pending changes');
    expect(await ticked(page, 'Billing', 'Dr. Sol Pretendwell')).toBe('true');
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await pending(page).textContent()).toContain('No pending changes');
  });

  it('is asked about before another user, another page, signing out or closing takes it away', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /OceanAPI1042/);
    await cell(page, 'Labs', 'Dr. Sol Pretendwell').click();
    const asked = page.getByRole('dialog', { name: 'Leave without saving?' });
    const ways = [
      async () => {
        await page.getByRole('combobox', { name: 'Users' }).click();
        await page.getByRole('option', { name: /robin/ }).click();
      },
      () => page.getByRole('link', { name: 'Scheduler', exact: true }).click(),
      async () => {
        await page.getByRole('button', { name: /^Account: Ada/ }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
      },
    ];
    for (const leave of ways) {
      await leave();
      await asked.getByRole('button', { name: 'Stay' }).click();
      await asked.waitFor({ state: 'hidden' });
      expect(await ticked(page, 'Labs', 'Dr. Sol Pretendwell')).toBe('false');
      expect(await pending(page).textContent()).toContain('1 pending change');
    }
    const questions: string[] = [];
    page.once('dialog', (dialog) => {
      questions.push(dialog.type());
      void dialog.dismiss();
    });
    await page.close({ runBeforeUnload: true });
    await expect.poll(() => questions).toEqual(['beforeunload']);
    expect(page.isClosed()).toBe(false);
    await page.getByRole('link', { name: 'Scheduler', exact: true }).click();
    await asked.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('group', { name: 'The day by provider' }).waitFor();
  });

  it('is not lost to a half-typed date, and a row never opens for ever by one', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /OceanAPI1042/);
    const until = page.getByLabel('Access Until, Dr. Otto Marmalade, Lantern Hill');
    const before = await until.inputValue();
    await until.focus();
    // The first part of the date is emptied, the others stay.
    await page.keyboard.press('Backspace');
    await page.getByText('A whole date, today or later.').waitFor();
    await page.keyboard.press('Shift+Tab');
    await expect.poll(() => until.inputValue()).toBe(before);
    expect(await pending(page).textContent()).toContain('No pending changes');
  });
});

describe('the keyboard alone', () => {
  it('walks the matrix from sign-in to Saved', async () => {
    const page = await emr.opened();
    const { keyboard } = page;
    const focusedName = () => page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''");
    const tabTo = async (name: RegExp, reached = () => page.evaluate('document.activeElement.textContent')) => {
      for (let step = 0; step < 60; step += 1) {
        if (name.test(String(await reached()))) return;
        await keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach ${name}`);
    };
    await page.getByRole('heading', { name: 'Sign in to the EMR' }).waitFor();
    await tabTo(/^username$/, () => page.evaluate('document.activeElement.name'));
    await keyboard.type('ada');
    await keyboard.press('Tab');
    await keyboard.type('saltmarsh-demo-2026');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Code from your app' }).waitFor();
    await tabTo(/^code$/, () => page.evaluate('document.activeElement.name'));
    await keyboard.type(await demoCode(emr.url, 'ada'));
    await keyboard.press('Enter');
    await page.getByRole('group', { name: 'The day by provider' }).waitFor();
    await tabTo(/^Users/);
    await keyboard.press('Enter');
    // An open menu takes the focus a moment after it shows; Enter before that would close it again.
    await page.locator('[role=menuitem]:focus', { hasText: 'Manage Security' }).waitFor();
    await keyboard.press('Enter');
    await page.getByRole('combobox', { name: 'Users' }).waitFor();
    await tabTo(/^combobox$/, () => page.evaluate("document.activeElement.getAttribute('role')"));
    await keyboard.type('Ocean');
    await page.getByRole('option', { name: /OceanAPI1042/ }).waitFor();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await page.getByRole('grid').waitFor();

    // One stop for the whole matrix; arrow keys inside.
    await tabTo(/^Patient, Dr\. Ivy Madeupson/, focusedName);
    expect(await page.locator('.matrix [data-col] :is(button, input)[tabindex="0"]').count()).toBe(1);
    for (let step = 0; step < 40 && !/^Patient, Hazel Notreally/.test(String(await focusedName())); step += 1)
      await keyboard.press('ArrowDown');
    expect(await focusedName()).toBe('Patient, Hazel Notreally, Marigold Square: Needed, not held');
    await expect
      .poll(() => page.getByText(/^Patient · Hazel Notreally · Marigold Square\. Opens demographics/).count())
      .toBe(1);
    await keyboard.press('Space');
    expect(await focusedName()).toBe('Patient, Hazel Notreally, Marigold Square: Will be granted');
    await keyboard.press('End');
    expect(await focusedName()).toBe('Access Until, Hazel Notreally, Marigold Square: no end date');
    await keyboard.press('Home');
    expect(await focusedName()).toBe('Every column for Hazel Notreally, Marigold Square');
    await keyboard.press('Control+Home');
    await tabTo(/^Save$/);
    await keyboard.press('Enter');
    await saved(page);
    expect(await ticked(page, 'Patient', 'Hazel Notreally', 'Marigold Square')).toBe('true');
  });
});

describe('the integration', () => {
  it('gets new credentials that are shown once, and kept only by saying so', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /OceanAPI1042/);
    await page.getByRole('button', { name: 'Replace credentials …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replace credentials …' });
    await dialog.getByRole('button', { name: 'Make a new secret' }).click();
    await dialog.getByText(/The old credentials work until/).waitFor();
    const secret = dialog.getByLabel('Client secret', { exact: true });
    expect((await secret.inputValue()).length).toBeGreaterThan(20);
    await page.keyboard.press('Escape');
    expect(await secret.isVisible()).toBe(true);
    const done = dialog.getByRole('button', { name: 'Done' });
    expect(await done.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: /I have kept the secret/ }).check();
    await done.click();
    await dialog.waitFor({ state: 'hidden' });
  });
});

describe('an application', () => {
  it('is registered step by step, approved where it sends an administrator, and revoked', async () => {
    const page = await emr.signedIn('ada');
    const application = createServer((_request, response) => response.end('back'));
    await new Promise<void>((listening) => application.listen(0, '127.0.0.1', listening));
    const back = `http://127.0.0.1:${(application.address() as AddressInfo).port}/back`;
    await page.goto(`${emr.url}/security/integrations`);
    await page.getByRole('button', { name: 'Add integration' }).click();
    const guide = page.getByRole('dialog', { name: 'Add integration' });
    await guide.getByLabel('Name', { exact: true }).fill('Lantern Labels');
    await guide.getByRole('radio', { name: 'It sends an administrator here first' }).check();
    await guide.getByLabel(/Where it is answered/).fill(back);
    const next = () => guide.getByRole('button', { name: 'Next' }).click();
    await next();
    await next();
    await guide.getByRole('radio', { name: 'Read', exact: true }).check();
    await next();
    await guide.getByRole('button', { name: 'Make the integration user' }).click();
    const clientId = await guide.getByLabel('Client id', { exact: true }).inputValue();
    await guide.getByRole('checkbox', { name: /I have kept the secret/ }).check();
    await guide.getByRole('button', { name: 'Go to its permissions' }).click();
    await page.getByRole('heading', { name: 'Provider Permissions' }).waitFor();

    // Of RFC 7636, appendix B.
    const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
    const asked = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: back,
      scope: 'system/Patient.rs',
      state: 'x',
    };
    await page.goto(
      `${emr.url}/oauth/authorize?${new URLSearchParams({ ...asked, code_challenge, code_challenge_method: 'S256' })}`,
    );
    await page.getByRole('heading', { name: /Lantern Labels asks for access/ }).waitFor();
    await page.getByRole('checkbox', { name: 'North Quay' }).uncheck();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL(`${back}?**`);
    const answered = new URL(page.url()).searchParams;
    expect([answered.get('state'), answered.get('code')?.startsWith('1042.')]).toEqual(['x', true]);
    application.close();

    await page.goto(`${emr.url}/security/integrations`);
    const row = page.getByRole('row', { name: /Lantern Labels/ });
    await row.getByText('Approved', { exact: true }).waitFor();
    expect(await row.textContent()).toMatch(/Driftwood Street, Lantern Hill, Marigold Square.*by Ada Placeholder/);

    // What would go is counted first: everything for the portal's user, nothing for one who was never granted anything.
    const portal = page.getByRole('row', { name: /OceanAPI1042/ });
    await portal.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByText(/from now on and [\d,]+ patients? are no longer visible to/).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await row.getByRole('button', { name: /^Revoke/ }).click();
    await page.getByText('No booking from now on and no patient appears or disappears.').waitFor();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await row.getByText('Revoked', { exact: true }).waitFor();
  });
});

describe('membership of an office', () => {
  it('is named where it lacks, and given from there', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /robin/);
    const lacks = page.getByText(/Robin Standin does not belong to this office/);
    const before = await lacks.count();
    expect(before).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Make a member … North Quay' }).click();
    const dialog = page.getByRole('dialog', { name: 'Offices of Robin Standin' });
    expect(await dialog.getByRole('checkbox', { name: 'North Quay' }).isChecked()).toBe(true);
    await dialog.getByRole('button', { name: 'Change the offices' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => lacks.count()).toBe(before - 1);
  });
});

describe('a refused write', () => {
  it('points to an address that opens Manage Security at the cell that lacks', async () => {
    const page = await emr.signedIn('ada');
    await openPermissions(page, /OceanAPI1042/);
    const row = page.locator('tr[data-row]', { has: cell(page, 'Labs', 'Hazel Notreally', 'Marigold Square') });
    const address = new URL(page.url());
    address.searchParams.set('cell', `${await row.getAttribute('data-row')}/Labs`);
    await page.goto(address.href);
    await page.getByRole('grid').waitFor();
    const focused = cell(page, 'Labs', 'Hazel Notreally', 'Marigold Square').and(page.locator(':focus'));
    await expect.poll(() => focused.count()).toBe(1);
  });
});
