import type { MessageKey } from '../language/messages.ts';

export type ProblemKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'unprocessable'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'precondition-required'
  | 'too-many'
  | 'unavailable';

/** The HTTP status of each kind. The one table; every renderer reads it. */
export const statusOf: Readonly<Record<ProblemKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'precondition-failed': 412,
  'too-large': 413,
  'unsupported-media-type': 415,
  unprocessable: 422,
  'precondition-required': 428,
  'too-many': 429,
  unavailable: 503,
};

export type ProblemParams = Readonly<Record<string, string | number>>;

/** What a program may read besides the sentence: fields, cells, the current version. Never a patient's data. */
export type ProblemExtra = Readonly<Record<string, unknown>>;

/** An expected failure: its kind decides the status, its key the sentence that a person reads in their language. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly key: MessageKey;
  readonly params: ProblemParams;
  readonly extra: ProblemExtra;

  constructor(kind: ProblemKind, key: MessageKey, params: ProblemParams = {}, extra: ProblemExtra = {}) {
    super(`${kind}: ${key}`);
    this.kind = kind;
    this.key = key;
    this.params = params;
    this.extra = extra;
  }
}

/** `throw problem('conflict', 'emr.security.changed', {}, { version })` */
export function problem(kind: ProblemKind, key: MessageKey, params?: ProblemParams, extra?: ProblemExtra): Problem {
  return new Problem(kind, key, params, extra);
}
