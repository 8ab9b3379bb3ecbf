// Stands between Cloud Connect and the EMR as a network does, and fails as a network does. The EMR's own links name this address.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestDefinition } from '../src/fhir/appointment-digest.ts';

/** What happens to a request; undefined: it is passed on whole. */
export type Mishap =
  /** Answers this itself. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Passes the answer on until so many bytes, then breaks the connection or ends politely, as if the file were whole. */
  | { readonly cutAfterBytes: number; readonly politely?: boolean }
  /** Asks the EMR for this path in its place, and passes that answer on, with another text where one is given. */
  | { readonly askFor: string; readonly rewrite?: (text: string) => string }
  /** Passes the answer on with another text. */
  | { readonly rewrite: (text: string) => string };

export interface EmrProxy {
  readonly url: string;
  /** Paths with query of every request, in their order. */
  readonly seen: string[];
  /** Decides for each request; a promise holds the request up until it is kept. */
  mishap: (path: string, method: string) => Mishap | undefined | Promise<Mishap | undefined>;
  /** Whether the EMR is one that says by digests what it would give: if not, all of it is read by every full run. */
  saysDigests: boolean;
  /** Headers that do not get through. */
  lostHeaders: readonly string[];
  /** Where requests go: the port of the EMR. */
  target: number;
  /** Refuses connections until it is opened again. */
  close(): Promise<void>;
  open(): Promise<void>;
}

export async function emrProxy(): Promise<EmrProxy> {
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const path = incoming.url ?? '/';
    proxy.seen.push(path);
    const mishap = withoutDigests(path, await proxy.mishap(path, incoming.method ?? 'GET'));
    if (mishap && 'status' in mishap) {
      outgoing.writeHead(mishap.status, mishap.headers ?? {});
      outgoing.end(mishap.body ?? '');
      return;
    }
    const headers = { ...incoming.headers };
    for (const name of proxy.lostHeaders) delete headers[name];
    const asked = mishap && 'askFor' in mishap ? mishap.askFor : path;
    const upstream = request(
      { host: '127.0.0.1', port: proxy.target, path: asked, method: incoming.method, headers },
      (answer) => forward(answer, outgoing, mishap),
    );
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const withoutDigests = (path: string, mishap: Mishap | undefined): Mishap | undefined => {
    if (proxy.saysDigests || !path.includes('/metadata') || (mishap && !('rewrite' in mishap))) return mishap;
    const rewrite = mishap?.rewrite ?? ((text: string) => text);
    return { rewrite: (text) => rewrite(text).replace(digestDefinition, 'another') };
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const proxy: EmrProxy = {
    url: `http://127.0.0.1:${port}`,
    seen: [],
    mishap: () => undefined,
    saysDigests: true,
    lostHeaders: [],
    target: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    open: () => listen(port),
  };
  return proxy;
}

function forward(answer: IncomingMessage, outgoing: ServerResponse, mishap: Mishap | undefined): void {
  const { 'transfer-encoding': _framing, connection: _connection, ...headers } = answer.headers;
  if (mishap && 'rewrite' in mishap) {
    const { rewrite } = mishap;
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const { 'content-length': _length, ...rest } = headers;
      outgoing.writeHead(answer.statusCode ?? 502, rest);
      outgoing.addTrailers(answer.trailers as Record<string, string>);
      outgoing.end(rewrite(Buffer.concat(chunks).toString()));
    });
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  let left = mishap && 'cutAfterBytes' in mishap ? mishap.cutAfterBytes : Number.POSITIVE_INFINITY;
  answer.on('data', (chunk: Buffer) => {
    if (left <= 0) return;
    const part = chunk.subarray(0, left);
    left -= chunk.length;
    outgoing.write(part, () => {
      if (left > 0 || !mishap) return;
      if ('politely' in mishap && mishap.politely) outgoing.end();
      else outgoing.destroy();
    });
  });
  answer.on('end', () => {
    if (left <= 0) return;
    outgoing.addTrailers(answer.trailers as Record<string, string>);
    outgoing.end();
  });
  answer.on('error', () => outgoing.destroy());
}
