// Servers that never come to an end.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createEmrClient, type EmrClientOptions } from './emr-client.ts';

let server: Server;
let base: string;
let asked: number;
/** What is answered to everything but the way to a token. */
let answer: (response: ServerResponse) => void;
beforeEach(async () => {
  asked = 0;
  server = createServer((request, response) => {
    const path = request.url!;
    if (path.startsWith('/.well-known')) response.end(JSON.stringify({ token_endpoint: `${base}/token` }));
    else if (path === '/token') response.end(JSON.stringify({ access_token: 'a token', expires_in: 3600 }));
    else {
      asked += 1;
      answer(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const client = (options: EmrClientOptions) =>
  createEmrClient({ baseUrl: base, clientId: 'a client', clientSecret: 'a secret' }, options);

it('an export that is never finished is given up', async () => {
  answer = (response) => response.writeHead(202, { 'content-location': `${base}/status`, 'retry-after': '0.01' }).end();
  const emr = client({ exportMs: 100 });
  await expect(emr.exportFiles(new URLSearchParams())).rejects.toMatchObject({
    failure: 'data',
    key: 'sync.emr.export-endless',
  });
  expect(asked).toBeGreaterThan(3);
  await emr.close();
});

it('a page that drips and never ends is given up', async () => {
  let dripped = 0;
  answer = (response) => {
    response.write('{"resourceType":"Bundle","entry":[');
    const drip = setInterval(() => {
      dripped += 1;
      response.write(' ');
    }, 10);
    response.on('close', () => clearInterval(drip));
  };
  const emr = client({ pageMs: 200 });
  const pages = emr.pages('Appointment?');
  await expect(pages.next()).rejects.toMatchObject({ failure: 'data', key: 'sync.emr.truncated' });
  expect(dripped).toBeGreaterThan(3);
  await emr.close();
});
