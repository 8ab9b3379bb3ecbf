// The authenticator app of the demo's administrators, for tests that sign in as one. A code is taken once, so each call gives a later
// one: of the step before while the present one has half of its time left, of the present one and the next, and then it waits for the clock.
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { demoAdministrators, demoSecondFactor } from '../src/demo/demo-authenticator.ts';
import { totpCode, totpStep, totpStepSeconds } from '../src/platform/session/totp.ts';

/** By installation and user: several installations of one test do not know of each other's codes. */
const given = new Map<string, number>();

/** A code of the demo's administrator that was not given before at this EMR. */
export async function demoCode(url: string, username: string): Promise<string> {
  const key = `${new URL(url).origin} ${username}`;
  const now = new Date();
  // A code of the step before is refused once the present step ends, and on a busy machine that may be before the EMR has read it.
  const isEarly = (now.getTime() / 1000) % totpStepSeconds < totpStepSeconds / 2;
  const step = Math.max(totpStep(now) - (isEarly ? 1 : 0), (given.get(key) ?? 0) + 1);
  given.set(key, step);
  const begins = (step - 1) * totpStepSeconds * 1000;
  if (Date.now() < begins) await setTimeout(begins - Date.now() + 50);
  return totpCode(demoSecondFactor(username), new Date(step * totpStepSeconds * 1000));
}

export const hasSecondFactor = (username: string): boolean =>
  (demoAdministrators as readonly string[]).includes(username);

/** Types the code that the EMR asks the demo's administrators for after their password. */
export async function typeDemoCode(page: Page, username: string): Promise<void> {
  if (!hasSecondFactor(username)) return;
  const field = page.locator('input[name="code"]');
  await field.waitFor();
  await field.fill(await demoCode(page.url(), username));
  await field.press('Enter');
}
