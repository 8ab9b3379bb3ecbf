// The audit proof. Random requests through both doors, from those who may, those who may less and those who may not: for each answer there is
// exactly the record that it should have, and none without one; who saw a record is who was shown it. Then the sealed log is tampered with in
// every way that we know, and each time the verifier finds it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createSealer } from '../../src/emr/audit/seal-audit.ts';
import { type AuditClinic, createAuditClinic } from '../../src/emr/audit/test-audit.ts';
import { signingKey, verifyingKey } from '../../src/platform/ed25519.ts';
import { compareRequests, compareShown, faultsOfRecording, type Sent, sendRequests } from '../audit/requests.ts';
import { columnsOfLog, tamperings, tryTampering } from '../audit/tamperings.ts';
import type { Proof, Saboteur } from './proof.ts';

const counts = {
  full: { sealed: 400, requests: 10_000, tamperings: 800, faulty: 100 },
  reduced: { sealed: 80, requests: 300, tamperings: 60, faulty: 4 },
} as const;
/** Requests after each of which the log is sealed, so that there are many checkpoints. */
const sealEach = 20;

export const proveAudit: Proof = async ({ adminUrl, full, seed, say }) => {
  const count = full ? counts.full : counts.reduced;
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-audit-proof-'));
  const clinic = await createAuditClinic(adminUrl);
  const key = signingKey(Buffer.alloc(32, seed % 256));
  const sealer = createSealer({ pool: clinic.emr.context.pool, directory, key, log: clinic.emr.context.log });
  try {
    const failures: string[] = [];
    await clinic.emr.grant(clinic.cookie, clinic.emr.adaId, [
      ['harbour', 'abel', 63],
      ['river', 'baker', 34],
    ]);
    await clinic.forget();
    const sent: Sent[] = [];
    for (let n = 0; n < count.sealed; n += sealEach) {
      sent.push(...(await sendRequests(clinic, { count: sealEach, seed: seed + n })));
      await sealer.seal();
    }
    const log = { clinic, directory, key: verifyingKey(key) };
    const { tried, missed } = await tamper(log, { count: count.tamperings, seed, say });
    failures.push(...missed);
    const saboteurs: Saboteur[] = [...(await columnsOfLog(log))];

    sent.push(
      ...(await sendRequests(clinic, { count: count.requests - count.sealed, seed: seed + count.sealed, each: true })),
    );
    const { missing, extra, wrong } = await compareRequests(clinic, sent);
    failures.push(...missing, ...extra, ...wrong);
    const touched = sent.filter(({ expected }) => expected.length > 0).length;
    say(
      `${sent.length} requests, ${touched} of them touched people’s data: ${missing.length} records missing, ${extra.length} too many, ${wrong.length} wrong`,
    );
    if (touched === 0 || touched === sent.length) failures.push('the requests are all of one sort');
    const shown = await compareShown(clinic, sent);
    say(`who saw: ${shown.asked} records, ${shown.lists} showings, ${shown.failures.length} wrong`);
    failures.push(...shown.failures);
    if (shown.lists === 0) failures.push('no list showed anything');

    for (const [name, plant] of Object.entries(faultsOfRecording)) {
      const undo = await plant(clinic);
      const made = await sendRequests(clinic, { count: count.faulty, seed: seed + 1, each: true });
      await undo();
      const found = await compareRequests(clinic, made);
      const caught = found.missing.length + found.extra.length + found.wrong.length > 0;
      say(`saboteur, ${name}: ${[...found.missing, ...found.extra, ...found.wrong][0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught });
    }
    return { cases: sent.length + tried, failures, saboteurs };
  } finally {
    await clinic.close();
    await rm(directory, { recursive: true, force: true });
  }
};

interface SealedLog {
  readonly clinic: AuditClinic;
  readonly directory: string;
  readonly key: ReturnType<typeof verifyingKey>;
}

async function tamper(
  log: SealedLog,
  { count, seed, say }: { readonly count: number; readonly seed: number; readonly say: (line: string) => void },
): Promise<{ readonly tried: number; readonly missed: string[] }> {
  const missed: string[] = [];
  const healthy = await tryTampering(log, undefined, 0);
  if (healthy.findings.length > 0)
    missed.push(`nothing was tampered with, and found: ${JSON.stringify(healthy.findings[0])}`);
  if (healthy.entries < 50 || healthy.checkpoints < 3) missed.push(`too little was sealed: ${healthy.entries} entries`);
  const names = Object.keys(tamperings);
  const draws = fc.sample(fc.nat({ max: 2 ** 30 }), { seed, numRuns: count });
  const found = new Map<string, number>();
  for (const [index, draw] of draws.entries()) {
    const name = names[index % names.length]!;
    const { findings } = await tryTampering(log, name, draw);
    if (findings.length === 0) missed.push(`not detected: ${name}, draw ${draw}`);
    else found.set(name, (found.get(name) ?? 0) + 1);
  }
  const after = await tryTampering(log, undefined, 0);
  if (after.findings.length > 0) missed.push('a tampering was not taken back');
  say(
    `${count} tamperings of ${healthy.entries} entries and ${healthy.checkpoints} checkpoints, ${missed.length} not detected: ${JSON.stringify([...found])}`,
  );
  return { tried: count, missed };
}
