import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface LookOut {
  start(): void;
  /** Looks at once, as a hint does. */
  wake(): void;
  /** Comes back when the look that is going is over; what was begun by it is the caller's to wait for. */
  stop(): Promise<void>;
}

export interface LookOutOptions {
  /** Of a role that may log in: hints come over a connection of their own. */
  readonly url: string;
  readonly channel: string;
  readonly applicationName: string;
  readonly lookMs: number;
  /** Begins what there is to do. True: there may be more, look again at once. */
  readonly look: () => Promise<boolean>;
  /** A look that failed; the next one comes as usual. */
  readonly onError: (error: unknown) => void;
}

/**
 * Looks for work that lies in the database: at each notification of the channel, and every `lookMs`. A hint saves waiting; it may be lost,
 * so failing to listen is no error, and it is tried again before each look.
 */
export function createLookOut({ url, channel, applicationName, lookMs, look, onError }: LookOutOptions): LookOut {
  const stopped = new AbortController();
  let wake = () => {};
  let listener: pg.Client | undefined;
  let loop: Promise<void> | undefined;

  async function listen(): Promise<void> {
    const client = new pg.Client({ connectionString: url, application_name: applicationName });
    client.on('notification', () => wake());
    client.on('error', () => {
      if (listener === client) listener = undefined;
    });
    try {
      await client.connect();
      await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      listener = client;
    } catch {
      await client.end().catch(() => {});
    }
  }

  async function work(): Promise<void> {
    while (!stopped.signal.aborted) {
      const hinted = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        if (!listener) await listen();
        if (await look()) continue;
      } catch (error) {
        onError(error);
      }
      await Promise.race([hinted, sleep(lookMs, undefined, { signal: stopped.signal }).catch(() => {})]);
    }
  }

  return {
    start: () => {
      loop = work();
    },
    wake: () => wake(),
    stop: async () => {
      stopped.abort();
      await loop;
      await listener?.end().catch(() => {});
    },
  };
}
