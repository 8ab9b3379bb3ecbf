// The pages of patients and their charts, as pictures and by axe.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { type EmrInBrowser, openEmr } from './emr-pages.ts';
import { lookAt, says } from './screens.ts';

let emr: EmrInBrowser;
beforeAll(async () => {
  emr = await openEmr({ demo: true });
}, 180_000);
afterAll(() => emr?.close());

const chart = (tab: string) => `${emr.url}/patients/patient-3?tab=${tab}`;

it('looks as it should in both languages and at both widths', { timeout: 240_000 }, async () => {
  const browser = await launchChromium();
  try {
    const loaded = (page: Page) => page.getByRole('tab').first().waitFor();
    const open =
      (label: 'chart-page.note.add-first' | 'chart-page.result.add-first' | 'chart-page.document.add-first') =>
      async (page: Page, language: 'en' | 'fr') => {
        await page.getByRole('button', { name: says(language, label) }).click();
        await page.getByRole('dialog').waitFor();
      };
    const scenes = [
      {
        name: 'patients',
        url: `${emr.url}/patients`,
        reach: async (page: Page) => {
          await page.getByRole('searchbox').fill('ma');
          await page.getByRole('row').nth(1).waitFor();
        },
      },
      ...['summary', 'appointments', 'documents', 'notes', 'results', 'bills'].map((tab) => ({
        name: `chart-${tab}`,
        url: chart(tab),
        reach: loaded,
      })),
      { name: 'chart-add-document', url: chart('documents'), reach: open('chart-page.document.add-first') },
      { name: 'chart-add-result', url: chart('results'), reach: open('chart-page.result.add-first') },
      {
        name: 'chart-withheld',
        url: `${emr.url}/patients/patient-1?tab=documents`,
        user: 'robin',
        reach: (page: Page) => page.locator('.empty.hatch').first().waitFor(),
      },
    ];
    let looked = 0;
    for (const scene of scenes) looked += await lookAt(browser, { user: 'ada', ...scene });
    expect(looked).toBe(scenes.length * 4);
  } finally {
    await browser.close();
  }
});
