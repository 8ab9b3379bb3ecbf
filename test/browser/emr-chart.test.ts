// A patient's chart in a real browser: found without his name in an address, each tab behind its column, files sent, stopped and refused,
// entries added and withdrawn, and Save for Ocean from the tick to the integration user's fetch.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { IntegrationCredentials, ListedUser } from '../../src/emr/contract/security.ts';
import { type EmrInBrowser, openEmr } from './emr-pages.ts';

// Browsers and a whole installation on a busy machine take their time; how long is not what is tested.
vi.setConfig({ testTimeout: 240_000 });

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 180_000);
afterAll(() => emr?.close());

/** Of the demo: attached to Dr. Wobbleton at Lantern Hill, with an entry of every kind there. */
const chart = (tab = 'summary') => `${emr.url}/patients/patient-3?tab=${tab}`;
const pdf = (bytes: number) => Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(bytes)]);
const folder = mkdtempSync(join(tmpdir(), 'tidegate-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
/** As a person chooses one: from the disk. A large one that is handed over takes the browser half a minute to receive. */
const chosen = ({ name, buffer }: { name: string; buffer: Buffer }): string => {
  const path = join(folder, name);
  writeFileSync(path, buffer);
  return path;
};
const send = async (page: Page, file: { name: string; buffer: Buffer }, title?: string) => {
  await page.getByRole('button', { name: 'Add a document …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a document' });
  await dialog.locator('input[type=file]').setInputFiles(chosen(file));
  if (title !== undefined) await dialog.getByLabel('Title').fill(title);
  await dialog.getByRole('button', { name: 'Send and file' }).click();
  return dialog;
};
const entry = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title }).first();

describe('a patient', () => {
  it('is found by name, birth date, chart number or id, and no address says what was typed', async () => {
    const page = await emr.signedIn('ada');
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await page.getByRole('link', { name: 'Patients' }).click();
    const search = page.getByRole('searchbox', { name: 'Find a patient' });
    const row = page.getByRole('row', { name: /Semblance-Bogus, Ada/ });
    let found = 0;
    for (const typed of ['semblance-b', '2016-10-01', '100003', 'patient-3']) {
      await search.fill('nobody is called this');
      await page.getByText(/No patient whom you may see/).waitFor();
      await search.fill(typed);
      await row.waitFor();
      found += 1;
    }
    expect(found).toBe(4);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: /Semblance-Bogus, Ada/ }).waitFor();
    expect(await page.title()).toBe('Chart · Tidegate');
    expect(addresses.filter((one) => /semblance|2016|100003/i.test(one))).toEqual([]);
    expect(addresses.filter((one) => one.endsWith('/api/patients/search')).length).toBeGreaterThan(3);
  });

  it('is reached from a booking, and a booking from the chart', async () => {
    const page = await emr.signedIn('ada');
    await page.goto(chart('appointments'));
    const visit = page.getByRole('row').nth(1).getByRole('link');
    const when = await visit.textContent();
    await visit.click();
    const panel = page.getByRole('complementary').filter({ hasText: 'Semblance-Bogus, Ada' });
    expect(await panel.textContent()).toContain(when!.split(', ')[1]!.split('–')[0]);
    await panel.getByRole('link', { name: 'Open the chart' }).click();
    await page.getByRole('heading', { name: /Semblance-Bogus, Ada/ }).waitFor();
  });
});

describe('a tab', () => {
  it('says by name which cell is missing instead of being empty, and offers nothing that would be refused', async () => {
    const page = await emr.signedIn('user-b');
    let looked = 0;
    const names = { documents: 'EMR', notes: 'EMR', results: 'Labs', bills: 'Billing', appointments: 'Scheduling' };
    // Whom User B finds is known at Marigold Square, where User B holds Dr. Fabricado alone.
    await page.goto(`${emr.url}/patients`);
    await page.getByRole('searchbox').fill('ma');
    await page.locator('.rows-table a').first().click();
    await page.getByRole('tab').first().waitFor();
    const at = new URL(page.url()).pathname;
    for (const [tab, column] of Object.entries(names)) {
      await page.goto(`${emr.url}${at}?tab=${tab}`);
      const note = page.locator('.withheld-note');
      await note.waitFor();
      await note.locator('summary').evaluateAll((all) => {
        for (const one of all) one.parentElement?.setAttribute('open', '');
      });
      const words = await note.textContent();
      expect([tab, words]).toEqual([tab, expect.stringContaining(`${column}`)]);
      expect(words).toContain('Lantern Hill');
      expect(words).toContain('Dr. Juniper Quill');
      expect(words).not.toMatch(/Marigold Square · [^·]*Fabricado/);
      looked += 1;
    }
    expect(looked).toBe(5);
    await page.goto(chart('documents'));
    await page.getByText(/or you may not see anything of this chart/).waitFor();
    expect(await page.getByRole('button', { name: 'Add a document …' }).count()).toBe(0);
  });
});

