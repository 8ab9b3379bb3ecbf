// The five symptoms as people see them: of each of the six columns, missing on one pair alone, exactly what docs/domain.md, section 4, predicts
// stands on the portal's pages, in words that name the cell; what that column has nothing to do with works, and so does every other pair.
// Granted, and after one full run, nothing of it is left. All 64 masks, over HTTP: the proof `symptoms`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { bitOf, columns } from '../../src/fhir/columns.ts';
import { formatDate } from '../../src/language/dates.ts';
import { randomToken, sha256 } from '../../src/platform/ids.ts';
import { needs, predictedLacking, type Symptom } from '../symptoms/predicted.ts';
import {
  documentOf,
  keyOf,
  openSymptomWorld,
  pairs,
  resultOf,
  type SymptomWorld,
  saysConfirmed,
} from '../symptoms/symptom-world.ts';
import { all, type Slice, slices } from '../sync-clinic.ts';
import { launchChromium } from './chromium.ts';
import { says } from './screens.ts';

const root = join(import.meta.dirname, '../..');
let browser: Browser;
let world: SymptomWorld;
let context: BrowserContext;
let base: string;

beforeAll(async () => {
  [browser, world] = await Promise.all([
    launchChromium(),
    openSymptomWorld(inject('adminUrl'), { webDirectory: join(root, 'dist/web/portal') }),
  ]);
  base = await world.clinic.listenPortal();
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'en-CA',
    reducedMotion: 'reduce',
  });
  const token = randomToken();
  await world.clinic.portal.query(
    `insert into portal_session (token_hash, app, user_id, site_id, created_at, last_seen_at, second_factor_at)
     select $1, 'portal', user_id, site_id, now(), now(), now() from site_member`,
    [sha256(token)],
  );
  await context.addCookies([{ name: 'tidegate_portal', value: token, url: base }]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const offices: Readonly<Record<string, string>> = { hill: 'Lantern Hill', shore: 'Quiet Shore' };
const providerOf = ([, provider]: Slice): string => `Dr. ${provider[0]!.toUpperCase()}${provider.slice(1)} Invented`;
const placeOf = (slice: Slice): string => `${providerOf(slice)}, ${offices[slice[0]]}`;

async function picture(page: Page, name: string): Promise<void> {
  if (process.env['LOOKS'] !== 'all') return;
  mkdirSync(join(root, 'test-results/symptoms'), { recursive: true });
  await page.screenshot({ path: join(root, 'test-results/symptoms', `${name}.png`), fullPage: true });
}

interface Said {
  readonly rows: number;
  readonly text: string;
}

/** What the Patients page says of each pair, between its heading and the next. */
async function patientsPage(page: Page): Promise<ReadonlyMap<string, Said>> {
  await page.goto(`${base}/?date=${world.dateOf.due}`);
  await page
    .locator('.day-head')
    .nth(slices.length - 1)
    .waitFor();
  const items = page.locator('.day-item');
  const said = new Map<string, Said>();
  let at = '';
  for (const item of await items.all()) {
    const text = (await item.textContent()) ?? '';
    const head = (await item.locator('.day-head').count()) > 0;
    if (head)
      at = slices
        .map(keyOf)
        .find((key) => text.includes(placeOf(key.split('-') as unknown as Slice).replace(',', ' ·')))!;
    const before = said.get(at) ?? { rows: 0, text: '' };
    said.set(at, {
      rows: before.rows + (await item.locator('.day-row').count()),
      text: head ? before.text : before.text + text,
    });
  }
  return said;
}

/** What the log of the reminders says of each pair's appointment of the day that comes due. */
async function reminderLog(page: Page): Promise<ReadonlyMap<string, string[]>> {
  await page.goto(`${base}/reminders/log`);
  await page.locator('.reminder-rows li').first().waitFor();
  const entries = await page.locator('.reminder-rows li').allTextContents();
  const due = formatDate('en', world.dateOf.due, 'short');
  const reminded = formatDate('en', world.dateOf.reminded, 'short');
  return new Map(
    slices.map((slice) => [
      keyOf(slice),
      entries
        .filter((text) => text.includes(placeOf(slice)) && !text.includes(`· ${reminded}`))
        .map((text) => text.replace(due, 'due')),
    ]),
  );
}

/** The patient opens the link of the reminder, says who he is where that is asked, and presses Confirm where that is offered. */
async function confirm(page: Page, slice: Slice): Promise<string> {
  await page.goto(`${world.linkOf(slice)}?lang=en`);
  const [year, month, day] = world.birthDateOf(slice).split('-') as [string, string, string];
  if ((await page.locator('button[value=identify]').count()) > 0) {
    await page.getByLabel(says('en', 'link.day')).fill(day);
    await page.getByLabel(says('en', 'link.month')).selectOption(month);
    await page.getByLabel(says('en', 'link.year')).fill(year);
    await page.getByRole('button', { name: says('en', 'link.continue') }).click();
  }
  const button = page.getByRole('button', { name: says('en', 'link.confirm') });
  if ((await button.count()) > 0) await button.click();
  return (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
}

/** *Save for Ocean* in a message to the patient: what is attached, and what is said where something is not. */
async function attach(page: Page, slice: Slice): Promise<{ files: string; said: string }> {
  await page.goto(`${base}/?date=${world.dateOf.chart}&search=${world.bookingOf('chart', slice)}`);
  await page.locator('.booking-actions button').first().click();
  await page.getByRole('menuitem', { name: says('en', 'messages.act.message') }).click();
  const dialog = page.getByRole('dialog');
  const asked = page.waitForResponse((answer) => answer.url().endsWith('/api/saved-for-ocean'));
  await dialog.getByRole('button', { name: says('en', 'messages.attach.saved') }).click();
  await asked;
  await world.fetchAsked();
  await dialog.locator('.banner, .attached').first().waitFor();
  return {
    files: (await dialog.locator('.attached li').allTextContents()).join(' '),
    said: (await dialog.locator('.banner').allTextContents()).join(' '),
  };
}

const cases = columns.map((column, n) => ({ column, slice: pairs[n % pairs.length]! }));
it.each(cases)(
  '$column missing on one pair shows what section 4 predicts and nothing else, and heals with the cell',
  async ({ column, slice }) => {
    const page = await context.newPage();
    const own = keyOf(slice);
    const has = (symptom: Symptom) => needs[symptom].includes(column);
    const reason = `Not granted in the EMR: ${column}.`;
    await world.begin();
    await world.remind('reminded');
    await world.apply(slice, all & ~bitOf[column]);
    await world.remind('due');

    // 1 and 2: in the place of the bookings stands why there are none, and that cell by name.
    const shown = await patientsPage(page);
    await picture(page, `${column}-patients`);
    for (const [key, { rows, text }] of shown) {
      const isMissing = key === own && has('2 his bookings are not listed');
      expect({ key, rows, reason: /Not granted in the EMR:[^.]*\./.exec(text)?.[0] }).toEqual({
        key,
        rows: isMissing ? 0 : 1,
        reason: isMissing ? reason : undefined,
      });
      // The provider himself is there to be named; what is said is that he is not visible.
      if (isMissing) expect(text.includes('Visible.')).toBe(has('1 the provider is not on the Patients page'));
    }
    expect([...shown.keys()].sort()).toEqual(slices.map(keyOf).sort());

    // 3: the log has him as invisible, without a name.
    const log = await reminderLog(page);
    await picture(page, `${column}-log`);
    for (const [key, entries] of log) {
      const isMissing = key === own && has('3 no reminder is sent');
      expect([key, entries.length]).toEqual([key, 1]);
      expect(entries[0]).toMatch(isMissing ? /1 booking.*Invisible/ : /Mara Madeup.*Sent/);
    }

    // 4
    const heading = await confirm(page, slice);
    await picture(page, `${column}-confirm`);
    await world.settle();
    expect(heading).toContain(
      says('en', has('4 the patient cannot confirm') ? 'link.nowhere.title' : 'link.confirmed.title'),
    );
    expect(await world.isConfirmed(slice)).toBe(!has('4 the patient cannot confirm'));

    // 5
    const { files, said } = await attach(page, slice);
    await picture(page, `${column}-attach`);
    const missing = predictedLacking(all & ~bitOf[column]);
    expect(files.includes(documentOf(slice))).toBe(!has('5 a document cannot be attached'));
    expect(files.includes(resultOf(slice))).toBe(!has('5 a laboratory result cannot be attached'));
    if (missing.length === 0) expect(said).toBe('');
    else
      expect(said).toContain(
        `Cloud Connect lacks ${new Intl.ListFormat('en-CA').format(missing)} for ${placeOf(slice)}.`,
      );
    expect(said).not.toContain('other');

    // The other pairs have nothing of it.
    for (const other of slices.filter((one) => keyOf(one) !== own)) {
      expect(saysConfirmed(await world.confirm(other))).toBe(true);
      const fetched = await world.fetchSaved(other);
      expect(fetched.files.map(({ title }) => title.replace(/ \(.*|\.\w+$/, '')).length).toBe(2);
    }

    await world.apply(slice, all);
    await world.remind('due', 1);
    for (const [key, { rows, text }] of await patientsPage(page))
      expect({ key, rows, reasons: text.includes('Not granted') }).toEqual({ key, rows: 1, reasons: false });
    await picture(page, `${column}-healed`);
    expect((await reminderLog(page)).get(own)!.filter((text) => /Mara Madeup.*Sent/.test(text))).toHaveLength(1);
    expect(await confirm(page, slice)).toContain(says('en', 'link.confirmed.title'));
    if (missing.length > 0) {
      const healed = await attach(page, slice);
      expect(healed.said).toBe('');
      expect(healed.files.includes(documentOf(slice))).toBe(has('5 a document cannot be attached'));
      expect(healed.files.includes(resultOf(slice))).toBe(has('5 a laboratory result cannot be attached'));
    }
    await world.settle();
    expect(await world.leftOver()).toEqual([]);
    await page.close();
  },
  240_000,
);
