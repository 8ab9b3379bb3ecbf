// How each page of the three apps is reached with something on it, and by whom. A page that is missing here fails the proof.
import type { Page } from 'playwright-core';
import { chartTabIds } from '../../src/emr/web/chart/tab-ids.ts';
import type { DemoWorld } from './demo-world.ts';
import type { App } from './router-pages.ts';

export type Person = 'ada' | 'robin' | 'sam' | 'jo';

export interface Way {
  /** undefined: nobody is signed in. */
  readonly as?: Person;
  /** What comes behind the address of the app, or a whole address. */
  readonly at: (world: DemoWorld) => string | Promise<string>;
  /** A selector of what has to be on it before it is worth judging: of what is there, not of the frame. */
  readonly shows: string;
  /** From the page that has loaded to what it shows. */
  readonly reach?: (page: Page, world: DemoWorld) => Promise<unknown>;
}

const one = (at: Way['at'] | string, as: Person | undefined, shows: string, reach?: Way['reach']): Way => ({
  at: typeof at === 'string' ? () => at : at,
  shows,
  ...(as && { as }),
  ...(reach && { reach }),
});

const after = async (made: Promise<unknown>, path: string): Promise<string> => {
  await made;
  return path;
};

const answerWhoHeIs = async (page: Page, { birthDate }: DemoWorld) => {
  const [year, month, day] = birthDate.split('-') as [string, string, string];
  await page.locator('input[name=day]').fill(day);
  await page.locator('select[name=month]').selectOption(month);
  await page.locator('input[name=year]').fill(year);
  await page.locator('button[value=identify]').click();
};

