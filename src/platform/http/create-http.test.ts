import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { format } from '../../language/messages.ts';
import { createLog } from '../log.ts';
import { problem } from '../problem.ts';
import { sessionCookie } from '../session/cookie.ts';
import { createHttp } from './create-http.ts';
import { serveWeb } from './serve-web.ts';

let app: FastifyInstance;
let lines: string[] = [];
const directory = mkdtempSync(join(tmpdir(), 'tidegate-web-'));
const session = sessionCookie('tidegate_emr');

beforeAll(async () => {
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), '<!doctype html><title>EMR</title>');
  writeFileSync(join(directory, 'assets', 'index-abc123.js'), 'export {};');
  writeFileSync(join(directory, 'assets', 'index-abc123.js.br'), brotliCompressSync('export {};'));
  app = createHttp({
    log: createLog({ level: 'info', name: 'test', destination: { write: (line) => lines.push(line) } }),
    allowedOrigins: ['https://emr.clinic.example'],
    bodyLimitBytes: 2 ** 20,
  });
  app.get('/api/known/:name', async () => {
    throw problem('conflict', 'problem.precondition-failed', {}, { version: 7 });
  });
  app.get('/api/throttled', async () => {
    throw problem('too-many', 'problem.too-many', { seconds: 40 });
  });
  app.get('/api/broken', async () => {
    throw new Error('relation "patient" of Agathe Tremblay');
  });
  app.get('/api/not-ours', async () => {
    throw Object.assign(new Error('upstream'), { statusCode: 404 });
  });
  app.get('/api/text', async () => {
    throw 'a string';
  });
  app.get('/api/no-database', async () => {
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  });
  app.post('/api/change', async (request, reply) => {
    session.set(request, reply, 'token');
    return { read: session.read(request) ?? null };
  });
  serveWeb(app, { directory });
  await app.ready();
});
beforeEach(() => {
  lines = [];
});
afterAll(async () => {
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a problem is rendered with its status, its sentence in the language asked for and its machine-readable part', async () => {
  for (const [header, language] of [
    ['fr-CA,fr;q=0.9,en;q=0.5', 'fr'],
    ['en', 'en'],
    [undefined, 'en'],
  ] as const) {
    const answer = await app.inject({ url: '/api/known/x', headers: header ? { 'accept-language': header } : {} });
    expect(answer.statusCode).toBe(409);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: format(language, 'problem.precondition-failed'),
      status: 409,
      kind: 'conflict',
      key: 'problem.precondition-failed',
      extra: { version: 7 },
    });
  }
});

test('who tried too often is told when to come back', async () => {
  const answer = await app.inject('/api/throttled');
  expect(answer.statusCode).toBe(429);
  expect(answer.headers['retry-after']).toBe('40');
  expect(answer.json().title).toContain('40');
});

test('an unknown error shows an id that its log line has too, and nothing of its text', async () => {
  for (const url of ['/api/broken', '/api/text', '/api/not-ours']) {
    lines = [];
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(500);
    const { errorId, key } = answer.json();
    expect(key).toBe('problem.unknown');
    expect(answer.json().title).toContain(errorId);
    expect(answer.body).not.toMatch(/Agathe|relation|upstream|a string/);
    expect(lines.filter((line) => line.includes(errorId)).length).toBe(1);
  }
});

test('a database that is away is 503, and is logged', async () => {
  const answer = await app.inject('/api/no-database');
  expect(answer.statusCode).toBe(503);
  expect(lines.some((line) => line.includes('ECONNREFUSED'))).toBe(true);
});

test('what is wrong with a request is said as a problem: no JSON, too large, another content type', async () => {
  const post = (payload: string, type = 'application/json') =>
    app.inject({ method: 'POST', url: '/api/change', payload, headers: { 'content-type': type } });
  const answers = await Promise.all([post('{'), post(''), post(`"${'x'.repeat(2 ** 20)}"`), post('<a/>', 'text/xml')]);
  expect(answers.map((one) => [one.statusCode, one.json().key])).toEqual([
    [400, 'problem.invalid-json'],
    [400, 'problem.invalid-json'],
    [413, 'problem.body-too-large'],
    [415, 'problem.media-type'],
  ]);
});

test('the log has the route and never the address, which may hold a name or the token of a link', async () => {
  await app.inject('/api/known/agathe?token=secret');
  expect(lines.join()).toContain('/api/known/:name');
  expect(lines.join()).not.toMatch(/agathe|secret/);
});

