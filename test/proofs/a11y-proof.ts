// Accessibility, measured (decision record 70). Every page of the three apps' routers and every page that a server writes, with the demo clinic
// on it: nothing that axe finds, and everything reached by the Tab key with a focus that is seen, in both languages and at both widths; and
// Lighthouse over the Patients page and the patient's page. What a router has and this does not know is a failure.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { type Language, languages } from '../../src/language/messages.ts';
import { type DemoWorld, openDemoWorld, type View } from '../accessibility/demo-world.ts';
import { keyboardFindingsIn } from '../accessibility/keyboard.ts';
import { median, runLighthouse } from '../accessibility/lighthouse.ts';
import { noPages, routerPages, serverPages, type Way } from '../accessibility/pages.ts';
import { type App, apps, pagesOfRouter, pathsOfServers, routerSource } from '../accessibility/router-pages.ts';
import { findingsIn } from '../browser/accessibility.ts';
import { launchChromium } from '../browser/chromium.ts';
import { freePort } from '../installation.ts';
import { drawnFrom } from '../sweep/answers.ts';
import type { Proof, Saboteur } from './proof.ts';

const widths = [1280, 400] as const;
const views: readonly View[] = languages.flatMap((language) => widths.map((width) => ({ language, width })));
/** Runs of Lighthouse over each page, of which the median counts. */
const lighthouseRuns = 5;
const performanceAtLeast = 95;
/** Pages of each app that the reduced count looks at, each in one view. */
const reducedPages = 1;

interface KnownPage extends Way {
  readonly app: App;
  readonly path: string;
  readonly name: string;
}

const known: readonly KnownPage[] = [
  ...apps.flatMap((app) =>
    Object.entries(routerPages[app]).flatMap(([path, ways]) => ways.map((way) => ({ ...way, app, path }))),
  ),
  ...Object.entries(serverPages).flatMap(([path, ways]) =>
    ways.map((way) => ({ ...way, app: 'portal' as const, path })),
  ),
].map((page, n) => ({ ...page, name: `${page.app} ${page.path} (${n})` }));

/** Pages that are there and that nobody has said how to reach, and pages that are known and are not there. */
function listedWrongly(app: App, routers: readonly string[], servers: readonly string[]): string[] {
  const wanted = Object.keys(routerPages[app]);
  const written = app === 'portal' ? Object.keys(serverPages) : [];
  // A page that is served with a token behind it is served without one as well, and says the same as for a wrong one.
  const isWritten = (path: string) => written.some((one) => one === path || one === `${path}/*`);
  return [
    ...routers
      .filter((path) => !wanted.includes(path))
      .map((path) => `nobody has said how ${path} of ${app} is reached`),
    ...wanted.filter((path) => !routers.includes(path)).map((path) => `${path} is no page of ${app}`),
    ...servers
      .filter((path) => !isWritten(path) && !noPages[app].some((pattern) => pattern.test(path)))
      .map((path) => `nobody has said whether ${path} of ${app} is a page`),
    ...written.filter((path) => !servers.includes(path)).map((path) => `${path} is not served by ${app}`),
  ];
}

interface Judged {
  readonly stops: number;
  readonly findings: readonly string[];
}

async function judge(page: Page): Promise<Judged> {
  // What lies half under a heading that stays in place is half hidden until somebody scrolls.
  await page.evaluate('scrollTo(0, 0)');
  const found = await findingsIn(page);
  const { stops, findings } = await keyboardFindingsIn(page);
  return { stops, findings: [...found, ...findings] };
}

async function reach(page: Page, way: KnownPage, world: DemoWorld): Promise<void> {
  const at = new URL(await way.at(world), world.installation.config.urls[way.app]).href;
  await page.goto(at);
  await way.reach?.(page, world);
  await page.locator(way.shows).first().waitFor({ timeout: 30_000 });
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached', timeout: 30_000 });
}

