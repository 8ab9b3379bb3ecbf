// Lighthouse over a page that stands at an address, in the Chromium that a test has opened.

export interface LighthouseScores {
  /** 0 to 100. */
  readonly accessibility: number;
  readonly performance: number | undefined;
  /** What costs a point of accessibility, one line each. */
  readonly findings: readonly string[];
}

export interface LighthouseOptions {
  readonly url: string;
  /** The port at which the browser is steered. */
  readonly port: number;
  /** Of who is signed in; empty: nobody. */
  readonly cookie: string;
  readonly performance: boolean;
}

/** What is used of it. Its own types would bring those of two more programs into every check of types. */
type Lighthouse = (
  url: string,
  flags: Readonly<Record<string, unknown>>,
  config: unknown,
) => Promise<{
  readonly lhr: {
    readonly runtimeError?: { readonly message: string };
    readonly finalDisplayedUrl: string;
    readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
    readonly audits: Readonly<Record<string, { readonly title: string; readonly score: number | null }>>;
  };
}>;

/** One run with the preset `desktop`. Throws where the page could not be judged. */
export async function runLighthouse({ url, port, cookie, performance }: LighthouseOptions): Promise<LighthouseScores> {
  const name: string = 'lighthouse';
  const { default: lighthouse, desktopConfig } = (await import(name)) as {
    default: Lighthouse;
    desktopConfig: unknown;
  };
  const { lhr } = await lighthouse(
    url,
    {
      port,
      logLevel: 'silent',
      output: 'json',
      onlyCategories: performance ? ['accessibility', 'performance'] : ['accessibility'],
      disableStorageReset: true,
      disableFullPageScreenshot: true,
      ...(cookie && { extraHeaders: { Cookie: cookie } }),
    },
    desktopConfig,
  );
  const scoreOf = (category: string): number => {
    const score = lhr.categories[category]?.score;
    if (lhr.runtimeError || typeof score !== 'number')
      throw new Error(`Lighthouse has not judged ${url}: ${lhr.runtimeError?.message ?? 'no score'}`);
    return Math.round(score * 100);
  };
  const accessibility = scoreOf('accessibility');
  return {
    accessibility,
    performance: performance ? scoreOf('performance') : undefined,
    findings:
      accessibility === 100
        ? []
        : Object.entries(lhr.audits)
            .filter(([, { score }]) => score === 0)
            .map(([id, { title }]) => `${id}: ${title}`),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)]!;
}
