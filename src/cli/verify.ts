import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  type CertificateContent,
  certificateKey,
  type PublicKey,
  sayProbe,
  verifyCertificate,
} from '../connect/index.ts';
import { format, type Language } from '../language/messages.ts';
import { findSecret } from '../platform/database/secrets.ts';
import { sha256 } from '../platform/ids.ts';
import { problem } from '../platform/problem.ts';
import type { Command } from './command-line.ts';

/**
 * `tidegate verify certificate.json`: whether it is one of this installation's certificates as it was signed, or, with `--key`, of whoever
 * those public keys are (a file of what `/certificate-keys` answers, or its address). Asks nobody else. Ends with 1 for any other text.
 */
export const verifyCommand: Command = async ({ config, language, print, values, positionals }) => {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw problem('invalid', 'cli.verify.what');
  const keys = values.key === undefined ? [await ownKey(config.dataDir)] : await keysAt(values.key);
  const text = await readFile(file, 'utf8').catch(() => {
    throw problem('not-found', 'cli.verify.no-file', { file });
  });
  const verified = await verifyCertificate(text, keys);
  if (!verified.genuine) process.exitCode = 1;
  if (values.json) return print(JSON.stringify(verified));
  if (!verified.genuine) return print(format(language, `cli.verify.${verified.why}`));
  const { content, keyId } = verified;
  print(format(language, 'cli.verify.genuine', { id: content.certificateId, site: content.site, key: keyId }));
  for (const line of linesOf(language, content)) print(line);
};

async function ownKey(dataDir: string): Promise<PublicKey> {
  const secret = findSecret(dataDir, 'certificate-key');
  if (secret === undefined) throw problem('not-found', 'cli.verify.no-key');
  return (await certificateKey(sha256(secret))).publicJwk;
}

async function keysAt(place: string): Promise<readonly PublicKey[]> {
  try {
    const text = /^https?:/.test(place) ? await (await fetch(place)).text() : readFileSync(place, 'utf8');
    const found = JSON.parse(text) as { readonly keys?: readonly PublicKey[] };
    return found.keys ?? [found as PublicKey];
  } catch {
    throw problem('invalid', 'cli.verify.bad-key', { place });
  }
}

function* linesOf(
  language: Language,
  { gap, cells, features, counts, issuedAt }: CertificateContent,
): Generator<string> {
  yield format(language, 'cli.verify.gap', {
    gap: gap.gapId,
    opened: gap.openedAt,
    healed: gap.healedAt,
    issued: issuedAt,
  });
  for (const { officeName, providerDisplay, officeId, providerId, before, after } of counts) {
    yield `${providerDisplay}, ${officeName}`;
    const ofPair = cells.filter((cell) => cell.officeId === officeId && cell.providerId === providerId);
    const held = (when: 'before' | 'after') =>
      ofPair.flatMap((cell) => (cell[when] ? cell.column : [])).join(', ') || '–';
    yield `  ${format(language, 'cli.verify.held', { before: held('before'), after: held('after') })}`;
    yield `  ${format(language, 'cli.verify.shown', { before: before.shown, after: after.shown })}`;
    for (const { feature, probe, ...one } of features) {
      if (one.officeId !== officeId || one.providerId !== providerId) continue;
      const result = format(language, `certificate.result.${probe.result}`);
      yield `  ${format(language, `doctor.short.${feature}`)}: ${result}. ${sayProbe(language, probe)}`;
    }
  }
}
