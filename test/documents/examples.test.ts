// Every example of docs/build-against-this-emr.md, run as it stands against an EMR that listens.
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  clientIdOf,
  clientSecret,
  clinicId,
  createTestClinic,
  type TestClinic,
} from '../../src/emr/fhir/test-clinic.ts';
import { approveAccess } from '../../src/emr/oauth/approve-access.ts';
import { allColumns } from '../../src/fhir/columns.ts';
import { sha256 } from '../../src/platform/ids.ts';
import { freePort } from '../installation.ts';
import { root } from './documents.ts';

const text = readFileSync(join(root, 'docs/build-against-this-emr.md'), 'utf8');
const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', body = '']) => ({ kind, body }));
const examples = blocks.flatMap(({ kind, body }, index) =>
  kind === 'sh' ? [{ script: body, expected: blocks[index + 1] }] : [],
);

let clinic: TestClinic;
let folder: string;
let url: string;
let browser: Server;

const application = { id: `${clinicId}-reports`, secret: 'the secret of an application that is approved' };

/** The administrator's browser: opens the address that it is sent, presses Approve, and answers where it is sent back to. */
async function approve(address: string): Promise<string> {
  const opened = await fetch(address, { redirect: 'manual', headers: { accept: 'text/html' } });
  const cookie = opened.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
  const requestId = opened.headers.get('location')!.split('/').at(-1)!;
  const administrator = { tenantId: clinicId, userId: 'administrator' };
  const { goTo } = await approveAccess(clinic.context, administrator, requestId, { officeIds: ['north', 'south'] });
  const back = await fetch(goTo, { redirect: 'manual', headers: { cookie: cookie.join('; ') } });
  return back.headers.get('location')!;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-examples-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  clinic = await createTestClinic(inject('adminUrl'), join(root, 'src/emr/migrations'), url);
  await clinic.setGrant(['north', 'abel'], allColumns);
  await clinic.app.listen({ host: '127.0.0.1', port });
  await clinic.owner.query(
    `insert into app_user (tenant_id, user_id, kind, username, display_name)
     values ($1, 'administrator', 'administrator', 'administrator', 'Administrator')`,
    [clinicId],
  );
  await clinic.owner.query(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash, scopes, redirect_uris)
     values ($1, $2, 'service', 'Reports', 'client_secret_post', $3, array['system/*.rs'], array['https://reports.example/back'])`,
    [clinicId, application.id, sha256(application.secret)],
  );
  browser = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    response.end(await approve(body).catch(String));
  });
  await new Promise<void>((listening) => browser.listen(0, '127.0.0.1', listening));
  const program = join(folder, 'administrator-approves');
  writeFileSync(
    program,
    `#!/bin/sh\ncurl -s http://127.0.0.1:${(browser.address() as AddressInfo).port} --data-binary "$1"\n`,
  );
  chmodSync(program, 0o755);
});
afterAll(async () => {
  await new Promise((closed) => browser?.close(closed));
  await clinic?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** `…` stands for anything, alone or inside a text. */
function asPattern(value: unknown): unknown {
  if (typeof value === 'string' && value.includes('…')) {
    const parts = value.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return expect.stringMatching(new RegExp(`^${parts.join('.+')}$`));
  }
  if (Array.isArray(value)) return value.map(asPattern);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asPattern(one)]));
}

it('does what it says, block by block', async () => {
  expect(examples.length).toBeGreaterThan(8);
  expect(examples.map(({ expected }) => expected?.kind)).toEqual(examples.map(() => 'json'));
  const mark = '----- next -----';
  const script = examples.map(({ script: one }) => `${one}\necho; echo '${mark}'`).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
    cwd: folder,
    env: {
      PATH: `${folder}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      EMR: url,
      CLIENT_ID: clientIdOf(clinicId),
      CLIENT_SECRET: clientSecret,
      APP_ID: application.id,
      APP_SECRET: application.secret,
    },
  });
  const printed = stdout.split(mark).slice(0, -1);
  expect(printed).toHaveLength(examples.length);
  for (const [index, { script: one, expected }] of examples.entries()) {
    const answer: unknown = JSON.parse(printed[index]!);
    expect(answer, one).toMatchObject(asPattern(JSON.parse(expected!.body)) as object);
  }
});
