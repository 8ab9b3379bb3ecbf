// Cloud Connect's side of the wire: what a synchroniser asks of a FHIR server. It knows FHIR and nothing of who wrote the server.
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { permissionVersionHeader, permissionVersionUrl, rowsTrailer } from '../../fhir/outcome.ts';
import { coverageFromParameters, type PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { EmrError } from './emr-error.ts';
import { createEmrHttp, type EmrAnswer, type EmrHttpOptions, type EmrRequest, hostOf } from './emr-http.ts';
import { type Credential, createTokenSource } from './emr-token.ts';
import type { FhirResource } from './resources.ts';

export interface EmrAddress extends Credential {
  /** FHIR base URL. */
  readonly baseUrl: string;
}

export interface EmrClientOptions extends EmrHttpOptions {
  /** What the token is asked for; reading alone unless told. */
  readonly scope?: string | undefined;
  readonly clock?: Clock | undefined;
  /** Told the permission version that each answer was read under, where the server says it. */
  readonly onPermissionVersion?: ((version: string) => void) | undefined;
}

export interface ExportFile {
  readonly type: string;
  readonly url: string;
  /** The server counts the lines and says so at the end: a file without that was cut off. */
  readonly counted: boolean;
}

/** What a server says of itself; asked for once. */
export interface Capabilities {
  /** A system-level `$export`. */
  readonly exports: boolean;
  /** Types whose history can be asked for as a whole. */
  readonly historyOf: ReadonlySet<string>;
  /** Parameters by which bookings can be searched. */
  readonly bookingsBy: ReadonlySet<string>;
  /** `$permission-coverage`. */
  readonly saysCoverage: boolean;
  /** Types that can be searched. */
  readonly searches: ReadonlySet<string>;
  /** Subscriptions can be made. */
  readonly subscribes: boolean;
}

/** What a server announced of a search, and what came of it. */
export interface Short {
  readonly said: number;
  readonly came: number;
}

/** A version of a resource, latest first as a rule; without a resource: it was deleted. */
export interface HistoryEntry {
  readonly id: string;
  /** Milliseconds of the server's clock. */
  readonly at: number;
  readonly resource: FhirResource | undefined;
}

export interface EmrClient {
  capabilities(): Promise<Capabilities>;
  coverage(): Promise<PermissionCoverage>;
  exportFiles(query: URLSearchParams): Promise<ExportFile[]>;
  /** Lines of one file in batches. Ends with an EmrError when the file was cut off, however politely. */
  lines(file: ExportFile): AsyncGenerator<readonly string[]>;
  /**
   * Resources of a search, page by page, in the order of the server. Outcome entries are left out. `onShort`: the server announced a total
   * and gave fewer.
   */
  pages(path: string, options?: { readonly onShort?: (short: Short) => void }): AsyncGenerator<readonly FhirResource[]>;
  /** Versions of a history, page by page. An entry that cannot be told is an EmrError: it may be a deletion. */
  history(path: string): AsyncGenerator<readonly HistoryEntry[]>;
  /** The HTTP status of a read, its body unread: 410 is evidence, 404 is none. */
  statusOf(path: string): Promise<number>;
  /** One resource. A status that says something about it is an answer; the rest is an EmrError. */
  read(path: string): Promise<ResourceAnswer>;
  /** Replaces one resource, once for its key however often it is asked. Likewise. */
  update(path: string, update: UpdateRequest): Promise<ResourceAnswer>;
  /** Makes a resource, once for its key. Likewise. */
  create(type: string, creation: { readonly idempotencyKey: string; readonly body: unknown }): Promise<ResourceAnswer>;
  /** The server's clock at its last answer, whole seconds; ours where it does not say it. */
  serverTime(): Date;
  /** Breaks off whatever is being read. */
  close(): Promise<void>;
}

export interface UpdateRequest {
  /** The EMR's version that may be replaced, and no other. */
  readonly ifMatch: string;
  readonly idempotencyKey: string;
  readonly body: unknown;
}

export interface ResourceAnswer {
  readonly status: number;
  /** What came with it: the resource, or the outcome that says why not; undefined where nothing readable came. */
  readonly resource: FhirResource | undefined;
  /** Of ETag, unquoted. */
  readonly version: string | undefined;
  /** FHIR instant: of the resource, else of the answer's headers. */
  readonly lastUpdated: string;
}

/** Statuses that speak of the resource or of the request, and not of the server's state. */
const telling = new Set([200, 201, 204, 400, 403, 404, 405, 409, 410, 412, 415, 422, 428]);

export function createEmrClient(address: EmrAddress, options: EmrClientOptions = {}): EmrClient {
  const { signal, onPermissionVersion } = options;
  const base = address.baseUrl.replace(/\/+$/, '');
  const http = createEmrHttp(options);
  const { clock = systemClock, scope = 'system/*.rs' } = options;
  const tokens = createTokenSource(http, base, address, { clock, scope });

  let serverTime: Date | undefined;

  /** With a token. 401: one renewal, then a failure that says so. 403 and 404 are answers, the caller's to read. */
  async function ask(url: string, request: EmrRequest = {}): Promise<EmrAnswer> {
    for (let renewed = false; ; renewed = true) {
      const authorization = `Bearer ${await tokens.get()}`;
      const answer = await http.request(url, { ...request, headers: { ...request.headers, authorization } });
      const date = Date.parse(String(answer.headers['date']));
      if (!Number.isNaN(date)) serverTime = new Date(date);
      const version = answer.headers[permissionVersionHeader];
      if (typeof version === 'string') onPermissionVersion?.(version);
      if (answer.statusCode !== 401) return answer;
      await answer.body.dump();
      tokens.forget();
      if (renewed) throw new EmrError('token', 'sync.emr.token-not-accepted');
    }
  }

  /** The token goes to the server that the connection names and to no other, whatever an answer links to. */
  function sameServer(url: unknown): string {
    let found: URL;
    try {
      found = new URL(String(url), `${base}/`);
    } catch {
      throw new EmrError('data', 'sync.emr.not-fhir');
    }
    if (found.origin !== new URL(base).origin) {
      throw new EmrError('data', 'sync.emr.elsewhere', { host: found.host, base: hostOf(base) });
    }
    return found.href;
  }

  async function expect(answer: EmrAnswer, status: number): Promise<EmrAnswer> {
    if (answer.statusCode === status) return answer;
    await answer.body.dump();
    if (answer.statusCode === 403) throw new EmrError('permission', 'sync.emr.forbidden');
    throw new EmrError('data', 'sync.emr.unexpected', { status: answer.statusCode });
  }

  async function resource(url: string): Promise<FhirResource> {
    const found = await http.json(await expect(await ask(url), 200));
    if (typeof found['resourceType'] !== 'string') throw new EmrError('data', 'sync.emr.not-fhir');
    return found as unknown as FhirResource;
  }

  async function resourceAnswer(answer: EmrAnswer): Promise<ResourceAnswer> {
    const { statusCode: status, headers } = answer;
    if (!telling.has(status)) {
      await answer.body.dump();
      throw new EmrError('data', 'sync.emr.unexpected', { status });
    }
    const success = status < 300;
    let resource: FhirResource | undefined;
    if (status === 204 || headers['content-length'] === '0') await answer.body.dump();
    else {
      // A refusal is one even where its words cannot be read; a success is one only when all of it has come.
      const found = await http.json(answer).catch((error: unknown) => {
        if (success) throw error;
        return undefined;
      });
      if (typeof found?.['resourceType'] === 'string') resource = found as unknown as FhirResource;
      else if (success) throw new EmrError('data', 'sync.emr.not-fhir');
    }
    const meta = resource?.['meta'] as { readonly versionId?: string; readonly lastUpdated?: string } | undefined;
    const header = Date.parse(String(headers['last-modified'] ?? headers['date']));
    return {
      status,
      resource,
      version: /^(?:W\/)?"([^"]+)"$/.exec(String(headers['etag'] ?? ''))?.[1] ?? meta?.versionId,
      lastUpdated: meta?.lastUpdated ?? (Number.isNaN(header) ? clock.now() : new Date(header)).toISOString(),
    };
  }

  /** Bundles from the first to the last. */
  async function* bundles(path: string): AsyncGenerator<FhirResource> {
    let next: string | undefined = `${base}/${path}`;
    const asked = new Set<string>();
    while (next !== undefined) {
      if (asked.has(next)) throw new EmrError('data', 'sync.emr.endless');
      asked.add(next);
      const bundle: FhirResource = await resource(next);
      if (bundle.resourceType !== 'Bundle' || !Array.isArray(bundle['entry'] ?? [])) {
        throw new EmrError('data', 'sync.emr.not-fhir');
      }
      yield bundle;
      const links = (bundle['link'] ?? []) as readonly { readonly relation?: string; readonly url?: unknown }[];
      const link = links.find((one) => one.relation === 'next');
      next = link && sameServer(link.url);
    }
  }

  let declared: Promise<Capabilities> | undefined;
  return {
    capabilities: () => {
      declared ??= resource(`${base}/metadata`).then(capabilitiesOf);
      return declared;
    },

    coverage: async () => {
      const answer = await ask(`${base}/$permission-coverage`);
      if (answer.statusCode === 404 || answer.statusCode === 400) {
        await answer.body.dump();
        throw new EmrError('permission', 'sync.emr.no-coverage');
      }
      const parameters = await http.json(await expect(answer, 200));
      try {
        return coverageFromParameters(parameters);
      } catch {
        throw new EmrError('data', 'sync.emr.not-fhir');
      }
    },

    exportFiles: async (query) => {
      const kickOff = await expect(
        await ask(`${base}/$export?${query}`, { headers: { prefer: 'respond-async' } }),
        202,
      );
      await kickOff.body.dump();
      const status = sameServer(kickOff.headers['content-location']);
      for (;;) {
        const answer = await ask(status, { accept: 'application/json' });
        if (answer.statusCode === 202) {
          await answer.body.dump();
          const seconds = Math.min(Number(answer.headers['retry-after'] ?? 1) || 1, 10);
          await sleep(seconds * 1000, undefined, signal ? { signal } : {});
          continue;
        }
        const manifest = await http.json(await expect(answer, 200));
        const { output, extension } = manifest;
        if (!Array.isArray(output)) throw new EmrError('data', 'sync.emr.not-fhir');
        const counted = Object.hasOwn((extension ?? {}) as object, permissionVersionUrl);
        return (output as readonly { readonly type?: unknown; readonly url?: unknown }[]).map(({ type, url }) => ({
          type: String(type),
          url: sameServer(url),
          counted,
        }));
      }
    },

    lines: async function* ({ url, counted }) {
      const answer = await expect(await ask(url, { accept: 'application/fhir+ndjson' }), 200);
      const body = answer.body as Readable;
      let count = 0;
      // What follows the last line end so far. Cut at line ends, no character of UTF-8 is ever split.
      let rest: Buffer[] = [];
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          const end = chunk.lastIndexOf(10);
          if (end < 0) {
            rest.push(chunk);
            continue;
          }
          const whole = chunk.subarray(0, end);
          const lines = (rest.length === 0 ? whole : Buffer.concat([...rest, whole])).toString('utf8').split('\n');
          rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
          count += lines.length;
          yield lines;
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (body.errored === null || error !== body.errored) throw error;
        throw new EmrError('data', 'sync.emr.truncated');
      }
      // A last line without its end is a file that was cut off, and so is one with fewer lines than the server counted.
      const stated = answer.trailers[rowsTrailer];
      if (rest.length > 0 || (counted && Number(stated ?? Number.NaN) !== count)) {
        throw new EmrError('data', 'sync.emr.truncated');
      }
    },

    pages: async function* (path, { onShort } = {}) {
      // What changes while pages are turned changes the total too: the smallest that was named is what has to have come.
      let said = Number.POSITIVE_INFINITY;
      let came = 0;
      for await (const bundle of bundles(path)) {
        const entries = (bundle['entry'] ?? []) as readonly (BundledMatch | null)[];
        const found = entries.filter((entry) => entry?.resource && entry.search?.mode !== 'outcome');
        if (typeof bundle['total'] === 'number') said = Math.min(said, bundle['total']);
        came += found.filter((entry) => entry!.search?.mode !== 'include').length;
        yield found.map((entry) => entry!.resource!);
      }
      if (said !== Number.POSITIVE_INFINITY && came < said) onShort?.({ said, came });
    },

    history: async function* (path) {
      for await (const bundle of bundles(path)) {
        yield ((bundle['entry'] ?? []) as readonly BundledVersion[]).map(historyEntryOf);
      }
    },

    statusOf: async (path) => {
      const { statusCode, body } = await ask(`${base}/${path}`);
      await body.dump();
      return statusCode;
    },

    read: async (path) => resourceAnswer(await ask(`${base}/${path}`)),

    create: async (type, { idempotencyKey, body }) =>
      resourceAnswer(
        await ask(`${base}/${type}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/fhir+json',
            'idempotency-key': idempotencyKey,
            prefer: 'return=representation',
          },
          body: JSON.stringify(body),
        }),
      ),

    update: async (path, { ifMatch, idempotencyKey, body }) =>
      resourceAnswer(
        await ask(`${base}/${path}`, {
          method: 'PUT',
          headers: {
            'content-type': 'application/fhir+json',
            'if-match': `W/"${ifMatch}"`,
            'idempotency-key': idempotencyKey,
            prefer: 'return=representation',
          },
          body: JSON.stringify(body),
        }),
      ),

    serverTime: () => serverTime ?? clock.now(),

    close: () => http.close(),
  };
}

interface Statement {
  readonly resource?: readonly {
    readonly type?: string;
    readonly interaction?: readonly { readonly code?: string }[];
    readonly searchParam?: readonly { readonly name?: string }[];
  }[];
  readonly operation?: readonly { readonly name?: string }[];
}

/** Of a CapabilityStatement. What it does not say, there is not. */
function capabilitiesOf({ rest }: FhirResource): Capabilities {
  const [server] = (rest ?? []) as readonly (Statement | undefined)[];
  const can = (code: string) => {
    const able = (server?.resource ?? []).filter((one) => one.interaction?.some((each) => each.code === code));
    return new Set(able.flatMap(({ type }) => (type === undefined ? [] : [type])));
  };
  return {
    exports: server?.operation?.some((one) => one.name === 'export') ?? false,
    historyOf: can('history-type'),
    bookingsBy: new Set(
      server?.resource
        ?.find(({ type }) => type === 'Appointment')
        ?.searchParam?.flatMap(({ name }) => (name === undefined ? [] : [name])),
    ),
    saysCoverage: server?.operation?.some((one) => one.name === 'permission-coverage') ?? false,
    searches: can('search-type'),
    subscribes: can('create').has('Subscription'),
  };
}

interface BundledMatch {
  readonly resource?: FhirResource;
  readonly search?: { readonly mode?: string };
}

interface BundledVersion {
  readonly fullUrl?: string;
  readonly resource?: FhirResource & { readonly meta?: { readonly lastUpdated?: string } };
  readonly request?: { readonly method?: string; readonly url?: string };
  readonly response?: { readonly lastModified?: string };
}

function historyEntryOf({ fullUrl, resource, request, response }: BundledVersion): HistoryEntry {
  const id = resource?.id ?? (request?.method === 'DELETE' ? request.url : fullUrl)?.split('/').at(-1);
  const at = Date.parse(response?.lastModified ?? resource?.meta?.lastUpdated ?? '');
  // A version without a resource that is no deletion, or one of which nobody knows when it was.
  if (id === undefined || Number.isNaN(at) || (!resource && request?.method !== 'DELETE')) {
    throw new EmrError('data', 'sync.emr.not-fhir');
  }
  return { id, at, resource: request?.method === 'DELETE' ? undefined : resource };
}
