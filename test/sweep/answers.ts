// What the sweeps compare: answers without what differs from one to the next whatever was asked.

/** What an object is named by in an address or a body. */
export type Names = Readonly<Record<string, string>>;

export const filled = (template: string, names: Names): string =>
  template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => names[name] ?? whole);

/** Differ from one answer to the next, or from one moment to the next, whatever was asked. */
const unequal = ['date', 'last-modified', 'x-request-id', 'content-length', 'retry-after', 'expires'];

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The answer without the names that were asked for: what is left may not depend on what there is. */
export function comparable({ status, text, headers }: Answer, asked: readonly string[]): string {
  const longestFirst = [...asked].sort((a, b) => b.length - a.length);
  const without = (one: string) => longestFirst.reduce((left, name) => left.replaceAll(name, '…'), one);
  const kept = Object.entries(headers)
    .filter(([name]) => !unequal.includes(name) && !name.startsWith('ratelimit') && !name.startsWith('x-ratelimit'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  // An instant of now in a self link or an expiry is of the moment.
  const still = (one: string) =>
    one
      // What was just made has an id of its own.
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '…')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|%5A)/g, '…')
      .replaceAll(/"errorId":"\w+"/g, '');
  return still(without(`${status} ${JSON.stringify(kept)} ${text}`));
}

export const marksIn = ({ text, headers }: Answer): Set<string> =>
  new Set([...`${text} ${JSON.stringify(headers)}`.matchAll(/MARK-[\w-]+/g)].map(([mark]) => mark));

export const drawnFrom = <T>(all: readonly T[], count: number, random: () => number): T[] =>
  all
    .map((one) => [random(), one] as const)
    .sort(([a], [b]) => a - b)
    .slice(0, count)
    .map(([, one]) => one);
