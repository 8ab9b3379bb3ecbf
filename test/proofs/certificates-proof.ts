// A certificate that was touched is none. Random certificates are signed and then forged: edited, reordered, cut, added to, spelled otherwise, signed
// with another key or none. Each forgery is refused, and each certificate believed. The saboteurs are verifiers as one might write them.
import fc from 'fast-check';
import { FlattenedSign, flattenedVerify, importJWK } from 'jose';
import {
  type CertificateKey,
  certificateKey,
  contentOf,
  type PublicKey,
  signCertificate,
  verifyCertificate,
} from '../../src/connect/certificates/certificate.ts';
import type { CertificateContent } from '../../src/connect/contract/certificates.ts';
import { features } from '../../src/connect/contract/features.ts';
import { columns } from '../../src/fhir/columns.ts';
import type { ProofOptions, ProofResult } from './proof.ts';

type Verify = (text: string, keys: readonly PublicKey[]) => Promise<boolean>;

const ours: Verify = async (text, keys) => (await verifyCertificate(text, keys)).genuine;

const words = fc.string({ minLength: 1, maxLength: 12 });
const instant = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const schedule = fc.record({ officeId: words, officeName: words, providerId: words, providerDisplay: words });
const counts = fc.record({ shown: fc.nat(500), hidden: fc.nat(500) });
const contents: fc.Arbitrary<CertificateContent> = fc
  .record({
    certificateId: fc.uuid(),
    issuedAt: instant,
    site: words,
    openedAt: instant,
    healedAt: instant,
    gapId: words,
    schedules: fc.array(fc.tuple(schedule, counts, counts, fc.nat(63), fc.nat(63)), { minLength: 1, maxLength: 4 }),
  })
  .map(({ certificateId, issuedAt, site, openedAt, healedAt, gapId, schedules }) => ({
    type: 'tidegate-certificate',
    version: 1,
    certificateId,
    issuedAt,
    site,
    zone: 'America/Vancouver',
    emr: { baseUrl: 'https://emr.example/fhir', tenantId: '1042', user: 'OceanAPI1042' },
    gap: { gapId, cause: 'cells', openedAt, healedAt },
    needManifestVersion: 1,
    cells: schedules.flatMap(([one, , , before, after]) =>
      columns.map((column, bit) => ({
        ...one,
        column,
        before: (before & (1 << bit)) !== 0,
        after: (after & (1 << bit)) !== 0,
      })),
    ),
    features: schedules.flatMap(([one]) =>
      features.map((feature) => ({
        ...one,
        feature,
        before: 'broken' as const,
        after: 'works' as const,
        probe: {
          officeId: one.officeId,
          providerId: one.providerId,
          feature,
          result: 'passed' as const,
          at: issuedAt,
          said: { key: 'certificate.probe.role', params: {} },
        },
      })),
    ),
    counts: schedules.map(([one, before, after]) => ({ ...one, before, after })),
    evidence: { permissionVersionBefore: '1.1.0', permissionVersionAfter: '2.1.0', certainty: 'proved', runs: [] },
  }));

interface Forging {
  readonly document: string;
  readonly content: CertificateContent;
  readonly key: CertificateKey;
  readonly other: CertificateKey;
  readonly at: number;
}
interface Parts {
  payload: string;
  protected: string;
  signature: string;
}

const base64url = (text: string) => Buffer.from(text).toString('base64url');
const partsOf = (document: string) => JSON.parse(document) as Parts;
const withPayload = (document: string, content: unknown) =>
  JSON.stringify({ ...partsOf(document), payload: base64url(JSON.stringify(content)) });
/** Another letter of base64url at this place. */
const flipped = (text: string, at: number) => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const index = at % text.length;
  const letter = letters[(letters.indexOf(text[index]!) + 1 + (at % 62)) % 64]!;
  return (
    text.slice(0, index) + (letter === text[index] ? (letter === 'A' ? 'B' : 'A') : letter) + text.slice(index + 1)
  );
};
/** The same bytes in another spelling: the last letter of base64url has bits that mean nothing. */
const respelled = (text: string) => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = letters.indexOf(text.at(-1)!);
  const free = text.length % 4 === 2 ? 16 : text.length % 4 === 3 ? 4 : 1;
  return free === 1 ? `${text}=` : text.slice(0, -1) + letters[last - (last % free) + ((last + 1) % free)]!;
};

