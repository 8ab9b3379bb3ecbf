// The published procedure, by its own labels, in a real browser against the real three apps.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoPassword, prepareDemo } from '../../src/demo/prepare-demo.ts';
import { addDays, localDateTime, startOfDay } from '../../src/platform/zones.ts';
import { launchChromium } from '../browser/chromium.ts';
import { type TestInstallation, testInstallation } from '../installation.ts';

const pictures = join(import.meta.dirname, '../../test-results/walk');
const columns = ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible'];

interface IdRow {
  readonly id: string;
  readonly start_at: Date;
  readonly zone: string;
}

/** Ids of one side, sorted: each read with that side's own role, so that nothing of the other's code decides. */
async function idsIn(
  url: string,
  settings: Readonly<Record<string, string>>,
  sql: string,
  counts: (row: IdRow) => boolean = () => true,
): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [name, value] of Object.entries(settings))
      await client.query('select set_config($1, $2, false)', [name, value]);
    const { rows } = await client.query<IdRow>(sql);
    return rows
      .filter(counts)
      .map((row) => row.id)
      .sort();
  } finally {
    await client.end();
  }
}

describe('the published procedure', () => {
  let dataDir: string;
  let installation: TestInstallation;
  let browser: Browser;
  let context: BrowserContext;
  let step = 0;
  const picture = async (page: Page, name: string) => {
    step += 1;
    await page.screenshot({ path: join(pictures, `${String(step).padStart(2, '0')}-${name}.png`) });
  };

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    dataDir = mkdtempSync(join(tmpdir(), 'tidegate-walk-'));
    installation = await testInstallation({ dataDir });
    await prepareDemo(installation);
    browser = await launchChromium();
    context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA' });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await installation?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function signIn(page: Page, url: string, userLabel: string, user: string) {
    await page.goto(url);
    await page.getByLabel(userLabel).fill(user);
    await page.getByLabel('Password', { exact: true }).fill(demoPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
  }

  it('leads from a missing provider to his bookings on the Patients page', async () => {
    const { urls } = installation.config;
    const portal = await context.newPage();
    await signIn(portal, urls.portal, 'E-mail address', 'jo@saltmarsh.example');
    await portal.getByRole('group', { name: 'Provider' }).waitFor();
    expect(await portal.getByRole('checkbox', { name: 'Dr. Fern Wobbleton' }).count()).toBe(0);
    await picture(portal, 'portal-provider-missing');

    const connect = await context.newPage();
    await signIn(connect, urls.connect, 'E-mail address', 'sam@saltmarsh.example');
    const bar = connect.locator('.statusbar');
    await bar.waitFor();
    expect(await bar.getAttribute('data-tone')).toBe('amber');
    const wobbleton = connect.getByRole('row', { name: /Wobbleton/ });
    expect(await wobbleton.textContent()).toContain(
      'Patient, Scheduling, Billing, EMR, Labs and Visible are not granted',
    );
    await picture(connect, 'connect-names-the-cells');

    const emr = await context.newPage();
    await signIn(emr, urls.emr, 'User name', 'ada');
    await picture(emr, 'emr-scheduler');
    await emr.getByRole('button', { name: 'Users' }).click();
    await emr.getByRole('menuitem', { name: 'Manage Security' }).click();
    await emr.getByRole('combobox', { name: 'Users' }).click();
    await emr.getByRole('option', { name: /OceanAPI1042/ }).click();
    await emr.getByRole('heading', { name: 'Provider Permissions' }).waitFor();
    await picture(emr, 'emr-provider-permissions');
    for (const column of columns) {
      const all = emr.getByRole('checkbox', { name: `${column} for every provider schedule` });
      if ((await all.getAttribute('aria-checked')) !== 'true') await all.click();
      expect(await all.getAttribute('aria-checked')).toBe('true');
    }
    await emr.getByLabel('Access Until, Dr. Otto Marmalade, Lantern Hill').fill('');
    await picture(emr, 'emr-pending-changes');
    await emr.getByRole('button', { name: 'Save', exact: true }).click();
    await emr.getByText('Saved.', { exact: true }).waitFor();
    await picture(emr, 'emr-saved');

    // Recent does not heal: the bookings lie behind the cursor.
    await connect.getByRole('button', { name: 'Sync Recent Appointments' }).click();
    await connect.getByText('Run Sync Full Schedule.').first().waitFor({ timeout: 60_000 });
    await expect.poll(() => bar.getAttribute('data-tone'), { timeout: 30_000 }).toBe('amber');
    await picture(connect, 'connect-recent-does-not-heal');

    await connect.getByRole('button', { name: 'More ways to sync' }).click();
    await connect.getByRole('menuitem', { name: /Sync Full Schedule/ }).click();
    const tones = new Set<string>();
    await expect
      .poll(
        async () => {
          const tone = (await bar.getAttribute('data-tone')) ?? '';
          tones.add(tone);
          return tone;
        },
        { timeout: 60_000, interval: 20 },
      )
      .toBe('blue');
    expect([...tones]).toContain('green');
    await picture(connect, 'connect-blue-again');
    await connect.getByRole('button', { name: /Account/ }).click();
    await connect.getByRole('menuitem', { name: 'Sign out' }).click();
    await connect.getByLabel('E-mail address').waitFor();

    await portal.reload();
    await portal.getByRole('checkbox', { name: 'Dr. Fern Wobbleton' }).waitFor();
    await picture(portal, 'portal-healed');

    // Exactly the EMR's bookings of the selected providers in the window, compared as the sets that the two databases hold.
    const portalIds = await idsIn(
      installation.roles.portalSync,
      { 'tidegate.site_id': '1042' },
      `select booking_id as id from booking where state in ('present', 'unconfirmed') and not patient_masked`,
    );
    const emrIds = await idsIn(
      installation.roles.emrImport,
      { 'tidegate.tenant_id': '1042' },
      `select a.appointment_id as id, a.start_at, o.zone from appointment a join office o using (tenant_id, office_id)
        where a.provider_id <> 'sansnom'`,
      (row) => {
        const today = localDateTime(row.zone, new Date()).date;
        return row.start_at >= startOfDay(row.zone, today) && row.start_at < startOfDay(row.zone, addDays(today, 14));
      },
    );
    expect(emrIds.length).toBeGreaterThan(1000);
    expect(portalIds).toEqual(emrIds);
  }, 180_000);
});
