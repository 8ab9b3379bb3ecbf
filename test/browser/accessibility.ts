import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: { target: string[]; failureSummary: string }[];
}

/**
 * The serious and critical faults that axe finds on the page as it stands, one line each; `within` a selector, the whole page by default.
 * Of the rules that hold it reports one element each: making selectors for all of them is most of what it costs.
 */
export async function seriousIn(page: Page, within = 'html'): Promise<string[]> {
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate(
    `axe.run(${JSON.stringify(within)}, { resultTypes: ['violations'] })`,
  )) as { violations: Violation[]; passes: unknown[] };
  expect(passes.length).toBeGreaterThan(5);
  return violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .flatMap((one) => one.nodes.map((node) => `${one.id} ${node.target.join(' ')}: ${node.failureSummary}`));
}

/** WCAG 2.2, levels A and AA, and what axe holds to be good practice beyond it; every rule of them, also those that are off unless asked for. */
const everyRule = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Everything that axe finds on the whole page as it stands, however slight, one line each. */
export async function findingsIn(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations, passes } = (await page.evaluate(
    `axe.run('html', { resultTypes: ['violations'], runOnly: ${JSON.stringify(everyRule)} })`,
  )) as { violations: Violation[]; passes: unknown[] };
  if (passes.length <= 5) throw new Error(`axe has judged nothing: ${passes.length} rules hold`);
  return violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id} ${node.target.join(' ')}: ${node.failureSummary.replaceAll(/\s+/g, ' ')}`),
  );
}

/**
 * How many pixels the page scrolls sideways once it stands still; 0 is right. What floats is placed anew in the frame after a change of width.
 * Asked again and again from here: a page whose policy forbids `eval` cannot wait for an expression by itself.
 */
export async function sidewaysOf(page: Page): Promise<number> {
  const until = performance.now() + 5_000;
  for (;;) {
    const by = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    if (by <= 0) return 0;
    if (performance.now() > until) return by;
    await page.waitForTimeout(50);
  }
}