export const proveA11y: Proof = async ({ adminUrl, demoDirectory, full, seed, say }) => {
  const own = demoDirectory === undefined ? mkdtempSync(join(tmpdir(), 'tidegate-a11y-')) : undefined;
  const port = await freePort();
  const browser = await launchChromium({ debuggingPort: port });
  let world: DemoWorld | undefined;
  try {
    world = await openDemoWorld({ adminUrl, directory: demoDirectory ?? join(own!, 'demo') }, browser);
    const failures: string[] = [];
    const servers = await pathsOfServers(world.installation);
    const routers = Object.fromEntries(apps.map((app) => [app, pagesOfRouter(routerSource(app))])) as Record<
      App,
      string[]
    >;
    for (const app of apps) failures.push(...listedWrongly(app, routers[app], servers[app]));
    const random = seededRandom(seed);
    const looks: { page: KnownPage; language: Language; at: readonly number[] }[] = full
      ? known.flatMap((page) => languages.map((language) => ({ page, language, at: widths })))
      : apps.flatMap((app) =>
          drawnFrom(
            known.filter((page) => page.app === app),
            reducedPages,
            random,
          ).map((page) => ({
            page,
            language: drawnFrom(languages, 1, random)[0]!,
            at: drawnFrom(widths, 1, random),
          })),
        );
    let [cases, stops] = [0, 0];
    for (const { page: way, language, at } of looks) {
      const context = await world.opened(way.app, way.as, { language, width: at[0]! });
      const page = await context.newPage();
      try {
        await reach(page, way, world);
      } catch (error) {
        failures.push(`${way.name} ${language}: is not reached: ${(error as Error).message.split('\n')[0]}`);
        say(failures.at(-1)!);
        await context.close();
        continue;
      }
      for (const width of at) {
        const name = `${way.name} ${language} ${width}`;
        await page.setViewportSize({ width, height: 900 });
        const judged = await judge(page);
        const { findings } = judged;
        stops += judged.stops;
        cases += 1;
        failures.push(...findings.map((finding) => `${name}: ${finding}`));
        say([`${name}: ${judged.stops} stops, ${findings.length} findings`, ...findings.slice(0, 5)].join('\n  '));
      }
      await context.close();
    }
    // A page may have nothing to press: that all are so means that nobody has pressed Tab.
    if (stops === 0) failures.push('Tab comes to nothing on any page');
    say(
      `${new Set(looks.map(({ page }) => page.name)).size} pages, ${cases} looks, ${stops} stops of Tab, ${failures.length} wrong`,
    );

    const measured = full
      ? (['Patients page', 'confirm page'] as const)
      : drawnFrom(['Patients page', 'confirm page'] as const, 1, random);
    for (const name of measured) {
      const scores = await measure(world, { name, port, runs: full ? lighthouseRuns : 1, performance: full });
      say(
        `Lighthouse, ${name}: accessibility ${scores.accessibility}, performance ${scores.performance ?? 'not measured'}`,
      );
      if (scores.accessibility !== 100)
        failures.push(`Lighthouse, ${name}: accessibility ${scores.accessibility}: ${scores.findings.join('; ')}`);
      if (scores.performance !== undefined && scores.performance < performanceAtLeast)
        failures.push(`Lighthouse, ${name}: performance ${scores.performance}`);
    }
    return {
      cases: cases + measured.length,
      failures,
      saboteurs: await trySaboteurs(world, { port, routers, servers, say }),
    };
  } finally {
    await world?.close();
    await browser.close();
    if (own) rmSync(own, { recursive: true, force: true });
  }
};

