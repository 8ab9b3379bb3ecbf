import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ApiProblem, api, apiAnswer } from './api.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refused = async (promise: Promise<unknown>): Promise<ApiProblem> =>
  promise.then(
    () => Promise.reject(new Error('it succeeded')),
    (problem) => problem as ApiProblem,
  );

describe('api', () => {
  it('sends JSON, the language and the version that a change was made from, and gives value and ETag back', async () => {
    const base = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const { method, headers } = request;
        response.setHeader('etag', '"319"');
        response.end(
          JSON.stringify({ method, body, language: headers['accept-language'], ifMatch: headers['if-match'] }),
        );
      });
    });
    const answer = await apiAnswer(base, { method: 'PUT', body: { a: 1 }, ifMatch: '"318"' });
    expect(answer).toEqual({
      status: 200,
      etag: '"319"',
      value: { method: 'PUT', body: '{"a":1}', language: 'en', ifMatch: '"318"' },
    });
  });

  it('gives undefined for an answer without a body', async () => {
    const base = await serve((_request, response) => response.writeHead(204).end());
    expect(await api(base, { method: 'DELETE' })).toBeUndefined();
  });

  it('throws what the server said was wrong, with its machine-readable part', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '8' });
      response.end(JSON.stringify({ title: 'Too many tries.', status: 429, key: 'problem.too-many', extra: { a: 1 } }));
    });
    expect(await refused(api(base))).toMatchObject({
      name: 'ApiProblem',
      status: 429,
      title: 'Too many tries.',
      key: 'problem.too-many',
      extra: { a: 1 },
      retryAfterSeconds: 8,
      errorId: undefined,
    });
  });

  it('says a sentence of its own when the answer is no problem document', async () => {
    const base = await serve((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    expect(await refused(api(base))).toMatchObject({
      status: 502,
      title: 'The server answered with 502 and no reason.',
      extra: {},
    });
  });

  it('says so when no server answers', async () => {
    const base = await serve((request) => request.socket.destroy());
    expect(await refused(api(base))).toMatchObject({ status: 0, title: 'No connection to the server' });
  });

  it('leaves an abort to the one who aborted', async () => {
    const base = await serve(() => {});
    const controller = new AbortController();
    const asked = refused(api(base, { signal: controller.signal }));
    controller.abort();
    expect((await asked).name).toBe('AbortError');
  });
});
