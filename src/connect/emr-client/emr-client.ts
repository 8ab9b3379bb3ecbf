// Cloud Connect's side of the wire: what a synchroniser asks of a FHIR server. It knows FHIR and nothing of who wrote the server.
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DigestedPeriod,
  type DigestRequest,
  digestDefinition,
  digestQuery,
  digestsFromParameters,
} from '../../fhir/appointment-digest.ts';
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
  /** How long an export may be in the making; half an hour unless told. */
  readonly exportMs?: number | undefined;
  /** Told the permission version that each answer was read under, where the server says it. */
  readonly onPermissionVersion?: ((version: string) => void) | undefined;
}

export interface ExportFile {
  readonly type: string;
  readonly url: string;
  /** Bundles that delete what was deleted since. */
  readonly deletions: boolean;
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
  /** Says by digests what bookings it would give. */
  readonly digests: boolean;
  /** Types that can be searched. */
  readonly searches: ReadonlySet<string>;
  /** Subscriptions can be made. */
  readonly subscribes: boolean;
}

/** Why something of a listing may not have come, as people are told it: fewer came than were announced, or it never stood still. */
export type Doubt =
  | { readonly key: 'sync.reason.short'; readonly params: { readonly said: number; readonly came: number } }
  | { readonly key: 'sync.reason.unsteady'; readonly params: Readonly<Record<string, never>> };

/** A version of a resource, latest first as a rule; without a resource: it was deleted. */
export interface HistoryEntry {
  readonly id: string;
  /** Milliseconds of the server's clock. */
  readonly at: number;
  /** What tells it from others of the same moment; undefined: the server does not say. */
  readonly version: string | undefined;
  readonly resource: FhirResource | undefined;
}