async function cookiesOf(context: BrowserContext): Promise<string> {
  const { cookies } = await context.storageState();
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

async function measure(
  world: DemoWorld,
  {
    name,
    port,
    runs,
    performance,
  }: { name: 'Patients page' | 'confirm page'; port: number; runs: number; performance: boolean },
): Promise<{ accessibility: number; performance: number | undefined; findings: readonly string[] }> {
  const isPatients = name === 'Patients page';
  const context = isPatients ? await world.opened('portal', 'jo', views[0]!) : undefined;
  const cookie = context ? await cookiesOf(context) : '';
  await context?.close();
  const url = isPatients ? `${world.installation.config.urls.portal}/?date=${world.workday}` : await world.link();
  const all = [];
  for (let run = 0; run < runs; run += 1) all.push(await runLighthouse({ url, port, cookie, performance }));
  const speeds = all.flatMap((one) => (one.performance === undefined ? [] : [one.performance]));
  return {
    accessibility: median(all.map((one) => one.accessibility)),
    performance: speeds.length > 0 ? median(speeds) : undefined,
    findings: all.flatMap((one) => one.findings),
  };
}

/** What is done to a page that is right, and a word that has to be in what is then found. */
const faults: readonly { readonly name: string; readonly found: RegExp; readonly plant: string }[] = [
  {
    name: 'a button without a name',
    found: /^button-name /,
    plant: `document.querySelector('main').append(document.createElement('button'))`,
  },
  {
    name: 'a contrast too low',
    found: /^color-contrast /,
    plant: `document.querySelector('main h1').style.color = '#b8b8b8'`,
  },
  {
    name: 'a page without a heading',
    found: /^page-has-heading-one /,
    plant: `document.querySelector('h1').replaceWith(document.querySelector('h1').textContent)`,
  },
  {
    name: 'an image without a text',
    found: /^image-alt /,
    plant: `document.querySelector('main').append(Object.assign(new Image(32, 32), { src: '/x.png' }))`,
  },
  {
    name: 'no focus is to be seen',
    found: /^has the focus, and it cannot be seen: /,
    plant: `(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync('*, *::before, *::after { outline: none !important; box-shadow: none !important; }');
      document.adoptedStyleSheets.push(sheet);
    })()`,
  },
  {
    name: 'a button that the mouse alone can press',
    found: /^not reached by Tab: .*for the mouse/,
    plant: `document.querySelector('main').append(Object.assign(document.createElement('button'), { textContent: 'for the mouse', tabIndex: -1 }))`,
  },
  {
    name: 'a field that Tab does not leave',
    found: /^Tab does not lead on from it: /,
    plant: `document.querySelector('main').prepend(Object.assign(document.createElement('input'), {
      ariaLabel: 'a trap',
      onkeydown: (event) => event.preventDefault(),
    }))`,
  },
];

async function trySaboteurs(
  world: DemoWorld,
  {
    port,
    routers,
    servers,
    say,
  }: {
    port: number;
    routers: Readonly<Record<App, readonly string[]>>;
    servers: Readonly<Record<App, readonly string[]>>;
    say: (line: string) => void;
  },
): Promise<Saboteur[]> {
  const saboteurs: Saboteur[] = [];
  const caught = (name: string, by: string | undefined) => {
    say(`saboteur, ${name}: ${by ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name, caught: by !== undefined });
  };
  const way = known.find(({ app, path }) => app === 'portal' && path === '/forgotten-password')!;
  const context = await world.opened(way.app, way.as, views[0]!);
  try {
    const page = await context.newPage();
    await reach(page, way, world);
    const { findings } = await judge(page);
    caught('the page as it is, in which nothing is found', findings.length === 0 ? 'nothing' : undefined);
    for (const { name, plant, found } of faults) {
      await reach(page, way, world);
      await page.evaluate(plant);
      caught(
        name,
        (await judge(page)).findings.find((finding) => found.test(finding)),
      );
    }
  } finally {
    await context.close();
  }
  const more = routerSource('portal').replace(
    /^const reminders = createRoute/m,
    `const secret = createRoute({ getParentRoute: () => root, path: '/secret', component: UsersPage });\n$&`,
  );
  caught(
    'a page of a router that nobody has said how to reach',
    listedWrongly('portal', pagesOfRouter(more), servers.portal).find((one) => one.includes('/secret')),
  );
  caught(
    'a page of a server that nobody has said how to reach',
    listedWrongly('portal', routers.portal, [...servers.portal, '/survey/:token']).find((one) =>
      one.includes('/survey'),
    ),
  );
  const page = await (await fetch(await world.link())).text();
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(page.replace(/<html lang="\w+"/, '<html'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { accessibility, findings } = await runLighthouse({ url, port, cookie: '', performance: false });
    caught('a page for Lighthouse that does not say its language', accessibility < 100 ? findings[0] : undefined);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return saboteurs;
}
