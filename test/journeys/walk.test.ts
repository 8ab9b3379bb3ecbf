// The published procedure, by its own labels, in a real browser against the real three apps.
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  columns,
  type DemoWalk,
  emrBookings,
  endedRuns,
  followFullSync,
  idsOf,
  portalBookings,
  signIn,
  startDemoWalk,
} from './demo-walk.ts';

let walk: DemoWalk | undefined;
afterEach(async () => {
  await walk?.close();
  walk = undefined;
});

const wobbleton = 'Dr. Fern Wobbleton';
const inFilter = (page: Page, provider: string) =>
  page.getByRole('group', { name: 'Provider' }).getByRole('checkbox', { name: provider });

/** The providers that can be ticked on the Patients page, by name. */
const filterNames = async (page: Page): Promise<string[]> =>
  (await page.getByRole('group', { name: 'Provider' }).locator('label').allTextContents())
    .map((text) => text.split(',')[0]!.trim())
    .filter((name) => name !== 'All')
    .sort();

const rowOf = (connect: Page, provider: string): Promise<string | null> =>
  connect.getByRole('region', { name: 'Schedules' }).getByRole('row', { name: provider }).textContent();

async function openProviderPermissions(emr: Page): Promise<void> {
  await emr.getByRole('button', { name: 'Users' }).click();
  await emr.getByRole('menuitem', { name: 'Manage Security' }).click();
  await emr.getByRole('combobox', { name: 'Users' }).click();
  await emr.getByRole('option', { name: /OceanAPI1042/ }).click();
  await emr.getByRole('heading', { name: 'Provider Permissions' }).waitFor();
}

async function save(emr: Page): Promise<void> {
  await emr.getByRole('button', { name: 'Save', exact: true }).click();
  await emr.getByText('Saved.', { exact: true }).waitFor();
}

async function syncFullSchedule(connect: Page): Promise<void> {
  await connect.getByRole('button', { name: 'More ways to sync' }).click();
  await connect.getByRole('menuitem', { name: /Sync Full Schedule/ }).click();
}

async function signOut(connect: Page): Promise<void> {
  await connect.getByRole('button', { name: /Account/ }).click();
  await connect.getByRole('menuitem', { name: 'Sign out' }).click();
  await connect.getByLabel('E-mail address').waitFor();
}

