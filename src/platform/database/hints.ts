import pg from 'pg';

export interface Hints {
  /** Listens, or listens again where the connection was lost. Failing to is no error: whoever waits also looks by himself. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Calls `onHint` at each notification of the channel. A hint saves waiting; it may be lost, and nothing may depend on it. */
export function createHints(url: string, channel: string, applicationName: string, onHint: () => void): Hints {
  let listener: pg.Client | undefined;
  return {
    listen: async () => {
      if (listener) return;
      const client = new pg.Client({ connectionString: url, application_name: applicationName });
      client.on('notification', onHint);
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
    },
    close: async () => {
      await listener?.end().catch(() => {});
    },
  };
}
