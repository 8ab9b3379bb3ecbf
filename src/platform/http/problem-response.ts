import { format, type Language, type MessageKey } from '../../language/messages.ts';
import { newErrorId } from '../ids.ts';
import { Problem, type ProblemKind, problem, statusOf } from '../problem.ts';

/** RFC 9457 with our members: `kind` and `key` for programs, `extra` for the machine-readable part. */
export interface ProblemBody {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly kind: ProblemKind | 'unknown';
  readonly key: MessageKey;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly errorId?: string;
}

export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ProblemBody;
}

/** What Fastify itself found wrong with a request, in our terms; undefined when it is a fault of ours. */
function ofTheRequest(error: unknown, bodyLimitBytes: number): Problem | undefined {
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (statusCode === 413) {
    return problem('too-large', 'problem.body-too-large', { megabytes: Math.floor(bodyLimitBytes / 2 ** 20) });
  }
  if (statusCode === 415) return problem('unsupported-media-type', 'problem.media-type');
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY') {
    return problem('invalid', 'problem.invalid-json');
  }
  // Only Fastify's own codes: an error from elsewhere that happens to carry `statusCode: 404` is still unknown.
  if (typeof code === 'string' && code.startsWith('FST_ERR_') && typeof statusCode === 'number' && statusCode < 500) {
    return statusCode === 404 ? problem('not-found', 'problem.not-found') : problem('invalid', 'problem.invalid');
  }
  return undefined;
}

/** The database is away, starting or going down, or has no connection left: worth another try, so 503 and not 500. */
function ofTheDatabase(error: unknown): Problem | undefined {
  const { code } = error as { code?: unknown };
  const away = typeof code === 'string' && (/^(08|57P0)/.test(code) || code === '53300' || code === 'ECONNREFUSED');
  return away ? problem('unavailable', 'problem.unavailable') : undefined;
}

export interface RenderedError {
  readonly response: ProblemResponse;
  /** Set for what must be logged: the id that the person sees, if any, and whether it is our fault. */
  readonly log?: { readonly level: 'error' | 'warn'; readonly errorId?: string };
}

/** Renders anything thrown. The text of an unknown error is never shown: it gets an id, and the log line has the same. */
export function renderError(error: unknown, language: Language, bodyLimitBytes: number): RenderedError {
  if (error === null || typeof error !== 'object') return unknownError(language);
  const fromDatabase = error instanceof Problem ? undefined : ofTheDatabase(error);
  const known = error instanceof Problem ? error : (ofTheRequest(error, bodyLimitBytes) ?? fromDatabase);
  if (!known) return unknownError(language);
  const status = statusOf[known.kind];
  const seconds = known.params['seconds'];
  const response: ProblemResponse = {
    status,
    headers: typeof seconds === 'number' && (status === 429 || status === 503) ? { 'retry-after': `${seconds}` } : {},
    body: {
      type: 'about:blank',
      title: format(language, known.key, known.params),
      status,
      kind: known.kind,
      key: known.key,
      ...(Object.keys(known.extra).length > 0 ? { extra: known.extra } : {}),
    },
  };
  return fromDatabase ? { response, log: { level: 'warn' } } : { response };
}

function unknownError(language: Language): RenderedError {
  const errorId = newErrorId();
  const key = 'problem.unknown';
  return {
    log: { level: 'error', errorId },
    response: {
      status: 500,
      headers: {},
      body: {
        type: 'about:blank',
        title: format(language, key, { id: errorId }),
        status: 500,
        kind: 'unknown',
        key,
        errorId,
      },
    },
  };
}
