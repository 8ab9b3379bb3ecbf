import { format } from '../language/messages.ts';
import { currentLanguage } from './language-choice.ts';

interface ProblemParts {
  readonly status: number;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly key?: string | undefined;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  readonly errorId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** What a server said was wrong (problem+json), or that no server answered (`status` 0). `title` is a sentence for a person. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  /** The server's message key: for deciding, where the status is not enough. */
  readonly key: string | undefined;
  /** The machine-readable part: `fields`, `cells`, the current version … */
  readonly extra: Readonly<Record<string, unknown>>;
  /** Set for a fault of the server's own: the same id stands in its log. */
  readonly errorId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(parts: ProblemParts) {
    super(parts.title);
    this.status = parts.status;
    this.title = parts.title;
    this.detail = parts.detail;
    this.key = parts.key;
    this.extra = parts.extra ?? {};
    this.errorId = parts.errorId;
    this.retryAfterSeconds = parts.retryAfterSeconds;
  }
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The version that a change was made from, as the server's ETag named it. */
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer<T> {
  readonly value: T;
  readonly status: number;
  readonly etag: string | undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const members = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** What an answer that is not a success says was wrong. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const body = members(await response.json().catch(() => undefined));
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiProblem({
    status: response.status,
    // Something between us and the server (a proxy, say) may answer with a page of its own.
    title: text(body.title) ?? format(currentLanguage(), 'frame.error.no-answer', { status: response.status }),
    detail: text(body.detail),
    key: text(body.key),
    extra: members(body.extra),
    errorId: text(body.errorId),
    retryAfterSeconds: retryAfter > 0 ? Math.ceil(retryAfter) : undefined,
  });
}

/** Like `api`, with the status and the ETag for a later `ifMatch`. */
export async function apiAnswer<T>(path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
  const language = currentLanguage();
  const headers = new Headers({ accept: 'application/json', 'accept-language': language });
  if (request.body !== undefined) headers.set('content-type', 'application/json');
  if (request.ifMatch !== undefined) headers.set('if-match', request.ifMatch);
  let response: Response;
  try {
    response = await fetch(path, {
      method: request.method ?? 'GET',
      headers,
      credentials: 'same-origin',
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      ...(request.signal && { signal: request.signal }),
    });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ApiProblem({
      status: 0,
      title: format(language, 'frame.network.title'),
      detail: format(language, 'frame.network.detail'),
    });
  }
  if (!response.ok) throw await problemOf(response);
  const body = await response.text();
  return {
    value: (body === '' ? undefined : JSON.parse(body)) as T,
    status: response.status,
    etag: response.headers.get('etag') ?? undefined,
  };
}

/** Asks our own server and gives its JSON back. Throws `ApiProblem` for every answer that is not a success. */
export const api = async <T>(path: string, request?: ApiRequest): Promise<T> =>
  (await apiAnswer<T>(path, request)).value;
