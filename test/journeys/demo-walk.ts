// The ground that every walk stands on: a demo clinic of its own, a browser, and questions to each side's database by its own role.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import { addDays, localDateTime, startOfDay } from '../../src/platform/zones.ts';
import { launchChromium } from '../browser/chromium.ts';
import { typeDemoCode } from '../demo-second-factor.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation } from '../temporary-installation.ts';

export const columns = ['Patient', 'Scheduling', 'Billing', 'EMR', 'Labs', 'Visible'];

/** A booking, with its day on the wall of its office. */
export interface WalkBooking {
  readonly id: string;
  readonly providerId: string;
  readonly day: string;
}

export interface DemoWalk {
  readonly installation: TestInstallation;
  readonly context: BrowserContext;
  readonly picture: (page: Page, name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `pictures` is the folder, under test-results, that the screenshots of the steps go to. */
export async function startDemoWalk(pictures: string): Promise<DemoWalk> {
  const folder = join(import.meta.dirname, '../../test-results', pictures);
  mkdirSync(folder, { recursive: true });
  const installation = await demoInstallation();
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-CA' });
  let step = 0;
  return {
    installation,
    context,
    picture: async (page, name) => {
      step += 1;
      await page.screenshot({ path: join(folder, `${String(step).padStart(2, '0')}-${name}.png`) });
    },
    close: async () => {
      await browser.close();
      await installation.close();
    },
  };
}

export async function signIn(page: Page, url: string, userLabel: string, user: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel(userLabel).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(demoPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await typeDemoCode(page, user);
  await page.locator('.me').waitFor();
}

interface BookingRow {
  readonly id: string;
  readonly provider_id: string;
  readonly start_at: Date;
  readonly zone: string;
}

/** Read with that side's own role, so that nothing of the other's code decides. */
async function bookingsIn(
  url: string,
  setting: readonly [name: string, value: string],
  sql: string,
): Promise<(WalkBooking & { readonly startAt: Date; readonly zone: string })[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('select set_config($1, $2, false)', [...setting]);
    const { rows } = await client.query<BookingRow>(sql);
    return rows
      .map(({ id, provider_id, start_at, zone }) => ({
        id,
        providerId: provider_id,
        startAt: start_at,
        zone,
        day: localDateTime(zone, start_at).date,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  } finally {
    await client.end();
  }
}

/** What the portal lists. */
export const portalBookings = ({ roles }: TestInstallation): Promise<WalkBooking[]> =>
  bookingsIn(
    roles.portalSync,
    ['tidegate.site_id', '1042'],
    `select b.booking_id as id, b.provider_id, b.start_at, o.zone
       from booking b join office o using (site_id, connection_id, office_id)
      where b.state in ('present', 'unconfirmed') and not b.patient_masked`,
  );

/** What the EMR holds of the next 14 days, as Schedule Days to Sync counts them. */
export async function emrBookings({ roles }: TestInstallation): Promise<WalkBooking[]> {
  const all = await bookingsIn(
    roles.emrImport,
    ['tidegate.tenant_id', '1042'],
    `select a.appointment_id as id, a.provider_id, a.start_at, o.zone
       from appointment a join office o using (tenant_id, office_id)`,
  );
  return all.filter(({ startAt, zone }) => {
    const today = localDateTime(zone, new Date()).date;
    return startAt >= startOfDay(zone, today) && startAt < startOfDay(zone, addDays(today, 14));
  });
}

export const idsOf = (bookings: readonly WalkBooking[]): string[] => bookings.map(({ id }) => id);

/**
 * Follows the Sync Status bar through a run of *Sync Full Schedule* that `press` asks for: green while it runs, with its name, and then `tone`.
 * Amber and blue may be the colour of the run before, so nothing counts until green was seen, or another run stands in *Last runs*: a run may
 * be over before the page looks again. With `whileGreen` it may not.
 */
export async function followFullSync(
  page: Page,
  press: () => Promise<void>,
  tone: 'blue' | 'amber',
  whileGreen?: () => Promise<void>,
) {
  const bar = page.locator('.statusbar');
  const often = { timeout: 60_000, interval: 20 };
  const fullRuns = async () => (await endedRuns(page)).filter((run) => run.startsWith('Full ')).length;
  const before = await fullRuns();
  await press();
  const state = async () => {
    const said = `${await bar.getAttribute('data-tone')} ${await bar.getByRole('status').textContent()}`;
    return !whileGreen && (await fullRuns()) > before ? 'over' : said;
  };
  await expect.poll(state, often).toBeOneOf(['green Running: Sync Full Schedule', 'over']);
  await whileGreen?.();
  await expect.poll(() => bar.getAttribute('data-tone'), often).not.toBe('green');
  expect(await bar.getAttribute('data-tone')).toBe(tone);
}

/** The runs that *Last runs* lists, latest first: "Recent With gaps". */
export async function endedRuns(page: Page): Promise<string[]> {
  const rows = page.getByRole('region', { name: 'Last runs' }).locator('tbody tr:not(.reason)');
  return Promise.all(
    (await rows.all()).map(async (row) => {
      const cells = await row.getByRole('cell').allTextContents();
      return `${cells[1]} ${cells[3]?.trim()}`;
    }),
  );
}
