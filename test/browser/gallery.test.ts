import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../scripts/chromium.ts';
import { webConfig } from '../../vite.config.ts';
import { seriousIn, sidewaysOf } from './accessibility.ts';

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

let built: string;
let server: Server;
let browser: Browser;
let base: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'tidegate-gallery-'));
  const config = webConfig('emr');
  await build({
    ...config,
    root: join(import.meta.dirname, 'gallery'),
    build: { ...config.build, outDir: built },
    configFile: false,
    logLevel: 'error',
  });
  server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://gallery').pathname);
    const file = join(built, path === '/' ? 'index.html' : path);
    try {
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
      response.end(readFileSync(file));
    } catch {
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium: run `node scripts/chromium.ts`');
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(built, { recursive: true, force: true });
});

interface View {
  readonly query: string;
  readonly width?: 1280 | 400;
  readonly scheme?: 'light' | 'dark';
}

async function look<T>({ query, width = 1280, scheme = 'light' }: View, act: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-CA',
  });
  try {
    const page = await context.newPage();
    await page.goto(`${base}/?${query}`);
    await page.getByRole('main').waitFor();
    return await act(page);
  } finally {
    await context.close();
  }
}

const pages = ['page=parts', 'page=panel', 'page=sign-in&problem=refused', 'page=sign-in&problem=throttled'];

describe('the parts of the screens', () => {
  for (const app of ['emr', 'connect', 'portal']) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`have no serious accessibility fault and nothing that scrolls sideways: ${app}, ${scheme}`, async () => {
        // The accent is what differs between apps, and the first page shows all of it.
        for (const page of app === 'emr' ? pages : pages.slice(0, 1)) {
          for (const width of [1280, 400] as const) {
            await look({ query: `app=${app}&${page}`, width, scheme }, async (screen) => {
              expect({ page, width, sideways: await sidewaysOf(screen), serious: await seriousIn(screen) }).toEqual({
                page,
                width,
                sideways: 0,
                serious: [],
              });
            });
          }
        }
      });
    }
  }

  it('open: menus and dialogs have no serious accessibility fault either', async () => {
    await look({ query: 'app=connect&page=parts' }, async (page) => {
      await page.getByRole('button', { name: 'More ways to sync' }).click();
      await page.getByRole('menuitem', { name: /Sync Full Schedule/ }).waitFor();
      expect(await seriousIn(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Account: Ada/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
      expect(await seriousIn(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('banner').getByRole('button', { name: 'Help' }).click();
      await page.getByRole('dialog', { name: 'Help' }).waitFor();
      expect(await seriousIn(page)).toEqual([]);
    });
  });
});

describe('the keyboard alone', () => {
  it('reaches Manage Security through the menu of the top bar', async () => {
    await look({ query: 'page=panel' }, async (page) => {
      await page.getByRole('button', { name: 'Users' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('[role=menuitem]:focus', { hasText: 'Manage Security' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      expect(await page.getByRole('button', { name: 'Users' }).getAttribute('aria-current')).toBe('true');
    });
  });

  it('opens Sync Full Schedule from the half at the right of the button', async () => {
    await look({ query: 'app=connect&page=parts' }, async (page) => {
      await page.getByRole('button', { name: 'Sync Recent Appointments' }).focus();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.locator('[role=menuitem]:focus', { hasText: 'Sync Full Schedule' }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
      // The way out has the focus when the act takes something away.
      await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Stay');
    });
  });

  it('opens the menu of a phone, closes it by Escape and comes back to its button', async () => {
    await look({ query: 'page=panel', width: 400 }, async (page) => {
      await page.getByRole('button', { name: 'Close', exact: true }).click();
      const burger = page.getByRole('button', { name: 'Open the menu' });
      await burger.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('link', { name: 'Manage Security' }).waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toContain('Scheduler');
      await page.keyboard.press('Escape');
      expect(await burger.evaluate((button) => button === button.ownerDocument.activeElement)).toBe(true);
    });
  });

  it('opens Help by ?, but not while a person is typing', async () => {
    await look({ query: 'page=sign-in' }, async (page) => {
      await page.getByLabel('E-mail address').focus();
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog').count()).toBe(0);
      await page.getByRole('button', { name: 'Help' }).focus();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Help' }).waitFor();
      const diagnostics = await page.locator('pre').textContent();
      expect(diagnostics).toMatch(/version: \d+\.\d+\.\d+/);
      expect(diagnostics).not.toContain('http');
    });
  });
});

describe('what a person chose', () => {
  it('holds after a reload: French, and the dark appearance', async () => {
    await look({ query: 'page=parts' }, async (page) => {
      await page.getByRole('button', { name: 'Français' }).click();
      await page.getByRole('button', { name: /^Compte : Ada/ }).click();
      await page.getByRole('menuitemradio', { name: 'Sombre' }).click();
      await page.reload();
      await page.getByRole('banner').getByRole('button', { name: 'Aide' }).waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe('fr');
      expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    });
  });
});

describe('a page that throws', () => {
  it('shows an id and ways back, and none of the fault’s own text', async () => {
    await look({ query: 'page=crash' }, async (page) => {
      await page.getByRole('heading', { name: 'This page has stopped' }).waitFor();
      expect(await page.getByRole('alert').textContent()).toMatch(/For support: W-[0-9a-f]{8}/);
      expect(await page.getByRole('alert').textContent()).not.toContain('planted');
      expect(await page.getByRole('link', { name: 'Go to the start page' }).getAttribute('href')).toBe('/');
    });
  });
});
