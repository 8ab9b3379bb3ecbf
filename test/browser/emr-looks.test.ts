// Every screen of the EMR, in both languages and at both widths: no serious fault of accessibility, nothing that scrolls sideways.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { languages } from '../../src/language/messages.ts';
import { totpCode } from '../../src/platform/session/totp.ts';
import { type EmrInBrowser, nextWorkday, openEmr, type View } from './emr-pages.ts';
import { lookOnce } from './screens.ts';

/** An application that asks: registered once, by whoever is signed in on the page, and begun anew in this browser. */
async function openAccessRequest(page: Page): Promise<void> {
  const redirectUri = 'https://reports.example/back';
  const register = {
    name: 'Lantern Reports',
    officeIds: ['lantern-hill'],
    scopes: ['system/*.rs'],
    redirectUris: [redirectUri],
  };
  const clientId = await page.evaluate(async (body) => {
    await fetch('/api/integrations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { integrations } = (await (await fetch('/api/integrations')).json()) as {
      integrations: { name: string; clientId: string }[];
    };
    return integrations.find(({ name }) => name === body.name)!.clientId;
  }, register);
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'system/Appointment.rs system/Patient.rs',
    // Of RFC 7636, appendix B.
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  await page.goto(`${emr.url}/oauth/authorize?${asked}`);
  await page.locator('.scopes').waitFor();
}

/** Behind a dialog stands a page that was looked at already. */
const dialog = '[role="dialog"]';

let emr: EmrInBrowser;
let empty: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
  empty = await openEmr({ demo: false });
}, 180_000);
afterAll(async () => {
  await emr?.close();
  await empty?.close();
});

const views: readonly Required<View>[] = languages.map((language) => ({ language, width: 1280 }));

// A look may run every rule of axe over a matrix of some hundred cells, and on a busy machine that takes its time.
describe.each(views)('the EMR in $language', { timeout: 240_000 }, (view) => {
  const look = async (page: Page, name: string, within?: string) => {
    for (const width of [1280, 400]) {
      await page.setViewportSize({ width, height: 900 });
      await lookOnce(page, { room: 'emr', name, within, language: view.language, width });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  const pick = async (page: Page, user: RegExp) => {
    await page.goto(`${emr.url}/security`);
    await page.locator('input[role="combobox"]').click();
    await page.getByRole('option', { name: user }).click();
    await page.getByRole('grid').waitFor();
  };
  const cellOf = (page: Page, row: string, column: string) =>
    page.locator(`tr[data-row="${row}"] [data-col="${column}"] button`);

  it('signs in and is set up', async () => {
    const page = await emr.opened(view);
    await page.locator('input[name="username"]').waitFor();
    await look(page, 'sign-in');
    const first = await empty.opened(view);
    await first.locator('input[autocomplete="new-password"]').waitFor();
    await look(first, 'set-up');
  });

  it('shows the day, a booking and the booking form', async () => {
    const page = await emr.signedIn('ada', view);
    await page.goto(`${emr.url}/?office=driftwood-street&date=${nextWorkday()}`);
    await page.locator('.gap').first().waitFor();
    await look(page, 'scheduler');
    await page.locator('.gap').first().click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'book', dialog);
    await page.keyboard.press('Escape');
    const day = page.getByRole('group', { name: /journée|day by/ });
    await day.waitFor();
    // The demo's days are never quite empty; on a phone the first provider may have one off.
    for (let days = 0; days < 7 && (await page.locator('.block').count()) === 0; days += 1)
      await page.locator('.page-head .mantine-ActionIcon-root').last().click();
    await page.locator('.block').first().click();
    await page.locator('.side-panel').waitFor();
    await look(page, 'booking', '.side-panel');
  });

  it('says whom to ask', async () => {
    const page = await emr.signedIn('robin', view);
    await page.goto(`${emr.url}/security`);
    await page.getByText('Ada Placeholder').waitFor();
    await look(page, 'not-for-you');
  });

  it('shows the matrix, what is pending, leaving, offices and credentials', async () => {
    const page = await emr.signedIn('ada', view);
    await pick(page, /OceanAPI1042/);
    await look(page, 'permissions');
    await cellOf(page, 'lantern-hill/wobbleton', 'Visible').click();
    await cellOf(page, 'lantern-hill/pretendwell', 'Billing').click();
    await cellOf(page, 'lantern-hill/quill', 'until').click();
    await look(page, 'pending');
    await page.locator('.brand').click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'leaving', dialog);
    await page.keyboard.press('Escape');
    await page.locator('.tab-head button').first().click();
    await page.getByRole('dialog').waitFor();
    await look(page, 'offices', dialog);
    await page.keyboard.press('Escape');
    await page.locator('.tab-head button').last().click();
    await page.getByRole('dialog').getByRole('button').first().waitFor();
    await page.getByRole('dialog').locator('button[data-variant="filled"]').click();
    await page.locator('.copied').first().waitFor();
    await look(page, 'credentials', dialog);
  });

  it('shows applications, the guide that adds one, what is approved and what is refused', async () => {
    const page = await emr.signedIn('ada', view);
    await openAccessRequest(page);
    await look(page, 'approve-access');
    await page.goto(`${emr.url}/oauth/authorize?client_id=1042-nobody&response_type=code`);
    await page.locator('.banner.red').waitFor();
    await look(page, 'refused-access');
    await page.goto(`${emr.url}/security/integrations`);
    await page.locator('table.people tbody tr').nth(1).waitFor();
    await look(page, 'integrations');
    await page.locator('table.people tbody tr', { hasText: 'OceanAPI1042' }).locator('.acts button').last().click();
    await page.getByRole('dialog').locator('.blast-line.t-red').first().waitFor();
    await look(page, 'revoke', dialog);
    await page.keyboard.press('Escape');
    await page.locator('.security-top button').click();
    const guide = page.getByRole('dialog');
    await guide.locator('input:not([type="radio"])').first().fill('Lantern Labels');
    await guide.locator('input[type="radio"]').nth(1).check();
    await guide.locator('textarea').first().fill('https://labels.example/back');
    await look(page, 'guide-application', dialog);
    const next = () => guide.locator('button[type="submit"]').click();
    await next();
    await guide.locator('input[type="radio"]').nth(1).check();
    await look(page, 'guide-keys', dialog);
    await guide.locator('input[type="radio"]').nth(0).check();
    await next();
    await look(page, 'guide-scopes', dialog);
  });

  it('shows a conflict, and a user who is not the integration user', async () => {
    const [ada, blair] = [await emr.signedIn('ada', view), await emr.signedIn('blair', view)];
    for (const page of [ada, blair]) await pick(page, /robin/);
    await look(ada, 'staff');
    await cellOf(ada, 'lantern-hill/quill', 'Visible').click();
    await cellOf(blair, 'lantern-hill/quill', 'Labs').click();
    await blair.locator('.pending-panel button[type="submit"]').click();
    await expect.poll(() => blair.locator('.diff').count()).toBe(0);
    await ada.locator('.pending-panel button[type="submit"]').click();
    await ada.locator('.conflict').waitFor();
    await look(ada, 'conflict');
  });
});

