import { setTimeout as sleep } from 'node:timers/promises';
// What people do in the demo clinic while a browser looks on: through the same API that their screens use.
import { type APIRequestContext, type APIResponse, request } from 'playwright-core';
import { expect } from 'vitest';
import type { SyncMode, SyncStatus } from '../../src/connect/contract/sync.ts';
import { demoPassword } from '../../src/demo/prepare-demo.ts';
import type { ListedUser, ProviderPermissions } from '../../src/emr/contract/security.ts';
import { giveDemoCode, hasSecondFactor } from '../demo-second-factor.ts';

/** A session at one of the three apps. Whoever gets it disposes of it. */
export async function sessionAt(
  url: string,
  who: { username: string } | { email: string },
): Promise<APIRequestContext> {
  const session = await request.newContext({ baseURL: url, extraHTTPHeaders: { origin: url } });
  await succeeded(session.post('/api/sign-in', { data: { ...who, password: demoPassword } }));
  const name = 'username' in who ? who.username : who.email;
  if (hasSecondFactor(name)) {
    await giveDemoCode(url, name, async (code) => {
      const answer = await session.post('/api/sign-in/code', { data: { code } });
      return { status: answer.status(), text: await answer.text() };
    });
  }
  return session;
}

export async function succeeded<T>(asked: Promise<APIResponse>): Promise<T> {
  const answer = await asked;
  expect(answer.status(), await answer.text()).toBeLessThan(300);
  return (await answer.json()) as T;
}

/** Cloud Connect's; an application that somebody registers has a user of its own kind too. */
export const integrationUser = 'OceanAPI1042';

/** Sets rows of *Provider Permissions* of the integration user. */
export async function grant(
  emr: APIRequestContext,
  rows: (matrix: ProviderPermissions) => { officeId: string; providerId: string; columns: number }[],
): Promise<void> {
  const users = await succeeded<ListedUser[]>(emr.get('/api/users'));
  const path = `/api/users/${users.find(({ username }) => username === integrationUser)!.userId}/provider-permissions`;
  const matrix = await succeeded<ProviderPermissions>(emr.get(path));
  const changes = rows(matrix).map((row) => ({ ...row, accessUntilDay: null }));
  await succeeded(emr.put(path, { data: { changes }, headers: { 'if-match': `"${matrix.version}"` } }));
}

export const syncStatus = (connect: APIRequestContext): Promise<SyncStatus> =>
  succeeded<SyncStatus>(connect.get('/api/sync-status'));

/**
 * Asks for a run and waits for its end; gives the bar that it leaves. An announcement of the EMR may have begun one of the kind at this moment,
 * which may have read what came before: then it is asked again, as a person does.
 */
export async function sync(connect: APIRequestContext, mode: SyncMode): Promise<SyncStatus['bar']> {
  const ask = () => connect.post('/api/sync-runs', { data: { mode } });
  let answer = await ask();
  const isGoing = async () =>
    answer.status() === 409 && ((await answer.json()) as { key: string }).key === 'sync.problem.already-running';
  for (const until = Date.now() + 60_000; (await isGoing()) && Date.now() < until; answer = await ask())
    await sleep(200);
  const { runId } = await succeeded<{ runId: string }>(Promise.resolve(answer));
  await expect
    .poll(async () => (await syncStatus(connect)).runs.find((run) => run.runId === runId)?.endedAt, {
      timeout: 120_000,
    })
    .toBeTruthy();
  return (await syncStatus(connect)).bar;
}

/** Reminders and messages leave at any hour of the day. */
export async function mailAtAnyHour(portal: APIRequestContext, url: string): Promise<void> {
  const settings = {
    version: 0,
    runAt: '00:00',
    quietFrom: '00:00',
    quietTo: '00:00',
    testAddress: null,
    keepDays: 365,
  };
  const answer = await portal.put('/api/reminders/settings', { data: settings, headers: { origin: url } });
  expect(answer.status()).toBe(200);
}
