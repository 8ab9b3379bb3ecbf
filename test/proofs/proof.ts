// What a proof is. The tests run each at a reduced count, `npm run proof -- NAME` at the stated one: the same code, the same saboteurs.

export interface ProofOptions {
  /** Of a PostgreSQL in which the proof makes its databases. */
  readonly adminUrl: string;
  /** Where the run keeps its demo clinic, made by whoever wants it first; absent: a proof that wants one makes its own. */
  readonly demoDirectory?: string;
  /** The stated count; else a reduced one, never zero. */
  readonly full: boolean;
  /** Decides order and choice; the same seed gives the same cases. */
  readonly seed: number;
  /** Takes a line for a person: how far the proof is, and what it found. */
  readonly say: (line: string) => void;
}

/** A fault that the proof plants itself, to see that it would be found. */
export interface Saboteur {
  readonly name: string;
  readonly caught: boolean;
}

export interface ProofResult {
  readonly cases: number;
  /** One for each case that failed: what was expected and what was there. */
  readonly failures: readonly string[];
  readonly saboteurs: readonly Saboteur[];
}

export type Proof = (options: ProofOptions) => Promise<ProofResult>;

export const proofs = {
  decisions: async (): Promise<Proof> => (await import('./decisions-proof.ts')).proveDecisions,
  surfaces: async (): Promise<Proof> => (await import('./surfaces-proof.ts')).proveSurfaces,
  'route-sweep': async (): Promise<Proof> => (await import('./route-sweep-proof.ts')).proveRouteSweep,
  assertions: async (): Promise<Proof> => (await import('./assertions-proof.ts')).proveAssertions,
  validators: async (): Promise<Proof> => (await import('./validators-proof.ts')).proveValidators,
  catalogue: async (): Promise<Proof> => (await import('./catalogue-proof.ts')).proveCatalogue,
  masks: async (): Promise<Proof> => (await import('./mask-proof.ts')).proveMasks,
  'chart-masks': async (): Promise<Proof> => (await import('./chart-mask-proof.ts')).proveChartMasks,
  'write-masks': async (): Promise<Proof> => (await import('./write-mask-proof.ts')).proveWriteMasks,
  symptoms: async (): Promise<Proof> => (await import('./symptoms-proof.ts')).proveSymptoms,
  zones: async (): Promise<Proof> => (await import('./zones-proof.ts')).proveZones,
  a11y: async (): Promise<Proof> => (await import('./a11y-proof.ts')).proveA11y,
  links: async (): Promise<Proof> => (await import('./links-proof.ts')).proveLinks,
  'write-back': async (): Promise<Proof> => (await import('./write-back-proof.ts')).proveWriteBacks,
  audit: async (): Promise<Proof> => (await import('./audit-proof.ts')).proveAudit,
  mail: async (): Promise<Proof> => (await import('./mail-proof.ts')).proveMail,
  'many-workers': async (): Promise<Proof> => (await import('./many-workers-proof.ts')).proveManyWorkers,
  'reminder-books': async (): Promise<Proof> => (await import('./reminder-books-proof.ts')).proveReminderBooks,
  'blast-radius': async (): Promise<Proof> => (await import('./blast-radius-proof.ts')).proveBlastRadius,
  certificates: async (): Promise<Proof> => (await import('./certificates-proof.ts')).proveCertificates,
  'explain-leaks': async (): Promise<Proof> => (await import('./explain-leaks-proof.ts')).proveExplainLeaks,
  disasters: async (): Promise<Proof> => (await import('./disasters-proof.ts')).proveDisasters,
  'bad-listings': async (): Promise<Proof> => (await import('./bad-listings-proof.ts')).proveBadListings,
  model: async (): Promise<Proof> => (await import('./model-proof.ts')).proveModel,
  'kill-sync': async (): Promise<Proof> => (await import('./kill-proof.ts')).proveKills,
} as const;
export type ProofName = keyof typeof proofs;

export const isProofName = (name: string): name is ProofName => Object.hasOwn(proofs, name);

export interface ProofLine {
  readonly proof: ProofName;
  readonly cases: number;
  readonly failed: number;
  readonly saboteurs: number;
  readonly saboteurs_caught: number;
  readonly seed: number;
}

export interface Proved {
  readonly line: ProofLine;
  /** Empty: proved. */
  readonly objections: readonly string[];
}

export async function runProof(name: ProofName, options: ProofOptions): Promise<Proved> {
  const { cases, failures, saboteurs } = await (await proofs[name]())(options);
  const missed = saboteurs.filter(({ caught }) => !caught);
  return {
    line: {
      proof: name,
      cases,
      failed: failures.length,
      saboteurs: saboteurs.length,
      saboteurs_caught: saboteurs.length - missed.length,
      seed: options.seed,
    },
    objections: [
      ...failures,
      ...(cases === 0 ? ['no case was run'] : []),
      ...(saboteurs.length === 0 ? ['no saboteur was tried'] : []),
      ...missed.map((saboteur) => `not caught: ${saboteur.name}`),
    ],
  };
}

export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 31);
