import { setTimeout as later } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { problem } from '../problem.ts';
import { createHttp } from './create-http.ts';

const ways = {
  answers: async () => ({ ok: true }),
  refuses: async () => {
    throw problem('conflict', 'problem.precondition-failed');
  },
  breaks: async () => {
    throw new Error('broken');
  },
};

/** An app whose record of a request takes a while, as one in a database does; `fails`: it cannot be stored. */
async function recordingApp(steps: string[], { fails = false } = {}) {
  const app = createHttp({ log: createLog({ level: 'silent', name: 'test' }) });
  app.addHook('preHandler', async () => {
    steps.push('asked');
    await later(60);
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    await later(30);
    // The refusal of a record that could not be stored is not recorded in its turn.
    if (fails && !steps.includes('recorded')) {
      steps.push('recorded');
      throw problem('unavailable', 'problem.unavailable');
    }
    steps.push(request.routeOptions.url === '/api/past' ? 'sent twice' : 'recorded');
    return payload;
  });
  for (const [name, handler] of Object.entries(ways)) app.get(`/api/${name}`, handler);
  app.get('/api/past', async (_request, reply) => {
    reply.hijack();
    await later(60);
    reply.raw.end('written past the framework');
    steps.push('recorded');
    return reply;
  });
  return { app, url: await app.listen({ port: 0, host: '127.0.0.1' }) };
}

/** Asks, and hangs up once the asking has begun. */
async function hangUp(url: string, steps: readonly string[]): Promise<void> {
  const abort = new AbortController();
  const asked = fetch(url, { signal: abort.signal }).then(
    () => 'answered',
    () => 'hung up',
  );
  while (!steps.includes('asked')) await later(2);
  abort.abort();
  expect(await asked).toBe('hung up');
}

test.each([...Object.keys(ways), 'past'])(
  'closing waits for what is done for somebody who hung up, where the route %s',
  async (way) => {
    const steps: string[] = [];
    const { app, url } = await recordingApp(steps);
    await hangUp(`${url}/api/${way}`, steps);
    expect(steps).toEqual(['asked']);
    await app.close();
    expect(steps).toEqual(['asked', 'recorded']);
  },
);

test('closing does not wait for ever where the answer itself was refused', async () => {
  const steps: string[] = [];
  const { app, url } = await recordingApp(steps, { fails: true });
  await hangUp(`${url}/api/answers`, steps);
  await app.close();
  expect(steps.slice(0, 2)).toEqual(['asked', 'recorded']);
});

test('closing waits for nobody when all has been answered, files and unknown addresses among it', async () => {
  const steps: string[] = [];
  const { app, url } = await recordingApp(steps);
  const statuses = [];
  for (const path of ['/api/answers', '/api/refuses', '/api/breaks', '/api/past', '/healthz', '/api/nowhere']) {
    const response = await fetch(`${url}${path}`);
    await response.text();
    statuses.push(response.status);
  }
  expect(statuses).toEqual([200, 409, 500, 200, 200, 404]);
  await app.close();
});
