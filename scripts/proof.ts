// `npm run -s proof -- NAME [--seed N] [--json]`: a proof at its stated count, in a PostgreSQL of its own. The result is one line on
// stdout, everything else goes to stderr. Fails on a failed case, on no case, and on a saboteur that was not caught.
import { parseArgs } from 'node:util';
import { startDatabaseServer } from '../test/database-server.ts';
import { isProofName, proofs, randomSeed, runProof } from '../test/proofs/proof.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
const seed = values.seed === undefined ? randomSeed() : Number(values.seed);
if (!isProofName(name) || !Number.isSafeInteger(seed)) {
  console.error(`npm run proof -- NAME [--seed N] [--json], where NAME is one of: ${Object.keys(proofs).join(', ')}.`);
  process.exit(2);
}

const began = performance.now();
const server = await startDatabaseServer();
// PostgreSQL outlives a parent that is stopped; this one shall not.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void server.stop().finally(() => process.exit(130)));
try {
  const { line, objections } = await runProof(name, {
    adminUrl: server.adminUrl,
    full: true,
    seed,
    say: (text) => console.error(text),
  });
  for (const objection of objections) console.error(objection);
  console.error(`${Math.round((performance.now() - began) / 1000)} s`);
  console.log(values.json ? JSON.stringify(line) : line);
  process.exitCode = objections.length === 0 ? 0 : 1;
} finally {
  await server.stop();
}
