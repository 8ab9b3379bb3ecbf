// Audit Logs in a real browser: an administrator finds who looked, narrows it, opens an entry, and takes it away as a file.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmrInBrowser, openEmr } from './emr-pages.ts';
import { lookOnce } from './screens.ts';

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 180_000);
afterAll(() => emr?.close());

it('shows who looked at what, filtered, with its details, and as a file', { timeout: 60_000 }, async () => {
  const page = await emr.signedIn('ada');
  await page.goto(`${emr.url}/security/audit-logs`);
  const entries = page.getByRole('table', { name: 'Audit Logs' });
  await entries.waitFor();
  expect(await entries.getByText('Sign in', { exact: true }).count()).toBeGreaterThan(0);
  await page.getByRole('combobox', { name: 'What' }).click();
  await page.getByRole('option', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await entries.getByText('Sign in', { exact: true }).first().waitFor({ state: 'detached' });
  const rows = entries.locator('tbody tr');
  expect(await rows.count()).toBeGreaterThan(0);
  const first = rows.filter({ hasText: 'Booking' }).first().getByRole('button');
  await first.click();
  expect(await first.getAttribute('aria-expanded')).toBe('true');
  await entries.getByText('Asked for').first().waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  const text = readFileSync(await file.path(), 'utf8');
  expect(text.split('\r\n')[0]).toContain('When (');
  expect(text.split('\r\n').length).toBeGreaterThan(2);
  expect(page.url()).not.toContain('?');
});

describe.each(['en', 'fr'] as const)('in %s', (language) => {
  it.each([1280, 400] as const)('fits a window of %i', { timeout: 120_000 }, async (width) => {
    const page = await emr.signedIn('ada', { width, language });
    await page.goto(`${emr.url}/security/audit-logs`);
    const entries = page.getByRole('table', { name: language === 'en' ? 'Audit Logs' : 'Journaux d’audit' });
    await entries.waitFor();
    await entries.getByRole('button').first().click();
    await lookOnce(page, { room: 'emr', name: 'audit-logs', language, width });
  });
});
