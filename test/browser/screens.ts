// Scenes of a screen, each looked at in both languages and at both widths: whether anything scrolls sideways, by axe, and as a picture in
// test-results. Axe judges what does not differ by language, so it looks wide in English and narrow in French; with LOOKS=all it looks
// always, and the pictures are taken.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import {
  format,
  type Language,
  languages,
  localeOf,
  type MessageKey,
  type MessageParams,
} from '../../src/language/messages.ts';
import { typeDemoCode } from '../demo-second-factor.ts';
import { seriousIn, sidewaysOf } from './accessibility.ts';

const folder = join(import.meta.dirname, '../../test-results');
const lookFully = process.env['LOOKS'] === 'all';
const widths = [1280, 400] as const;

export interface Scene {
  readonly name: string;
  readonly url: string;
  /** undefined: nobody is signed in. */
  readonly user?: string | undefined;
  /** From the page that has loaded to the state to look at. */
  readonly reach: (page: Page, language: Language) => Promise<unknown>;
  /** What a person opens on a phone before it is worth looking. */
  readonly whenNarrow?: (page: Page) => Promise<unknown>;
}

/** A message as the screen says it, for finding what it stands on. */
export const says = (language: Language, key: MessageKey, params?: MessageParams): string =>
  format(language, key, params);

export async function signInAt(page: Page, url: string, user: string): Promise<void> {
  await page.goto(url);
  await page.locator('input[name=username]').fill(user);
  await page.locator('input[name=password]').fill(demoPassword);
  await page.locator('form button[type=submit]').click();
  await typeDemoCode(page, user);
  await page.locator('.me').waitFor();
}

type Cookies = Awaited<ReturnType<BrowserContext['storageState']>>;
const sessions = new Map<string, Cookies>();

/** A person signs in once for all languages and scenes. */
async function signedIn(browser: Browser, url: string, user: string): Promise<Cookies> {
  const key = `${url} ${user}`;
  const known = sessions.get(key);
  if (known) return known;
  const page = await browser.newPage();
  await signInAt(page, url, user);
  const state = await page.context().storageState();
  await page.context().close();
  sessions.set(key, state);
  return state;
}

export interface Look {
  /** Of the picture: `room/name-language-width.png`. */
  readonly room: string;
  readonly name: string;
  readonly language: Language;
  readonly width: number;
  /** A selector: behind a dialog stands a page that was looked at already. */
  readonly within?: string | undefined;
}

/** Looks at a page as it stands. */
export async function lookOnce(page: Page, { room, name, language, width, within }: Look): Promise<void> {
  const sideways = await sidewaysOf(page);
  const judged = lookFully || (language === 'en') === width > 900;
  const serious = judged ? await seriousIn(page, within) : [];
  const wrong = sideways > 0 || serious.length > 0;
  if (lookFully || wrong) {
    mkdirSync(join(folder, room), { recursive: true });
    await page.screenshot({ path: join(folder, room, `${name}-${language}-${width}.png`), fullPage: true });
  }
  expect({ name, language, width, sideways, serious }).toEqual({ name, language, width, sideways: 0, serious: [] });
}

/** Looks at a scene in each language and width, and tells how often it has looked. */
export async function lookAt(browser: Browser, { name, url, user, reach, whenNarrow }: Scene): Promise<number> {
  let looked = 0;
  for (const language of languages) {
    const context = await browser.newContext({
      viewport: { width: widths[0], height: 900 },
      locale: localeOf[language],
      reducedMotion: 'reduce',
      ...(user !== undefined && { storageState: await signedIn(browser, new URL('/', url).href, user) }),
    });
    try {
      const page = await context.newPage();
      await page.goto(url);
      await reach(page, language);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        if (width < 900) await whenNarrow?.(page);
        await lookOnce(page, { room: 'screens', name, language, width });
        looked += 1;
      }
    } finally {
      await context.close();
    }
  }
  return looked;
}
