// Who opens a patient's link without being the patient: scanners of mail, previews, browsers that are ahead of their user. None of them knows
// the birth date, and none may change anything.
import type { Browser } from 'playwright-core';
import { formsOf, linksOf } from './link-page-reader.ts';

export interface Answered {
  readonly status: number;
  readonly page: string;
}
/** One request for a page, redirects not followed. */
export type Ask = (
  method: 'GET' | 'HEAD' | 'POST',
  url: string,
  more?: { readonly headers?: Readonly<Record<string, string>>; readonly form?: URLSearchParams },
) => Promise<Answered>;

export const ask: Ask = async (method, url, { headers = {}, form } = {}) => {
  const answer = await fetch(url, { method, headers, redirect: 'manual', ...(form && { body: form }) });
  return { status: answer.status, page: await answer.text() };
};

export interface PersonaTools {
  readonly ask: Ask;
  readonly browser: Browser;
  /** How long a browser keeps the page open. */
  readonly openMs: number;
}

/** Resolves to how many requests or acts it made: a persona that does nothing proves nothing. */
export type Persona = (tools: PersonaTools, url: string) => Promise<number>;

async function follow({ ask: one }: PersonaTools, url: string): Promise<number> {
  const seen = new Set<string>();
  const next = [url];
  for (let at = next.pop(); at !== undefined && seen.size < 20; at = next.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const { page } = await one('GET', at);
    for (const href of linksOf(page)) next.push(new URL(href, at).href);
  }
  return seen.size;
}

/** Every form of the page by every button, and by none, nothing filled in; then every form of what came of it. */
async function submitAll({ ask: one }: PersonaTools, url: string): Promise<number> {
  let sent = 0;
  let pages = [{ at: url, page: (await one('GET', url)).page }];
  for (let depth = 0; depth < 3; depth += 1) {
    const came: typeof pages = [];
    for (const { at, page } of pages) {
      for (const { action, fields, buttons } of formsOf(page)) {
        for (const button of [undefined, ...buttons]) {
          const form = new URLSearchParams(fields);
          if (button !== undefined) form.set('do', button);
          const to = new URL(action, at).href;
          came.push({ at: to, page: (await one('POST', to, { form })).page });
          sent += 1;
        }
      }
    }
    pages = came.slice(0, 2);
  }
  return sent;
}

async function inBrowser(browser: Browser, act: (page: Awaited<ReturnType<Browser['newPage']>>) => Promise<number>) {
  const context = await browser.newContext({ locale: 'en-CA' });
  try {
    return await act(await context.newPage());
  } finally {
    await context.close();
  }
}

export const personas: Readonly<Record<string, Persona>> = {
  get: async ({ ask: one }, url) => {
    for (let times = 0; times < 3; times += 1) await one('GET', url);
    return 3;
  },
  head: async ({ ask: one }, url) => {
    for (let times = 0; times < 3; times += 1) await one('HEAD', url);
    return 3;
  },
  prefetch: async ({ ask: one }, url) => {
    const headers = { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender', 'x-moz': 'prefetch' };
    await one('GET', url, { headers });
    return 1;
  },
  'follows all links': follow,
  'submits every form empty': submitAll,
  'Chromium with script': ({ browser, openMs }, url) =>
    inBrowser(browser, async (page) => {
      let requests = 0;
      page.on('request', () => {
        requests += 1;
      });
      await page.goto(url);
      await page.waitForTimeout(openMs);
      return requests;
    }),
  'Chromium that clicks the first thing': ({ browser }, url) =>
    inBrowser(browser, async (page) => {
      await page.goto(url);
      let clicks = 0;
      for (const first of ['a, button', 'button', 'input:visible', 'button']) {
        const thing = page.locator(first).first();
        if ((await thing.count()) === 0) continue;
        await thing.click();
        await page.waitForLoadState();
        clicks += 1;
      }
      return clicks;
    }),
};
