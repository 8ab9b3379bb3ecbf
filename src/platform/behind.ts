import type { Log } from './log.ts';

/** What is done behind an answer, which must not wait for it: how long it takes would tell what it finds. */
export interface Behind {
  /** What it throws is logged as `what`. */
  do(what: string, work: Promise<void>): void;
  /** Resolves when nothing is left; for who closes. */
  settled(): Promise<void>;
}

export function createBehind(log: Log): Behind {
  const open = new Set<Promise<void>>();
  return {
    do: (what, work) => {
      const one = work.catch((error: unknown) => log.error({ err: error }, what)).finally(() => open.delete(one));
      open.add(one);
    },
    settled: async () => {
      await Promise.all(open);
    },
  };
}