/** By the path that the router has. */
export const routerPages: Readonly<Record<App, Readonly<Record<string, readonly Way[]>>>> = {
  emr: {
    '/': [
      one(({ workday }) => `/?office=lantern-hill&date=${workday}`, 'ada', '.block'),
      one(
        ({ workday, pair }) => `/?office=${pair.officeId}&date=${workday}&view=week&provider=${pair.providerId}`,
        'ada',
        '.block',
      ),
      one('/', undefined, 'input[name=username]'),
    ],
    '/patients': [
      one('/patients', 'ada', '.found-patients li, main table tbody tr, main li', async (page) => {
        await page.locator('main input').first().fill('Madeup');
      }),
    ],
    '/patients/$patientId': chartTabIds.map((tab) =>
      one(({ patientId }) => `/patients/${patientId}?tab=${tab}`, 'ada', '[role=tabpanel] *'),
    ),
    '/scheduler-settings': [one('/scheduler-settings', 'ada', '[role=tabpanel] input')],
    '/security': [
      one(({ integrationUser }) => `/security?user=${integrationUser}`, 'ada', '[role=grid]'),
      one('/security', 'robin', 'text=Ada Placeholder'),
    ],
    '/security/fix': [one(async (world) => (await world.fixRequest()).link, 'ada', '.pending-panel')],
    '/security/audit-logs': [one('/security/audit-logs', 'ada', '.audit-entries tbody tr')],
    '/security/active': [one('/security/active', 'ada', 'table.people tbody tr')],
    '/security/expiring': [one('/security/expiring', 'ada', 'main h1')],
    '/security/integrations': [one('/security/integrations', 'ada', 'table.people tbody tr')],
    '/third-party-access/$requestId': [
      one((world) => world.accessRequest(), 'ada', '.scopes'),
      one('/oauth/authorize?client_id=1042-nobody&response_type=code', 'ada', '.banner.red'),
    ],
    '/second-factor': [one('/second-factor', 'ada', 'main h2')],
    '/sign-out': [one('/sign-out', 'robin', 'input[name=username]')],
  },
  portal: {
    '/': [
      one(({ workday }) => `/?date=${workday}`, 'sam', '.day-item .day-row'),
      one('/', undefined, 'input[name=username]'),
    ],
    '/day-sheet': [one(({ workday }) => `/day-sheet?date=${workday}&office=lantern-hill`, 'jo', '.sheet-rows')],
    '/tasks': [one((world) => after(world.staffTask(), '/tasks'), 'jo', '.task')],
    '/why': [
      one(
        ({ workday, pair }) => `/why?date=${workday}&office=${pair.officeId}&provider=${pair.providerId}`,
        'jo',
        '.way-list li',
        (page) => page.locator('.why-steps summary').first().click(),
      ),
    ],
    '/messages': [one((world) => after(world.thread(), '/messages'), 'jo', '.thread-row')],
    '/messages/$threadId': [one(async (world) => `/messages/${(await world.thread()).threadId}`, 'jo', '.message')],
    '/users': [one((world) => after(world.invitation(), '/users'), 'sam', 'main li')],
    '/audit-log': [one((world) => after(world.invitation(), '/audit-log'), 'sam', '.audit-entries tbody tr')],
    '/invitation': [one((world) => world.invitation(), undefined, 'input[name=displayName]')],
    '/second-factor': [one('/second-factor', 'sam', 'main h2')],
    '/forgotten-password': [one('/forgotten-password', undefined, 'input[name=username]')],
    '/new-password': [one((world) => world.newPassword(), undefined, 'input[name=password]')],
    '/reminders': [one((world) => after(world.rule(), '/reminders'), 'sam', '.reminder-rows li')],
    '/reminders/log': [one((world) => after(world.reminded(), '/reminders/log'), 'sam', '.reminder-rows li')],
    '/reminders/rules/$ruleId': [
      one(async (world) => `/reminders/rules/${await world.rule()}`, 'sam', 'main form input'),
    ],
  },
  connect: {
    '/': [one('/', 'sam', '.statusbar'), one('/', undefined, 'input[name=username]')],
    '/settings': [one('/settings', 'sam', '.connect-providers li')],
    '/write-backs': [one((world) => after(world.staffTask(), '/write-backs'), 'sam', 'main h1')],
    '/doctor': [one('/doctor', 'sam', '.doctor-gates')],
    '/certificates/$certificateId': [
      one(async (world) => `/certificates/${await world.certificate()}`, 'sam', 'main section'),
    ],
    '/second-factor': [one('/second-factor', 'sam', 'main h2')],
    '/fix-requests/$fixRequestId': [
      one(async (world) => `/fix-requests/${(await world.fixRequest()).fixRequestId}`, 'sam', '.fix-office'),
    ],
  },
};

/** Pages that a server writes itself, by the path that it answers: all of them the portal's. */
export const serverPages: Readonly<Record<string, readonly Way[]>> = {
  '/a/*': [
    one((world) => world.link(), undefined, 'button[value=identify]'),
    one((world) => world.link(), undefined, 'button[value=confirm]', answerWhoHeIs),
    one('/a/nothing', undefined, 'h1'),
  ],
  '/m/*': [
    one(async (world) => (await world.thread()).link, undefined, 'button[value=identify]'),
    one(async (world) => (await world.thread()).link, undefined, 'textarea', answerWhoHeIs),
    one('/m/nothing', undefined, 'h1'),
  ],
  '/opt-out/:token': [
    one((world) => world.optOut(), undefined, 'form'),
    one(
      (world) => world.optOut(),
      undefined,
      'h1',
      async (page) => {
        await page.locator('form button').click();
        await page.waitForLoadState();
      },
    ),
    one('/opt-out/nothing', undefined, 'h1'),
  ],
};

/** What else a server answers a GET with: nothing that anybody looks at. */
export const noPages: Readonly<Record<App, readonly RegExp[]>> = {
  // What OAuth has to say to a browser is said by a page of the router.
  emr: [/^\/healthz$/, /^\/oauth\/\*$/, /^\/fhir\//],
  portal: [/^\/healthz$/],
  connect: [/^\/healthz$/, /^\/certificate-keys$/],
};