it('the first clinic is set up by its first administrator, who is then signed in and can add the integration', {
  timeout: 120_000,
}, async () => {
  const page = await empty.opened();
  await page.getByLabel('Name of the clinic').fill('Test Cove Clinic');
  await page.getByLabel('Clinic number').fill('77');
  await page.getByLabel('Name of the first office').fill('Test Cove');
  await page.getByRole('combobox', { name: 'Time zone of the office' }).fill('America/Halifax');
  await page.getByLabel('Your name').fill('Ada Placeholder');
  await page.getByLabel('User name').fill('ada');
  await page.getByLabel('Password, 12 characters or more').fill('long-enough-for-us');
  await page.getByRole('button', { name: 'Set up' }).click();
  // Before anything else the second factor is set up.
  await page.getByRole('heading', { name: 'Set up the second factor' }).waitFor();
  await page.getByRole('img', { name: /QR code/ }).waitFor();
  const secret = ((await page.locator('.secret-key').textContent()) ?? '').replaceAll(/\s/g, '');
  await lookOnce(page, { room: 'emr', name: 'second-factor-enrol', language: 'en', width: 1280 });
  await page.getByLabel('The six digits that the app shows now').fill(totpCode(secret, new Date()));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
  expect(await page.locator('.recovery-codes li').count()).toBe(10);
  await lookOnce(page, { room: 'emr', name: 'second-factor-recovery', language: 'en', width: 1280 });
  expect(await page.getByRole('button', { name: 'Go on' }).isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: /I have kept the codes/ }).check();
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByText(/No schedule of this office is visible to you/).waitFor();
  await page.getByRole('button', { name: 'Users' }).click();
  await page.getByRole('menuitem', { name: 'Manage Security' }).click();
  await page.getByRole('button', { name: 'Add integration' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add integration' });
  expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Cloud Connect');
  for (let step = 1; step < 4; step += 1) {
    await dialog.getByText(`Step ${step} of 4`).waitFor();
    await dialog.getByRole('button', { name: 'Next' }).click();
  }
  await dialog.getByRole('button', { name: 'Make the integration user' }).click();
  await dialog.getByLabel('Client secret', { exact: true }).waitFor();
  await lookOnce(page, { room: 'emr', name: 'add-integration', language: 'en', width: 1280 });
  expect(await dialog.getByLabel('EMR base URL', { exact: true }).inputValue()).toBe(`${empty.url}/fhir`);
  await dialog.getByRole('checkbox', { name: /I have kept the secret/ }).check();
  await dialog.getByRole('button', { name: 'Go to its permissions' }).click();
  await page.getByRole('heading', { name: 'Provider Permissions' }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Users' }).inputValue()).toContain('OceanAPI77');
});
