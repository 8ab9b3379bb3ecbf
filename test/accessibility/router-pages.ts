// The pages that there are, read from where they are made: the routers of the three apps, and what the servers answer a GET with that no router
// has.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { createConnect } from '../../src/connect/index.ts';
import { createEmr } from '../../src/emr/index.ts';
import { createPortal } from '../../src/portal/index.ts';
import type { TestInstallation } from '../installation.ts';

export const apps = ['emr', 'portal', 'connect'] as const;
export type App = (typeof apps)[number];

const root = join(import.meta.dirname, '../..');
export const routerSource = (app: App): string => readFileSync(join(root, `src/${app}/web/main.tsx`), 'utf8');

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function* nodesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const one of value) yield* nodesIn(one);
    return;
  }
  if (!isNode(value)) return;
  yield value;
  for (const one of Object.values(value)) if (isNode(one)) yield* nodesIn(one);
}

/**
 * The paths of a router's pages, as its source has them. Throws where a page is made in a way that this cannot read: a path that is no
 * literal, a page under another, a second way to make one.
 */
export function pagesOfRouter(source: string): string[] {
  const { program, errors } = parseSync('main.tsx', source);
  if (errors.length > 0) throw new Error(`the router cannot be parsed: ${errors[0]!.message}`);
  const pages: string[] = [];
  for (const call of nodesIn(program)) {
    if (call['type'] !== 'CallExpression' || !isNode(call['callee'])) continue;
    const made = String(call['callee']['name']);
    if (!/^create\w*Route$/.test(made) || made === 'createRootRoute') continue;
    if (made !== 'createRoute') throw new Error(`${made}: nobody reads the pages that it makes`);
    const [options] = call['arguments'] as Node[];
    const optionOf = (name: string): Node =>
      ((options?.['properties'] ?? []) as Node[]).find(({ key }) => isNode(key) && key['name'] === name)?.[
        'value'
      ] as Node;
    const parent = optionOf('getParentRoute')?.['body'];
    if (!isNode(parent) || parent['name'] !== 'root') throw new Error('a page under another page');
    const path = optionOf('path')?.['value'];
    if (typeof path !== 'string') throw new Error('a page whose path is no literal');
    pages.push(path);
  }
  return pages;
}

/** What each server answers a GET with that is not data under /api: `path`, as it was registered. */
export async function pathsOfServers({
  config: { urls },
  roles,
  clock,
  log,
  version,
  sealingKey,
  certificateSeed,
  emrSealingKey,
}: TestInstallation): Promise<Readonly<Record<App, string[]>>> {
  const common = { webDirectory: null, clock, log, version };
  const opened = {
    emr: await createEmr({
      ...common,
      appUrl: roles.emrApp,
      importUrl: roles.emrImport,
      publicUrl: urls.emr,
      sealingKey: emrSealingKey,
    }),
    portal: await createPortal({
      ...common,
      appUrl: roles.portalApp,
      syncUrl: roles.portalSync,
      publicUrl: urls.portal,
      sealingKey,
      linkWaitMs: 0,
    }),
    connect: await createConnect({
      ...common,
      appUrl: roles.connectApp,
      publicUrl: urls.connect,
      sealingKey,
      certificateSeed,
    }),
  };
  const paths = { emr: [], portal: [], connect: [] } as Record<App, string[]>;
  for (const app of apps) {
    await opened[app].app.ready();
    for (const route of opened[app].app.servedRoutes) {
      const [method, path] = route.split(' ') as [string, string];
      if (method === 'GET' && !path.startsWith('/api/')) paths[app].push(path);
    }
    await opened[app].close();
  }
  return paths;
}