export interface EmrClient {
  capabilities(): Promise<Capabilities>;
  coverage(): Promise<PermissionCoverage>;
  digests(request: DigestRequest): Promise<DigestedPeriod[]>;
  exportFiles(query: URLSearchParams): Promise<ExportFile[]>;
  /** Lines of one file in batches. Ends with an EmrError when the file was cut off, however politely. */
  lines(file: ExportFile): AsyncGenerator<readonly string[]>;
  /**
   * Resources of a search, page by page, in the order of the server. Outcome entries are left out. What has more pages than one is read
   * until a reading finds all that the one before it found. `onDoubt`: something may not have come.
   */
  pages(path: string, options?: { readonly onDoubt?: (doubt: Doubt) => void }): AsyncGenerator<readonly FhirResource[]>;
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
  /** An operation that changes something, without parameters. Likewise. */
  operate(path: string): Promise<ResourceAnswer>;
  /** The content that a resource of this server links to, as it comes. */
  content(url: string): AsyncGenerator<Buffer>;
  /** Sends content as a Binary for whoever holds `securityContext`; `open` is called for each try. Likewise. */
  upload(content: {
    readonly mediaType: string;
    readonly securityContext: string;
    readonly open: () => AsyncIterable<Uint8Array>;
  }): Promise<ResourceAnswer & { readonly binaryId: string | undefined }>;
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

/** A listing that loses something in each of so many readings is of an EMR in which nobody can read. */
const readingsAtMost = 5;

/** Statuses that speak of the resource or of the request, and not of the server's state. */
const telling = new Set([200, 201, 204, 400, 403, 404, 405, 409, 410, 412, 415, 422, 428]);

export function createEmrClient(address: EmrAddress, options: EmrClientOptions = {}): EmrClient {
  const { signal, onPermissionVersion, exportMs = 30 * 60_000 } = options;
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

    digests: async (request) => {
      const answer = await expect(await ask(`${base}/Appointment/$digest?${digestQuery(request)}`), 200);
      const parameters = await http.json(answer);
      try {
        return digestsFromParameters(parameters);
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
      const until = performance.now() + exportMs;
      for (;;) {
        const answer = await ask(status, { accept: 'application/json' });
        if (answer.statusCode === 202) {
          await answer.body.dump();
          if (performance.now() > until) {
            throw new EmrError('data', 'sync.emr.export-endless', { minutes: Math.ceil(exportMs / 60_000) });
          }
          const seconds = Math.min(Number(answer.headers['retry-after'] ?? 1) || 1, 120);
          await sleep(seconds * 1000, undefined, signal ? { signal } : {});
          continue;
        }
        const manifest = await http.json(await expect(answer, 200));
        const { output, deleted = [], extension } = manifest;
        if (!Array.isArray(output) || !Array.isArray(deleted)) throw new EmrError('data', 'sync.emr.not-fhir');
        const counted = Object.hasOwn((extension ?? {}) as object, permissionVersionUrl);
        const files = (listed: readonly { readonly type?: unknown; readonly url?: unknown }[], deletions: boolean) =>
          listed.map(({ type, url }) => ({ type: String(type), url: sameServer(url), deletions, counted }));
        return [...files(output, false), ...files(deleted, true)];
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

    pages: async function* (path, { onDoubt } = {}) {
      // What changes while pages are turned changes the total too: the smallest that was named is what has to have come. What came twice
      // because it moved to a later page came once, and does not stand for another that moved to an earlier one.
      let said = Number.POSITIVE_INFINITY;
      /** Each with the last reading that found it. */
      const came = new Map<string, number>();
      let nameless = 0;
      let steady = false;
      for (let [reading, before] = [1, 0]; !steady && reading <= readingsAtMost; reading += 1) {
        let [pages, found, again] = [0, 0, 0];
        for await (const bundle of bundles(path)) {
          pages += 1;
          if (typeof bundle['total'] === 'number') said = Math.min(said, bundle['total']);
          const entries = (bundle['entry'] ?? []) as readonly (BundledMatch | null)[];
          yield entries.flatMap((entry) => {
            if (!entry?.resource || entry.search?.mode === 'outcome') return [];
            const { resourceType, id } = entry.resource;
            if (entry.search?.mode === 'include') return reading === 1 ? [entry.resource] : [];
            if (typeof id !== 'string') {
              if (reading > 1) return [];
              nameless += 1;
              return [entry.resource];
            }
            const name = `${resourceType}/${id}`;
            const last = came.get(name);
            if (last !== reading) {
              found += 1;
              if (last === reading - 1) again += 1;
              came.set(name, reading);
            }
            return reading === 1 || last === undefined ? [entry.resource] : [];
          });
        }
        // A page is of one moment. Of several, a server that counts them gives one thing fewer for each that was taken away before it: what
        // was taken away while we read, the next reading does not find.
        steady = reading === 1 ? pages <= 1 : again === before;
        before = found;
      }
      if (said !== Number.POSITIVE_INFINITY && came.size + nameless < said) {
        onDoubt?.({ key: 'sync.reason.short', params: { said, came: came.size + nameless } });
      } else if (!steady) onDoubt?.({ key: 'sync.reason.unsteady', params: {} });
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

    operate: async (path) =>
      resourceAnswer(
        await ask(`${base}/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/fhir+json' },
          body: '{"resourceType":"Parameters"}',
        }),
      ),

    content: async function* (url) {
      const { body } = await expect(await ask(sameServer(url), { accept: '*/*' }), 200);
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) yield chunk;
      } catch (error) {
        signal?.throwIfAborted();
        if (body.errored === null || error !== body.errored) throw error;
        throw new EmrError('data', 'sync.emr.truncated');
      }
    },

    upload: async ({ mediaType, securityContext, open }) => {
      const answer = await ask(`${base}/Binary`, {
        method: 'POST',
        headers: { 'content-type': mediaType, 'x-security-context': securityContext, prefer: 'return=minimal' },
        body: open,
      });
      const binaryId = /\/Binary\/([A-Za-z0-9.-]{1,64})(?:\/|$)/.exec(String(answer.headers['location'] ?? ''))?.[1];
      return { ...(await resourceAnswer(answer)), binaryId };
    },

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
    readonly operation?: readonly { readonly definition?: string }[];
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
  const bookings = server?.resource?.find(({ type }) => type === 'Appointment');
  return {
    exports: server?.operation?.some((one) => one.name === 'export') ?? false,
    historyOf: can('history-type'),
    digests: bookings?.operation?.some(({ definition }) => definition === digestDefinition) ?? false,
    bookingsBy: new Set(bookings?.searchParam?.flatMap(({ name }) => (name === undefined ? [] : [name]))),
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
  readonly resource?: FhirResource & { readonly meta?: { readonly lastUpdated?: string; readonly versionId?: string } };
  readonly request?: { readonly method?: string; readonly url?: string };
  readonly response?: { readonly lastModified?: string; readonly etag?: string };
}

/** `Appointment/7`, as a part of an address or as a whole, and what some servers add: which version it is. */
const versionedPattern = /(?:^|\/)[A-Za-z]+\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([^/?]+))?$/;

function historyEntryOf({ fullUrl, resource, request, response }: BundledVersion): HistoryEntry {
  const isDeletion = request?.method === 'DELETE';
  const named = versionedPattern.exec((isDeletion ? request.url : fullUrl) ?? '');
  const id = resource?.id ?? named?.[1];
  const at = Date.parse(response?.lastModified ?? resource?.meta?.lastUpdated ?? '');
  // A version without a resource that is no deletion, or one of which nobody knows when it was.
  if (id === undefined || Number.isNaN(at) || (!resource && !isDeletion)) {
    throw new EmrError('data', 'sync.emr.not-fhir');
  }
  const version = resource?.meta?.versionId ?? /"([^"]+)"/.exec(response?.etag ?? '')?.[1] ?? named?.[2];
  return { id, at, version, resource: isDeletion ? undefined : resource };
}
