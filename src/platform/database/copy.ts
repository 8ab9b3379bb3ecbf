// COPY through a connection of ours.
//  - copyFrom resolves when the server has acknowledged the last row; an error of the source, of the server or an abort
//    rejects, and no row stays (the caller's transaction rolls back).
//  - copyTo gives the bytes as they come. Who stops reading before the end must destroy the stream (pipeline does): the
//    connection is then in the middle of a COPY and good for nothing else, so it is closed, which ends the statement at
//    the server. inTransaction sees that its rollback fails and throws the connection away.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from, to } from 'pg-copy-streams';

export interface CopyOptions {
  readonly signal?: AbortSignal;
}

/** Sends `source` into `copy … from stdin`; resolves to the number of rows. Chunks of ~64 kB are far faster than rows. */
export async function copyFrom(
  client: PoolClient,
  sql: string,
  source: AsyncIterable<Buffer | string>,
  { signal }: CopyOptions = {},
): Promise<number> {
  const into = client.query(from(sql, { highWaterMark: 2 ** 18 }));
  await pipeline(source, into, signal ? { signal } : {});
  return into.rowCount;
}

/** The bytes of `copy … to stdout`, cut anywhere (a row may span two chunks). */
export function copyTo(client: PoolClient, sql: string): Readable {
  const out = client.query(to(sql));
  // An error that the server reports leaves the connection usable; one of the reader's does not. pg tells the stream of
  // the former through handleError.
  let serverReported = false;
  const told = out as unknown as { handleError(error: Error): void };
  const handleError = told.handleError.bind(out);
  told.handleError = (error) => {
    // After the reader left this is only the end of the connection that was closed for it, and nobody listens any more.
    if (out.destroyed) return;
    serverReported = true;
    handleError(error);
  };
  out.once('close', () => {
    if (!out.readableEnded && !serverReported) connectionOf(client).stream.destroy();
  });
  return out;
}

/** pg keeps the socket on the client; its types do not say so. */
function connectionOf(client: PoolClient): { readonly stream: { destroy(): void } } {
  return (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection;
}
