// A proof as a test: at the reduced count, with its line printed.
import { expect, inject } from 'vitest';
import { type ProofName, randomSeed, runProof } from './proof.ts';

export async function expectProved(name: ProofName): Promise<void> {
  const seed = randomSeed();
  const { line, objections } = await runProof(name, {
    adminUrl: inject('adminUrl'),
    demoDirectory: inject('demoDirectory'),
    full: false,
    seed,
    say: () => {},
  });
  process.stdout.write(`${JSON.stringify(line)}\n`);
  expect(objections, `seed ${seed}`).toEqual([]);
}
