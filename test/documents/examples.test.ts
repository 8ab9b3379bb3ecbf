// Every example of docs/build-against-this-emr.md, run as it stands against an EMR that listens.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
import { allColumns } from '../../src/fhir/columns.ts';
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
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-examples-'));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  clinic = await createTestClinic(inject('adminUrl'), join(root, 'src/emr/migrations'), url);
  await clinic.setGrant(['north', 'abel'], allColumns);
  await clinic.app.listen({ host: '127.0.0.1', port });
});
afterAll(async () => {
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
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      EMR: url,
      CLIENT_ID: clientIdOf(clinicId),
      CLIENT_SECRET: clientSecret,
    },
  });
  const printed = stdout.split(mark).slice(0, -1);
  expect(printed).toHaveLength(examples.length);
  for (const [index, { script: one, expected }] of examples.entries()) {
    const answer: unknown = JSON.parse(printed[index]!);
    expect(answer, one).toMatchObject(asPattern(JSON.parse(expected!.body)) as object);
  }
});