test.each([
  ['no cookie, whatever the origin', { origin: 'https://evil.example' }, 200],
  ['a cookie and our own origin', { cookie: 'a=b', origin: 'http://localhost:4100', host: 'localhost:4100' }, 200],
  ['a cookie and an allowed origin', { cookie: 'a=b', origin: 'https://emr.clinic.example' }, 200],
  ['a cookie and another origin', { cookie: 'a=b', origin: 'https://evil.example' }, 403],
  [
    'a cookie and our host on another port',
    { cookie: 'a=b', origin: 'http://localhost:4300', host: 'localhost:4100' },
    403,
  ],
  [
    'a cookie and an origin that only begins like ours',
    { cookie: 'a=b', origin: 'http://localhost:4100.evil.example', host: 'localhost:4100' },
    403,
  ],
  ['a cookie and no origin', { cookie: 'a=b' }, 403],
  [
    'a cookie, no origin and a site that is not ours',
    { cookie: 'a=b', origin: 'null', 'sec-fetch-site': 'cross-site' },
    403,
  ],
  ['a cookie, no origin and the same site', { cookie: 'a=b', origin: 'null', 'sec-fetch-site': 'same-origin' }, 200],
])('a change with %s', async (_what, headers, status) => {
  const answer = await app.inject({ method: 'POST', url: '/api/change', headers, payload: {} });
  expect(answer.statusCode).toBe(status);
  if (status === 403) expect(answer.json().key).toBe('problem.origin');
});

test('reading with a cookie needs no origin', async () => {
  expect((await app.inject({ url: '/healthz', headers: { cookie: 'a=b' } })).statusCode).toBe(200);
});

test('a session cookie is HttpOnly, Lax, for the whole host, and Secure where the connection is', async () => {
  const answer = await app.inject({ method: 'POST', url: '/api/change', payload: {} });
  expect(answer.headers['set-cookie']).toBe('tidegate_emr=token; Max-Age=43200; Path=/; HttpOnly; SameSite=Lax');
  const behindProxy = createHttp({ log: createLog({ level: 'silent', name: 'test' }), trustedProxies: ['10.0.0.0/8'] });
  behindProxy.post('/', async (request, reply) => {
    session.set(request, reply, 'token');
    return {};
  });
  const from = async (remoteAddress: string) =>
    (
      await behindProxy.inject({
        method: 'POST',
        url: '/',
        remoteAddress,
        headers: { 'x-forwarded-proto': 'https' },
        payload: {},
      })
    ).headers['set-cookie'];
  expect(await from('10.1.2.3')).toContain('; Secure');
  // Whoever else says so is not believed.
  expect(await from('192.0.2.7')).not.toContain('; Secure');
  await behindProxy.close();
});

test('every answer carries the security headers, and nothing under /api is kept', async () => {
  for (const url of ['/healthz', '/api/broken', '/', '/nowhere', '/assets/index-abc123.js']) {
    const { headers } = await app.inject(url);
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  }
  expect((await app.inject('/api/broken')).headers['cache-control']).toBe('no-store');
});

test('the page answers every address of the client-side routes and is never kept; hashed files are kept for ever', async () => {
  for (const url of ['/', '/security/users/12', '/patients?date=2026-11-24']) {
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.headers['cache-control']).toBe('no-store');
  }
  const script = await app.inject('/assets/index-abc123.js');
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(script.headers['content-type']).toContain('javascript');
});

test('a file that the build has compressed is sent so to who can read it, and every answer says that it varies', async () => {
  const ask = (encodings: string) =>
    app.inject({ url: '/assets/index-abc123.js', headers: { 'accept-encoding': encodings } });
  const packed = await ask('gzip, deflate, br');
  expect(packed.headers).toMatchObject({
    'content-encoding': 'br',
    vary: expect.stringContaining('accept-encoding'),
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': expect.stringContaining('javascript'),
  });
  expect(brotliDecompressSync(packed.rawPayload).toString()).toBe('export {};');
  for (const encodings of ['gzip', 'identity']) {
    const plain = await ask(encodings);
    expect([plain.headers['content-encoding'], plain.payload]).toEqual([undefined, 'export {};']);
    expect(plain.headers['vary']).toContain('accept-encoding');
  }
});

test('what is not there is a problem for programs and for files, not the page', async () => {
  for (const url of [
    '/api/nowhere',
    '/fhir/nowhere',
    '/oauth/nowhere',
    '/assets/index-gone.js',
    '/assets/%2e%2e/x.js',
    '/../package.json',
    '/.env',
  ]) {
    const answer = await app.inject(url);
    expect([url, answer.statusCode, answer.headers['content-type']]).toEqual([
      url,
      404,
      'application/problem+json; charset=utf-8',
    ]);
  }
  expect((await app.inject({ method: 'POST', url: '/security' })).statusCode).toBe(404);
});

test('a part of the app that renders its own not-found still does beside the page', async () => {
  const both = createHttp({ log: createLog({ level: 'silent', name: 'test' }) });
  both.register(
    async (fhir) => {
      fhir.setNotFoundHandler((_request, reply) => reply.code(404).send({ resourceType: 'OperationOutcome' }));
    },
    { prefix: '/fhir' },
  );
  serveWeb(both, { directory });
  expect((await both.inject('/fhir/Nonsense')).json()).toEqual({ resourceType: 'OperationOutcome' });
  expect((await both.inject('/security')).headers['content-type']).toContain('text/html');
  await both.close();
});

test('without a web build the apps say that they are not ready, and the interface still works', async () => {
  const bare = createHttp({ log: createLog({ level: 'silent', name: 'test' }) });
  serveWeb(bare, { directory: join(directory, 'not-built') });
  expect((await bare.inject('/')).statusCode).toBe(503);
  expect((await bare.inject('/healthz')).statusCode).toBe(200);
  await bare.close();
});
