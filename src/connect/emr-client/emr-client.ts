// Cloud Connect's side of the wire: a token, one retried GET, pages, and NDJSON files as they come. It knows FHIR and nothing of
// who wrote the server.
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, request } from 'undici';
import { permissionVersionHeader, rowsTrailer } from '../../fhir/outcome.ts';
import { coverageFromParameters, type PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { EmrError } from './emr-error.ts';

export interface EmrAddress {
  /** FHIR base URL, without a slash at the end. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface ExportManifest {
  readonly transactionTime: string;
  readonly files: readonly { readonly type: string; readonly url: string }[];
}

export interface EmrClient {
  /** Whether the server declares system-level `$export`. */
  declaresExport(): Promise<boolean>;
  coverage(): Promise<PermissionCoverage>;
  exportOf(query: URLSearchParams): Promise<ExportManifest>;
  /** Lines of one file in batches. Ends with an EmrError when the file was cut off; told the version that it was read under. */
  lines(url: string, onVersion?: (version: string | undefined) => void): AsyncGenerator<readonly string[]>;
  /** Resources of a search, page by page, in the order of the server. Outcome entries are left out. */
  pages(path: string): AsyncGenerator<readonly FhirResource[]>;
  /** The HTTP status of a read, its body unread: 410 is evidence, 404 is none. */
  statusOf(path: string): Promise<number>;
  close(): Promise<void>;
}

export interface FhirResource {
  readonly resourceType: string;
  readonly id?: string;
  readonly [member: string]: unknown;
}

const attempts = 4;
const firstWaitMs = 250;

export function createEmrClient(address: EmrAddress): EmrClient {
  const agent = new Agent({ connect: { timeout: 5_000 }, headersTimeout: 60_000, bodyTimeout: 120_000 });
  const base = address.baseUrl.replace(/\/+$/, '');
  let token: { readonly value: string; readonly goodUntil: number } | undefined;

  async function send(
    url: string,
    options: Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & { method?: 'GET' | 'POST' | 'DELETE' },
  ) {
    try {
      return await request(url, { dispatcher: agent, method: 'GET', ...options });
    } catch {
      throw new EmrError('address', 'sync.emr.unreachable', { host: hostOf(url) });
    }
  }

  async function jsonOf(body: Dispatcher.ResponseData['body']): Promise<Record<string, unknown>> {
    const text = await body.text();
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      throw new EmrError('data', 'sync.emr.not-fhir');
    }
  }

  async function tokenEndpoint(): Promise<string> {
    const { statusCode, body } = await send(`${base}/.well-known/smart-configuration`, {
      headers: { accept: 'application/json' },
    });
    if (statusCode >= 500) {
      await body.dump();
      throw new EmrError('address', 'sync.emr.server-error', { status: statusCode });
    }
    if (statusCode !== 200) {
      await body.dump();
      throw new EmrError('address', 'sync.emr.no-discovery', { status: statusCode });
    }
    const { token_endpoint: endpoint } = await jsonOf(body);
    if (typeof endpoint !== 'string') throw new EmrError('address', 'sync.emr.no-discovery', { status: statusCode });
    return endpoint;
  }

  /** A token good for at least ten seconds more; `renew` gets one whatever there is. */
  async function accessToken(renew: boolean): Promise<string> {
    if (!renew && token && token.goodUntil > performance.now()) return token.value;
    const { statusCode, body } = await send(await tokenEndpoint(), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: address.clientId,
        client_secret: address.clientSecret,
        scope: 'system/*.rs',
      }).toString(),
    });
    if (statusCode >= 500) {
      await body.dump();
      throw new EmrError('address', 'sync.emr.server-error', { status: statusCode });
    }
    const answer = await jsonOf(body);
    if (statusCode !== 200 || typeof answer['access_token'] !== 'string')
      throw new EmrError('token', 'sync.emr.token-refused', { status: statusCode });
    const seconds = typeof answer['expires_in'] === 'number' ? answer['expires_in'] : 60;
    token = { value: answer['access_token'], goodUntil: performance.now() + (seconds - 10) * 1000 };
    return token.value;
  }

  /**
   * One request with a token. 401: one renewal, then a failure that says so. 429 and 5xx: a few tries with growing, jittered waits
   * that honour Retry-After. 403 and 404 are answers, the caller's to read.
   */
  async function get(
    url: string,
    { accept = 'application/fhir+json', headers = {} }: { accept?: string; headers?: Record<string, string> } = {},
  ) {
    let renewed = false;
    for (let attempt = 1; ; attempt += 1) {
      const bearer = await accessToken(false);
      const answer = await send(url, { headers: { accept, authorization: `Bearer ${bearer}`, ...headers } });
      const { statusCode } = answer;
      if (statusCode === 401) {
        await answer.body.dump();
        if (renewed) throw new EmrError('token', 'sync.emr.token-not-accepted');
        renewed = true;
        await accessToken(true);
        continue;
      }
      if (statusCode === 429 || statusCode >= 500) {
        await answer.body.dump();
        if (attempt === attempts) throw new EmrError('address', 'sync.emr.server-error', { status: statusCode });
        const asked = Number(answer.headers['retry-after']);
        const wait = Number.isFinite(asked) ? Math.min(asked, 30) * 1000 : Math.random() * firstWaitMs * 2 ** attempt;
        await sleep(wait);
        continue;
      }
      return answer;
    }
  }

  async function resource(url: string): Promise<FhirResource> {
    const { statusCode, body } = await get(url);
    if (statusCode === 403) {
      await body.dump();
      throw new EmrError('permission', 'sync.emr.forbidden');
    }
    if (statusCode !== 200) {
      await body.dump();
      throw new EmrError('data', 'sync.emr.unexpected', { status: statusCode });
    }
    const found = await jsonOf(body);
    if (typeof found['resourceType'] !== 'string') throw new EmrError('data', 'sync.emr.not-fhir');
    return found as FhirResource;
  }

  return {
    declaresExport: async () => {
      const metadata = await resource(`${base}/metadata`);
      return JSON.stringify(metadata['rest'] ?? []).includes('"export"');
    },

    coverage: async () => {
      const parameters = await resource(`${base}/$permission-coverage`);
      try {
        return coverageFromParameters(parameters);
      } catch {
        throw new EmrError('data', 'sync.emr.not-fhir');
      }
    },

    exportOf: async (query) => {
      const kickOff = await get(`${base}/$export?${query}`, { headers: { prefer: 'respond-async' } });
      await kickOff.body.dump();
      const status = kickOff.headers['content-location'];
      if (kickOff.statusCode !== 202 || typeof status !== 'string') {
        throw new EmrError('data', 'sync.emr.unexpected', { status: kickOff.statusCode });
      }
      for (;;) {
        const answer = await get(status, { accept: 'application/json' });
        if (answer.statusCode === 202) {
          await answer.body.dump();
          await sleep(Math.min(Number(answer.headers['retry-after'] ?? 1) || 1, 10) * 1000);
          continue;
        }
        if (answer.statusCode !== 200) {
          await answer.body.dump();
          throw new EmrError('data', 'sync.emr.unexpected', { status: answer.statusCode });
        }
        const manifest = await jsonOf(answer.body);
        const output = manifest['output'];
        if (!Array.isArray(output) || typeof manifest['transactionTime'] !== 'string')
          throw new EmrError('data', 'sync.emr.not-fhir');
        return { transactionTime: manifest['transactionTime'], files: output as { type: string; url: string }[] };
      }
    },

    lines: async function* (url, onVersion) {
      const { statusCode, body, headers, trailers } = await get(url, { accept: 'application/fhir+ndjson' });
      if (statusCode !== 200) {
        await body.dump();
        throw new EmrError('data', 'sync.emr.unexpected', { status: statusCode });
      }
      const version = headers[permissionVersionHeader];
      onVersion?.(typeof version === 'string' ? version : undefined);
      const announced = String(headers['trailer'] ?? '')
        .toLowerCase()
        .includes(rowsTrailer);
      let count = 0;
      let rest = '';
      try {
        for await (const chunk of (body as Readable).setEncoding('utf8') as AsyncIterable<string>) {
          const lines = (rest + chunk).split('\n');
          rest = lines.pop()!;
          const full = lines.filter((line) => line !== '');
          count += full.length;
          if (full.length > 0) yield full;
        }
      } catch (error) {
        if (error instanceof EmrError) throw error;
        if (isOfTheWire(error)) throw new EmrError('data', 'sync.emr.truncated');
        throw error;
      }
      // A last line without its end, or fewer lines than the server counted, is a file that was cut off, however politely.
      const stated = trailers[rowsTrailer];
      if (rest !== '' || (announced && Number(stated) !== count)) throw new EmrError('data', 'sync.emr.truncated');
    },

    pages: async function* (path) {
      let next: string | undefined = `${base}/${path}`;
      while (next !== undefined) {
        const bundle: FhirResource = await resource(next);
        if (bundle.resourceType !== 'Bundle') throw new EmrError('data', 'sync.emr.not-fhir');
        const entries = (bundle['entry'] ?? []) as { resource?: FhirResource; search?: { mode?: string } }[];
        yield entries.flatMap((entry) => (entry.resource && entry.search?.mode !== 'outcome' ? [entry.resource] : []));
        const links = (bundle['link'] ?? []) as { relation: string; url: string }[];
        next = links.find((link) => link.relation === 'next')?.url;
      }
    },

    statusOf: async (path) => {
      const { statusCode, body } = await get(`${base}/${path}`);
      await body.dump();
      return statusCode;
    },

    close: () => agent.close(),
  };
}

const hostOf = (url: string): string => {
  try {
    return new URL(url).host;
  } catch {
    return '–';
  }
};

/** Errors of the connection while a body is read, told from errors of whoever consumes the lines. */
const isOfTheWire = (error: unknown): boolean => {
  const code = String((error as { code?: unknown }).code ?? '');
  return (
    code.startsWith('UND_ERR') ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    (error as Error).message === 'terminated' ||
    (error as Error).message === 'aborted'
  );
};