const forgeries: Readonly<Record<string, (forging: Forging) => string | Promise<string>>> = {
  'a letter of what it says': ({ document, at }) => {
    const parts = partsOf(document);
    return JSON.stringify({ ...parts, payload: flipped(parts.payload, at) });
  },
  'a letter of its signature': ({ document, at }) => {
    const parts = partsOf(document);
    return JSON.stringify({ ...parts, signature: flipped(parts.signature, at) });
  },
  'a letter of its header': ({ document, at }) => {
    const parts = partsOf(document);
    return JSON.stringify({ ...parts, protected: flipped(parts.protected, at) });
  },
  'a word of what it says': ({ document, content }) => withPayload(document, { ...content, site: `${content.site}!` }),
  'a cell that was not held': ({ document, content }) =>
    withPayload(document, { ...content, cells: content.cells.map((cell) => ({ ...cell, after: !cell.after })) }),
  'entries in another order': ({ document, content }) =>
    withPayload(document, { ...content, features: [...content.features.slice(1), content.features[0]] }),
  'members in another order': ({ document, content }) => {
    const { type, ...rest } = content;
    return withPayload(document, { ...rest, type });
  },
  'fewer entries': ({ document, content }) => withPayload(document, { ...content, cells: content.cells.slice(1) }),
  'cut off': ({ document, at }) => document.slice(0, 1 + (at % (document.length - 1))),
  'something after it': ({ document }) => `${document} `,
  'space in it': ({ document }) => document.replace(',', ', '),
  'parts in another order': ({ document }) => {
    const { payload, protected: header, signature } = partsOf(document);
    return JSON.stringify({ signature, payload, protected: header });
  },
  'one part more': ({ document }) => JSON.stringify({ ...partsOf(document), header: { note: 'checked' } }),
  'its signature in another spelling': ({ document }) => {
    const parts = partsOf(document);
    return JSON.stringify({ ...parts, signature: respelled(parts.signature) });
  },
  'what it says in another spelling': ({ document }) => {
    const parts = partsOf(document);
    return JSON.stringify({ ...parts, payload: respelled(parts.payload) });
  },
  'another key': ({ content, other }) => signCertificate(content, other),
  'another key under our key’s name': ({ content, key, other }) =>
    signCertificate(content, { ...other, publicJwk: key.publicJwk }),
  'no signature': ({ document, key }) =>
    JSON.stringify({
      ...partsOf(document),
      protected: base64url(JSON.stringify({ alg: 'none', typ: 'tidegate-certificate', kid: key.publicJwk.kid })),
      signature: '',
    }),
  'the public key taken for a secret': async ({ content, key }) => {
    const signed = await new FlattenedSign(Buffer.from(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'HS256', typ: 'tidegate-certificate', kid: key.publicJwk.kid })
      .sign(Buffer.from(String(key.publicJwk.x), 'base64url'));
    return JSON.stringify({ payload: signed.payload, protected: signed.protected, signature: signed.signature });
  },
  'something else that our key signed': async ({ content, key }) => {
    const signed = await new FlattenedSign(Buffer.from(JSON.stringify(content)))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'something-else', kid: key.publicJwk.kid })
      .sign(key.privateKey);
    return JSON.stringify({ payload: signed.payload, protected: signed.protected, signature: signed.signature });
  },
  'the signature of another certificate': async ({ document, content, key }) => {
    const second = await signCertificate({ ...content, certificateId: 'another' }, key);
    return JSON.stringify({ ...partsOf(document), signature: partsOf(second).signature });
  },
};

/** Verifiers with the mistakes that are made. Each has to be found out by at least one forgery. */
const saboteurs: Readonly<Record<string, Verify>> = {
  'whatever can be read is believed': async (text) => {
    try {
      return contentOf(text).type === 'tidegate-certificate';
    } catch {
      return false;
    }
  },
  'the library alone is asked: other spellings, orders and parts pass': async (text, [key]) => {
    try {
      await flattenedVerify(JSON.parse(text) as Parts, await importJWK(key!, 'EdDSA'));
      return true;
    } catch {
      return false;
    }
  },
  'the key that the header names is fetched from whoever sends it': async (text) => {
    const { kid } = (() => {
      try {
        return JSON.parse(Buffer.from(partsOf(text).protected, 'base64url').toString()) as { kid?: string };
      } catch {
        return {};
      }
    })();
    const known = (await everyKey()).find(({ publicJwk }) => publicJwk.kid === kid);
    return known !== undefined && ours(text, [known.publicJwk]);
  },
  'nothing is believed': async () => false,
};

const seeds = [11, 12];
const everyKey = () => Promise.all(seeds.map((seed) => certificateKey(Buffer.alloc(32, seed))));

export async function proveCertificates({ full, seed, say }: ProofOptions): Promise<ProofResult> {
  const [key, other] = (await everyKey()) as [CertificateKey, CertificateKey];
  const names = Object.keys(forgeries);
  const samples = fc.sample(fc.tuple(contents, fc.nat()), { seed, numRuns: full ? 500 : 12 });
  const failures: string[] = [];
  let cases = 0;
  const judged = async (verify: Verify): Promise<string[]> => {
    const wrong: string[] = [];
    for (const [content, at] of samples) {
      const document = await signCertificate(content, key);
      for (const [name, text] of [
        ['as it was signed', document] as const,
        ['with a line end', `${document}\n`] as const,
      ]) {
        if (!(await verify(text, [key.publicJwk]))) wrong.push(`${name}: refused`);
        cases += 1;
      }
      for (const name of names) {
        const text = await forgeries[name]!({ document, content, key, other, at });
        if (await verify(text, [key.publicJwk])) wrong.push(`${name}: believed`);
        cases += 1;
      }
    }
    return wrong;
  };
  failures.push(...(await judged(ours)));
  const counted = cases;
  const tried: { name: string; caught: boolean }[] = [];
  for (const [name, verify] of Object.entries(saboteurs)) {
    const wrong = await judged(verify);
    say(`saboteur, ${name}: ${[...new Set(wrong)].slice(0, 4).join('; ') || 'not caught'}`);
    tried.push({ name, caught: wrong.length > 0 });
  }
  return { cases: counted, failures, saboteurs: tried };
}
