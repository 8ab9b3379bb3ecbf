// The authenticator app of the demo's administrators, for tests that sign in as one. A code is taken once, so each call gives a later
// one: of the step before while the present one has half of its time left, of the present one and the next, and then it waits for the clock.
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { demoAdministrators, demoSecondFactor } from '../src/demo/demo-authenticator.ts';
import { totpCode, totpStep, totpStepSeconds } from '../src/platform/session/totp.ts';

/** What somebody put into an app during the test. */
const enrolled = new Map<string, string>();

/** By app and user: several installations of one test do not know of each other's codes. */
const given = new Map<string, number>();

/** A code of the demo's administrator that was not given before at this app. */
export async function demoCode(url: string, username: string): Promise<string> {
  const key = `${new URL(url).origin} ${username}`;
  const now = new Date();
  // A code of the step before is refused once the present step ends, and on a busy machine that may be before the app has read it.
  const isEarly = (now.getTime() / 1000) % totpStepSeconds < totpStepSeconds / 2;
  const step = Math.max(totpStep(now) - (isEarly ? 1 : 0), (given.get(key) ?? 0) + 1);
  given.set(key, step);
  const begins = (step - 1) * totpStepSeconds * 1000;
  if (Date.now() < begins) await setTimeout(begins - Date.now() + 50);
  return totpCode(enrolled.get(username) ?? demoSecondFactor(username), new Date(step * totpStepSeconds * 1000));
}

export const hasSecondFactor = (username: string): boolean =>
  (demoAdministrators as readonly string[]).includes(username);

/**
 * Gives a code, and the next one where it was used already: at the portal it may have been given in Cloud Connect, whose people are the same.
 * `give` says what became of it: the answer's status, and its text.
 */
export async function giveDemoCode(
  url: string,
  username: string,
  give: (code: string) => Promise<{ readonly status: number; readonly text: string }>,
): Promise<void> {
  for (;;) {
    const { status, text } = await give(await demoCode(url, username));
    if (status === 200) return;
    if (status !== 400 || !text.includes('second-factor.problem.used'))
      throw new Error(`no session: ${status} ${text}`);
  }
}

/** Does what is asked for after the password: types a code, or sets the second factor up first. Nothing where somebody is in. */
export async function typeDemoCode(page: Page, username: string): Promise<void> {
  const field = page.locator('input[name="code"]');
  await field.or(page.locator('.me')).first().waitFor();
  if (!(await field.isVisible())) return;
  const key = page.locator('.secret-key');
  if (await key.isVisible()) {
    enrolled.set(username, (await key.textContent())!.replaceAll(/\s/g, ''));
    await field.fill(await demoCode(page.url(), username));
    await field.press('Enter');
    await page.locator('.recovery-codes').waitFor();
    await page.locator('main input[type="checkbox"]').check();
    await page.locator('main button:enabled').last().click();
    return;
  }
  await giveDemoCode(page.url(), username, async (code) => {
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/api/sign-in/code'));
    await field.fill(code);
    await field.press('Enter');
    const answer = await answered;
    return { status: answer.status(), text: await answer.text() };
  });
}
