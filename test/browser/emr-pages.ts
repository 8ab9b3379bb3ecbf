// The EMR of the demo clinic in a real browser, for the tests of its screens.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { demoPassword, prepareDemo } from '../../src/demo/prepare-demo.ts';
import { hasSecondFactor, typeDemoCode } from '../demo-second-factor.ts';
import { type TestInstallation, testInstallation } from '../installation.ts';
import { launchChromium } from './chromium.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
  const dataDir = mkdtempSync(join(tmpdir(), 'tidegate-emr-web-'));
  // The demo connects the clinic, so the portal's half must be there as well; its screens are not needed.
  const installation = await testInstallation({ dataDir, services: ['emr'] });
  if (demo) await prepareDemo(installation);
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
      rmSync(dataDir, { recursive: true, force: true });
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

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: { target: string[]; failureSummary: string }[];
}

/** How many pixels the page scrolls sideways, the serious faults of accessibility `within`, and how many rules had something to look at. */
export async function faultsOf(
  page: Page,
  within = 'html',
): Promise<{ sideways: number; serious: string[]; rules: number }> {
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate(`axe.run(${JSON.stringify(within)})`)) as {
    violations: Violation[];
    passes: unknown[];
  };
  return {
    sideways: await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
    serious: violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .flatMap((one) => one.nodes.map((node) => `${one.id} ${node.target.join(' ')}: ${node.failureSummary}`)),
    rules: passes.length,
  };
}
