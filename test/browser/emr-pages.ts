// The EMR of the demo clinic in a real browser, for the tests of its screens.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { addDays, todayIn, weekdayOf } from '../../src/platform/zones.ts';
import { hasSecondFactor, typeDemoCode } from '../demo-second-factor.ts';
import type { TestInstallation } from '../installation.ts';
import { demoInstallation, emptyInstallation } from '../temporary-installation.ts';
import { launchChromium } from './chromium.ts';

/** A day on which the demo's clinic works and that is not over: the next one from Monday to Friday. */
export function nextWorkday(): string {
  let date = addDays(todayIn('America/Vancouver', systemClock), 1);
  while (weekdayOf(date) > 5) date = addDays(date, 1);
  return date;
}

export interface View {
  readonly width?: 1280 | 400;
  readonly language?: 'en' | 'fr';
}

export interface EmrInBrowser {
  readonly url: string;
  readonly installation: TestInstallation;
  /** A browser of its own, signed in; at the scheduler. */
  signedIn(user: string, view?: View): Promise<Page>;
  /** A browser of its own, nobody signed in. */
  opened(view?: View): Promise<Page>;
  close(): Promise<void>;
}

export async function openEmr({ demo }: { demo: boolean }): Promise<EmrInBrowser> {
  const installation = demo ? await demoInstallation(['emr']) : await emptyInstallation(['emr']);
  const browser: Browser = await launchChromium();
  const contexts: BrowserContext[] = [];
  // A code is good once, so an administrator signs in once for the file.
  const sessions = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>();
  const url = installation.config.urls.emr;
  const opened = async ({ width = 1280, language = 'en' }: View = {}) => {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      locale: `${language}-CA`,
      reducedMotion: 'reduce',
    });
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(url);
    return page;
  };
  return {
    url,
    installation,
    opened,
    signedIn: async (user, view) => {
      const page = await opened(view);
      const known = sessions.get(user);
      if (known) {
        await page.context().addCookies(known);
        await page.goto(url);
        await page.getByRole('group', { name: /^(The day by provider|La journée par clinicien)$/ }).waitFor();
        return page;
      }
      await page.locator('input[name="username"]').fill(user);
      await page.locator('input[name="password"]').fill(demoPassword);
      await page.locator('button[type="submit"]').click();
      await typeDemoCode(page, user);
      await page.getByRole('group', { name: /^(The day by provider|La journée par clinicien)$/ }).waitFor();
      if (hasSecondFactor(user)) sessions.set(user, await page.context().cookies());
      return page;
    },
    close: async () => {
      await Promise.all(contexts.map((context) => context.close()));
      await browser.close();
      await installation.close();
    },
  };
}

/** *Users > Manage Security*, and a user picked in the dropdown *Users*. */
export async function openPermissions(page: Page, user: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Users' }).click();
  await page.getByRole('menuitem', { name: 'Manage Security' }).click();
  await page.getByRole('combobox', { name: 'Users' }).click();
  await page.getByRole('option', { name: user }).click();
  await page.getByRole('heading', { name: 'Provider Permissions' }).waitFor();
  await page.getByRole('grid').waitFor();
}
