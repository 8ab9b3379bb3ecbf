// The scheduler's week, its dialogs and its settings, as pictures and by axe.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type EmrInBrowser, nextWorkday, openEmr } from './emr-pages.ts';
import { lookAt } from './screens.ts';

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 180_000);
afterAll(() => emr?.close());

it('looks as it should in both languages and at both widths', { timeout: 240_000 }, async () => {
  const browser = await launchChromium();
  const at = (query: string) => `${emr.url}/?office=lantern-hill&date=${nextWorkday()}${query}`;
  const block = (page: Page) => page.locator('.block, .week-booking').first().waitFor();
  const tab = (n: number) => async (page: Page) => {
    await page.getByRole('tab').nth(n).click();
    await page.locator('.entries, .empty').first().waitFor();
  };
  try {
    const scenes = [
      { name: 'scheduler-week', url: at('&view=week&provider=wobbleton'), reach: block },
      {
        name: 'scheduler-week-of-office',
        url: at('&view=week'),
        reach: (page: Page) => page.locator('.week-overview').waitFor(),
      },
      {
        name: 'scheduler-clock-change',
        url: `${emr.url}/?office=north-quay&date=2026-03-08&view=week&provider=sansnom`,
        reach: (page: Page) => page.locator('.clock-note').waitFor(),
      },
      {
        name: 'scheduler-move',
        url: at(''),
        reach: async (page: Page) => {
          await page.locator('.block[data-status=booked]').first().click();
          await page.locator('.side-panel .mantine-Button-root').nth(2).click();
          await page.getByRole('dialog').waitFor();
        },
      },
      { name: 'settings-hours', url: `${emr.url}/scheduler-settings`, reach: tab(0) },
      { name: 'settings-types', url: `${emr.url}/scheduler-settings`, reach: tab(1) },
      { name: 'settings-statuses', url: `${emr.url}/scheduler-settings`, reach: tab(2) },
    ];
    let looked = 0;
    for (const scene of scenes) looked += await lookAt(browser, { user: 'ada', ...scene });
    expect(looked).toBe(scenes.length * 4);
  } finally {
    await browser.close();
  }
});
