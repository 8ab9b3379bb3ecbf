import type { MessageKey } from '../../language/messages.ts';

/** Which of the five went wrong: where it is, whether the line to it is safe, who we are, what we may, what came. */
export type EmrFailure = 'address' | 'tls' | 'token' | 'permission' | 'data';

/** What the EMR did that a run cannot go on with. The sentence is ours; nothing that the EMR wrote is repeated. */
export class EmrError extends Error {
  readonly failure: EmrFailure;
  readonly key: MessageKey;
  readonly params: Readonly<Record<string, string | number>>;
  /** How long the EMR asked us to stay away. */
  readonly retryAfterMs: number | undefined;
  constructor(
    failure: EmrFailure,
    key: MessageKey,
    params: Readonly<Record<string, string | number>> = {},
    { retryAfterMs }: { readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(`${failure}: ${key}`);
    this.failure = failure;
    this.key = key;
    this.params = params;
    this.retryAfterMs = retryAfterMs;
  }
}
