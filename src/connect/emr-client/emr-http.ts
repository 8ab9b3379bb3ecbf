// One request to an EMR: bounded in time, tried again where trying again is harmless, and with errors that say which of address,
// token, permission or data it was. Nothing that the other side wrote goes into an error.
import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { systemClock } from '../../platform/clock.ts';
import { EmrError } from './emr-error.ts';

export type EmrAnswer = Dispatcher.ResponseData;

export interface EmrRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Opened anew for each try. */
  readonly body?: string | (() => AsyncIterable<Uint8Array>);
}

export interface EmrHttp {
  /** Any status but 429 and 5xx, which were tried several times before they became an EmrError; once, where it asks for a long wait. */
  request(url: string, options: EmrRequest): Promise<EmrAnswer>;
  json(answer: EmrAnswer): Promise<Record<string, unknown>>;
  /** Breaks off what is being read. */
  close(): Promise<void>;
}

const longestWaitMs = 30_000;

export interface EmrHttpOptions {
  readonly signal?: AbortSignal | undefined;
  /** The first wait between two tries is up to this long, each further up to twice as long. */
  readonly firstWaitMs?: number | undefined;
  /** How often a request is made before it is an error; 4 unless told. */
  readonly tries?: number | undefined;
  /** How long one page may take to come, however steadily it drips; five minutes unless told. */
  readonly pageMs?: number | undefined;
}

/** Retry-After in milliseconds: seconds, or a date. */
function retryAfterMsOf(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - systemClock.now().getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The code of what is wrong with a certificate or the handshake; undefined: it is something else. */
function tlsCodeOf(error: unknown): string | undefined {
  const code = String((error as { code?: unknown }).code ?? '');
  return /CERT|^ERR_(TLS|SSL)|UNABLE_TO_(VERIFY|GET_ISSUER|DECRYPT)|^EPROTO$/.test(code) ? code : undefined;
}

export function createEmrHttp({
  signal,
  firstWaitMs = 500,
  tries = 4,
  pageMs = 5 * 60_000,
}: EmrHttpOptions = {}): EmrHttp {
  const agent = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 60_000, bodyTimeout: 60_000 });

  // Full jitter: workers that were refused together do not come back together.
  const waitMs = (attempt: number, retryAfterMs: number | undefined): number =>
    retryAfterMs === undefined
      ? randomInt(Math.min(firstWaitMs * 2 ** (attempt - 1), longestWaitMs) + 1)
      : retryAfterMs;

  return {
    request: async (url, { method = 'GET', accept = 'application/fhir+json', headers = {}, body }) => {
      for (let attempt = 1; ; attempt += 1) {
        let answer: EmrAnswer | undefined;
        try {
          answer = await request(url, {
            dispatcher: agent,
            method,
            headers: { accept, ...headers },
            ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Readable.from(body()) }),
            ...(signal ? { signal } : {}),
          });
        } catch (error) {
          signal?.throwIfAborted();
          const code = tlsCodeOf(error);
          // A certificate does not get better by asking again.
          if (code !== undefined) throw new EmrError('tls', 'sync.emr.no-tls', { host: hostOf(url), code });
          if (attempt === tries || (error as { code?: unknown }).code === 'ERR_INVALID_URL') {
            throw new EmrError('address', 'sync.emr.unreachable', { host: hostOf(url) });
          }
        }
        if (answer && answer.statusCode !== 429 && answer.statusCode < 500) return answer;
        const retryAfterMs = retryAfterMsOf(answer?.headers['retry-after']);
        if (answer) {
          await answer.body.dump();
          const { statusCode: status } = answer;
          if (retryAfterMs !== undefined && retryAfterMs > longestWaitMs) {
            const minutes = Math.ceil(retryAfterMs / 60_000);
            throw new EmrError('address', 'sync.emr.asks-to-wait', { status, minutes }, { retryAfterMs });
          }
          if (attempt === tries) {
            throw new EmrError('address', 'sync.emr.server-error', { status }, { retryAfterMs });
          }
        }
        await sleep(waitMs(attempt, retryAfterMs), undefined, signal ? { signal } : {});
      }
    },

    json: async ({ body }) => {
      let text: string;
      const isLate = setTimeout(() => body.destroy(), pageMs);
      try {
        text = await body.text();
      } catch {
        signal?.throwIfAborted();
        throw new EmrError('data', 'sync.emr.truncated');
      } finally {
        clearTimeout(isLate);
      }
      try {
        const value: unknown = JSON.parse(text);
        if (typeof value === 'object' && value !== null && !Array.isArray(value))
          return value as Record<string, unknown>;
      } catch {
        // Said below.
      }
      throw new EmrError('data', 'sync.emr.not-fhir');
    },

    close: () => agent.destroy(),
  };
}

export const hostOf = (url: string): string => {
  try {
    return new URL(url).host;
  } catch {
    return '–';
  }
};