describe('a document', () => {
  it('is sent and filed, and comes back byte for byte as an attachment that no browser guesses about', async () => {
    const page = await emr.signedIn('ada');
    await page.goto(chart('documents'));
    const content = pdf(3_000_000);
    const dialog = await send(page, { name: 'Referral of May.pdf', buffer: content });
    await dialog.waitFor({ state: 'hidden' });
    const row = entry(page, 'Referral of May');
    await row.waitFor();
    expect(await row.textContent()).toContain('3 MB');
    const link = row.getByRole('link', { name: 'Download Referral of May' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toBe('Referral of May.pdf');
    expect(readFileSync(await download.path()).equals(content)).toBe(true);
    const answer = await page.request.get(new URL((await link.getAttribute('href'))!, emr.url).href);
    expect(answer.headers()).toMatchObject({
      'content-disposition': expect.stringMatching(/^attachment;/),
      'x-content-type-options': 'nosniff',
    });
  });

  it('is refused when its bytes are not what its name says, and the dialog says so; then nothing is in the chart', async () => {
    const page = await emr.signedIn('ada');
    await page.goto(chart('documents'));
    const fake = { name: 'Invoice.pdf', buffer: Buffer.from('MZ\u0090 this is no PDF') };
    const dialog = await send(page, fake);
    await dialog
      .getByRole('alert')
      .getByText(/its content is not application\/pdf. Nothing was kept/)
      .waitFor();
    expect(await dialog.getByLabel('Title').inputValue()).toBe('Invoice');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await entry(page, 'Invoice').count()).toBe(0);
  });

  it('of more than 20 MB is not even sent', async () => {
    const page = await emr.signedIn('ada');
    await page.goto(chart('documents'));
    await page.getByRole('button', { name: 'Add a document …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a document' });
    const large = { name: 'Scan.pdf', buffer: pdf(20 * 2 ** 20) };
    await dialog.locator('input[type=file]').setInputFiles(chosen(large));
    await dialog.getByText(/larger than 20 MB/).waitFor();
    expect(await dialog.getByRole('button', { name: 'Send and file' }).isDisabled()).toBe(true);
  });

  it('shows how much of it has gone, and is stopped half-way: nothing of it is in the chart', async () => {
    const page = await emr.signedIn('ada');
    await page.goto(chart('documents'));
    const network = await page.context().newCDPSession(page);
    await network.send('Network.enable');
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 400_000 };
    await network.send('Network.emulateNetworkConditions', slow);
    await send(page, { name: 'Long scan.pdf', buffer: pdf(12_000_000) });
    const sending = page.getByRole('dialog', { name: 'Sending Long scan.pdf' });
    const bar = sending.getByRole('progressbar', { name: 'Sent so far' });
    await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
    expect(Number(await bar.getAttribute('aria-valuenow'))).toBeLessThan(100);
    await sending.getByRole('button', { name: 'Stop' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a document' });
    await dialog.getByText('Stopped. Nothing was kept.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await page.reload();
    await page.getByRole('button', { name: 'Add a document …' }).waitFor();
    expect(await entry(page, 'Long scan').count()).toBe(0);
  });
});

describe('an entry', () => {
  it('of each kind is added by who may, paid, and marked as entered in error with a reason', async () => {
    const page = await emr.signedIn('ada');
    await page.goto(chart('notes'));
    await page.getByRole('button', { name: 'Write a note …' }).click();
    const note = page.getByRole('dialog', { name: 'Write a note' });
    expect(await note.getByRole('combobox', { name: 'Provider and office' }).inputValue()).toBe(
      'Dr. Fern Wobbleton, Lantern Hill',
    );
    await note.getByLabel('Type of encounter (optional)').fill('Phone call');
    await note.getByRole('textbox', { name: 'Note', exact: true }).fill('Asks for a refill.\nNo change.');
    await note.getByRole('button', { name: 'Save the note' }).click();
    await page.getByText('Asks for a refill.').waitFor();

    await page.getByRole('tab', { name: 'Lab results' }).click();
    await page.getByRole('button', { name: 'Record a result …' }).click();
    const result = page.getByRole('dialog', { name: 'Record a result' });
    await result.getByLabel('Report').fill('Lipids');
    await result.getByLabel('Analysis').fill('LDL');
    await result.getByLabel('Value', { exact: true }).fill('4.10');
    await result.getByLabel('Unit').fill('mmol/L');
    // Nothing that was typed is dropped: with a text there is no unit to keep.
    await result.getByLabel('Value', { exact: true }).fill('< 4');
    expect(await result.getByRole('button', { name: 'Record', exact: true }).isDisabled()).toBe(true);
    await result.getByLabel('Value', { exact: true }).fill('4.10');
    await result.getByLabel('To', { exact: true }).fill('3.4');
    await result.getByRole('combobox', { name: 'Interpretation' }).click();
    await page.getByRole('option', { name: 'High', exact: true }).click();
    await result.getByRole('button', { name: 'Record', exact: true }).click();
    const row = page.getByRole('row', { name: /LDL/ });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/4\.10 mmol\/L.*≤ 3\.4.*High/);

    await page.getByRole('tab', { name: 'Bills and balance' }).click();
    await page.getByRole('button', { name: 'Add a charge …' }).click();
    const charge = page.getByRole('dialog', { name: 'Add a charge' });
    await charge.getByLabel('What for').fill('Travel letter');
    await charge.getByLabel('Amount').fill('42.50');
    await charge.getByRole('button', { name: 'Add the charge' }).click();
    const billed = page.getByRole('row', { name: /Travel letter/ });
    await billed.waitFor();
    expect(await page.getByRole('region', { name: 'Balance' }).textContent()).toContain('$42.50');
    await billed.getByRole('button', { name: 'Actions: Travel letter' }).click();
    await page.getByRole('menuitem', { name: 'Record a payment …' }).click();
    const payment = page.getByRole('dialog', { name: 'Record a payment' });
    await payment.getByLabel('Amount paid').fill('50');
    await payment.getByRole('button', { name: 'Record the payment' }).click();
    await payment
      .getByRole('alert')
      .getByText(/more than is owed/)
      .waitFor();
    await payment.getByLabel('Amount paid').fill('40');
    await payment.getByRole('button', { name: 'Record the payment' }).click();
    await payment.waitFor({ state: 'hidden' });
    expect(await page.getByRole('region', { name: 'Balance' }).textContent()).toContain('$2.50');
    await page.getByRole('button', { name: 'Add coverage …' }).click();
    const coverage = page.getByRole('dialog', { name: 'Add coverage' });
    await coverage.getByLabel('Payor').fill('Made-up Mutual');
    await coverage.getByRole('button', { name: 'Add the coverage' }).click();
    await page.getByRole('row', { name: /Made-up Mutual/ }).waitFor();

    await page.getByRole('tab', { name: 'Encounter notes' }).click();
    await page.getByRole('button', { name: /^Actions: Phone call/ }).click();
    await page.getByRole('menuitem', { name: 'Mark as entered in error …' }).click();
    const withdraw = page.getByRole('dialog', { name: 'Mark as entered in error' });
    expect(await withdraw.getByRole('button', { name: 'Mark as entered in error' }).isDisabled()).toBe(true);
    await withdraw.getByLabel('Reason, kept in the audit log').fill('Wrong chart');
    await withdraw.getByRole('button', { name: 'Mark as entered in error' }).click();
    await withdraw.waitFor({ state: 'hidden' });
    const struck = entry(page, 'Phone call');
    await struck.getByText('Entered in error').waitFor();
    expect(await page.getByRole('button', { name: /^Actions: Phone call/ }).count()).toBe(0);
  });
});

describe('Save for Ocean', () => {
  it('stages what is ticked in two tabs, is taken back, and says when it was fetched', async () => {
    const page = await emr.signedIn('ada');
    // A chart at a pair from which the integration user may fetch.
    await page.goto(`${emr.url}/patients/patient-1?tab=documents`);
    const panel = page.getByRole('region', { name: 'Save for Ocean' });
    await page.locator('.entry').getByRole('checkbox').first().check();
    await page.getByRole('tab', { name: 'Lab results' }).click();
    await page.locator('.entry').getByRole('checkbox').first().check();
    await panel.getByRole('button', { name: 'Save for Ocean (2)' }).click();
    const staged = panel.getByRole('list', { name: 'Saved for Ocean' }).getByRole('listitem');
    await expect.poll(() => staged.count()).toBe(2);
    expect(await staged.first().textContent()).toMatch(/Waits to be fetched.*Until .*Saved by Ada Placeholder/);
    await panel
      .getByRole('button', { name: /^Take back/ })
      .last()
      .click();
    await expect.poll(() => staged.count()).toBe(1);

    const api = page.request;
    const own = { headers: { origin: emr.url } };
    const users = (await (await api.get(`${emr.url}/api/users`)).json()) as ListedUser[];
    const { userId } = users.find(({ kind }) => kind === 'service')!;
    const made = await api.post(`${emr.url}/api/integrations/${userId}/credentials`, own);
    const { clientId, clientSecret } = (await made.json()) as IntegrationCredentials;
    const token = await fetch(`${emr.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        scope: 'system/*.cruds',
      }),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const fetched = await fetch(`${emr.url}/fhir/Patient/patient-1/$saved-for-ocean`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(fetched.status).toBe(200);
    await panel.getByRole('button', { name: 'See what has been fetched' }).click();
    await staged.getByText('Fetched', { exact: true }).waitFor();
    expect(await panel.getByRole('button', { name: /^Take back/ }).count()).toBe(0);
  });
});