describe('the published procedure', () => {
  it('leads from a missing provider to his bookings on the Patients page', async () => {
    walk = await startDemoWalk('walk');
    const { installation, context, picture } = walk;
    const { urls } = installation.config;

    const portal = await context.newPage();
    await signIn(portal, urls.portal, 'E-mail address', 'jo@saltmarsh.example');
    await inFilter(portal, 'Dr. Juniper Quill').waitFor();
    // He is not among the providers that can be chosen, and not with an empty day: he is named apart, with the reason.
    expect(await inFilter(portal, wobbleton).count()).toBe(0);
    expect(await portal.locator('.day-head', { hasText: wobbleton }).count()).toBe(0);
    const absence = portal.getByRole('region', { name: /Not shown, and why · / }).getByRole('listitem');
    expect(await absence.filter({ hasText: wobbleton }).textContent()).toContain(
      'Not granted in the EMR: Patient, Scheduling, Billing, EMR, Labs and Visible.',
    );
    await picture(portal, 'portal-provider-missing');

    const connect = await context.newPage();
    await signIn(connect, urls.connect, 'E-mail address', 'sam@saltmarsh.example');
    const bar = connect.locator('.statusbar');
    await bar.waitFor();
    expect(await bar.getAttribute('data-tone')).toBe('amber');
    expect(await rowOf(connect, wobbleton)).toContain('Cannot be read');
    expect(await connect.locator('.reason').allTextContents()).toContainEqual(
      expect.stringContaining('Patient, Scheduling, Billing, EMR, Labs and Visible are not granted'),
    );
    await picture(connect, 'connect-names-the-cells');

    const emr = await context.newPage();
    await signIn(emr, urls.emr, 'User name', 'ada');
    await picture(emr, 'emr-scheduler');
    await openProviderPermissions(emr);
    await picture(emr, 'emr-provider-permissions');
    for (const column of columns) {
      const all = emr.getByRole('checkbox', { name: `${column} for every provider schedule` });
      if ((await all.getAttribute('aria-checked')) !== 'true') await all.click();
      expect(await all.getAttribute('aria-checked')).toBe('true');
    }
    await emr.getByLabel('Access Until, Dr. Otto Marmalade, Lantern Hill').fill('');
    await picture(emr, 'emr-pending-changes');
    await save(emr);
    await picture(emr, 'emr-saved');

    // Recent does not heal: the bookings lie behind the cursor.
    const before = await portalBookings(installation);
    await connect.getByRole('button', { name: 'Sync Recent Appointments' }).click();
    await expect.poll(() => endedRuns(connect), { timeout: 60_000 }).toEqual(['Recent With gaps', 'Full With gaps']);
    expect(await bar.getAttribute('data-tone')).toBe('amber');
    expect(await rowOf(connect, wobbleton)).toContain('Needs a full sync');
    expect(idsOf(await portalBookings(installation))).toEqual(idsOf(before));
    await picture(connect, 'connect-recent-does-not-heal');

    await followFullSync(
      connect,
      () => syncFullSchedule(connect),
      'blue',
      () => picture(connect, 'connect-green-while-running'),
    );
    expect(await bar.textContent()).toMatch(/Idle.*complete, no gaps/);
    await picture(connect, 'connect-blue-again');
    await signOut(connect);

    await portal.reload();
    await inFilter(portal, wobbleton).waitFor();
    await picture(portal, 'portal-healed');

    // Exactly the EMR's bookings of the selected providers in the window, compared as the sets that the two databases hold.
    const held = (await emrBookings(installation)).filter(({ providerId }) => providerId !== 'sansnom');
    expect(held.length).toBeGreaterThan(1000);
    expect(idsOf(await portalBookings(installation))).toEqual(idsOf(held));

    // And exactly his of a day are on the page.
    const his = held
      .filter(({ providerId }) => providerId === 'wobbleton')
      .toSorted((a, b) => (a.day < b.day ? -1 : 1));
    const day = his[0]!.day;
    await portal.goto(`${urls.portal}/?date=${day}`);
    await inFilter(portal, wobbleton).check();
    const rows = portal.locator('.day-item .day-row');
    await expect.poll(() => rows.count()).toBe(his.filter((one) => one.day === day).length);
    expect((await filterNames(portal)).length).toBe(new Set(held.map((one) => one.providerId)).size);
    expect(await portal.locator('.day-head').allTextContents()).toEqual([expect.stringContaining(wobbleton)]);
    await picture(portal, 'portal-his-bookings');
  }, 400_000);

  it('for one provider alone leaves the bar amber, and the panel names the cells that the others still lack', async () => {
    walk = await startDemoWalk('walk-one-provider');
    const { installation, context, picture } = walk;
    const { urls } = installation.config;

    const emr = await context.newPage();
    await signIn(emr, urls.emr, 'User name', 'ada');
    await openProviderPermissions(emr);
    for (const column of columns) {
      const cell = emr.getByRole('checkbox', { name: `${column}, ${wobbleton}, Lantern Hill: ` });
      expect(await cell.getAttribute('aria-checked')).toBe('false');
      await cell.click();
      expect(await cell.getAttribute('aria-checked')).toBe('true');
    }
    await picture(emr, 'emr-one-row');
    await save(emr);

    const connect = await context.newPage();
    await signIn(connect, urls.connect, 'E-mail address', 'sam@saltmarsh.example');
    await connect.locator('.statusbar').waitFor();
    await followFullSync(connect, () => syncFullSchedule(connect), 'amber');
    const asked = (await connect.locator('pre.diagnostics').textContent()) ?? '';
    expect(asked.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- Dr. Basil Thistlewick, Driftwood Street: EMR and Labs',
      '- Dr. Basil Thistlewick, Marigold Square: EMR and Labs',
      expect.stringMatching(/^- Dr\. Otto Marmalade, Lantern Hill: Access Until passed on /),
      '- Dr. Wren Fabricado, Marigold Square: Patient and Scheduling',
      '- Hazel Notreally, Marigold Square: Patient',
    ]);
    expect(asked).toContain('OceanAPI1042');
    expect(await rowOf(connect, wobbleton)).toContain('Complete');
    expect(await rowOf(connect, 'Dr. Wren Fabricado')).toContain('Cannot be read');
    await picture(connect, 'connect-names-what-still-lacks');

    const portal = await context.newPage();
    await signIn(portal, urls.portal, 'E-mail address', 'jo@saltmarsh.example');
    await inFilter(portal, wobbleton).waitFor();
    expect(await inFilter(portal, 'Dr. Otto Marmalade').count()).toBe(0);
    await picture(portal, 'portal-one-provider-more');
    const unreadable = new Set(['sansnom', 'marmalade', 'fabricado', 'notreally']);
    const readable = (await emrBookings(installation)).filter(({ providerId }) => !unreadable.has(providerId));
    expect(readable.filter(({ providerId }) => providerId === 'wobbleton').length).toBeGreaterThan(0);
    expect(idsOf(await portalBookings(installation))).toEqual(idsOf(readable));
  }, 400_000);
});
