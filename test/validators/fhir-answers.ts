// What a server of FHIR answers, by whichever Fastify of this process it does: taken at the socket, so that a stream is seen as well as a
// text. Node tells of every Fastify that is made, so nothing has to be asked of whoever makes one.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

export interface FhirResource {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}

export interface FhirAnswered {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  /** Bundles before the resources in them; those in a Bundle of a Bundle too. */
  readonly resources: readonly FhirResource[];
}

const isResource = (value: unknown): value is FhirResource =>
  typeof value === 'object' && value !== null && typeof (value as FhirResource).resourceType === 'string';

/** The resource, and those that it carries. */
function* withCarried(resource: FhirResource): Generator<FhirResource> {
  yield resource;
  const carried =
    resource.resourceType === 'Bundle'
      ? ((resource['entry'] ?? []) as readonly { resource?: unknown; response?: { outcome?: unknown } }[]).flatMap(
          (entry) => [entry.resource, entry.response?.outcome],
        )
      : [];
  for (const one of carried) if (isResource(one)) yield* withCarried(one);
}

/** Of FHIR JSON and of NDJSON; an answer that was broken off ends in half a line, which is nobody's resource. */
function resourcesIn(type: string, body: string): FhirResource[] {
  const isLines = type.includes('ndjson');
  if (!isLines && !type.includes('fhir+json')) return [];
  const texts = isLines ? body.slice(0, body.lastIndexOf('\n') + 1).split('\n') : [body];
  return texts
    .filter((text) => text !== '')
    .map((text): unknown => JSON.parse(text))
    .filter(isResource)
    .flatMap((one) => [...withCarried(one)]);
}

/** Gives every answer below /fhir of every Fastify that is made from now on; call what it returns to stop. */
export function watchFhirAnswers(onAnswer: (answered: FhirAnswered) => void): () => void {
  const watch = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRequest', (request, reply, done) => {
      if (/^\/fhir(?:[/?]|$)/.test(request.url)) tap(request.method, request.url, reply.raw);
      done();
    });
  };
  const tap = (method: string, url: string, raw: import('node:http').ServerResponse): void => {
    const chunks: Buffer[] = [];
    const keep = (chunk: unknown): void => {
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
    };
    const { write, end } = raw;
    raw.write = ((...given: Parameters<typeof write>) => {
      keep(given[0]);
      return write.apply(raw, given);
    }) as typeof write;
    raw.end = ((...given: Parameters<typeof end>) => {
      keep(given[0]);
      const type = String(raw.getHeader('content-type') ?? headerWritten(raw) ?? '');
      const resources = resourcesIn(type, Buffer.concat(chunks).toString('utf8'));
      onAnswer({ method, url, status: raw.statusCode, resources });
      return end.apply(raw, given);
    }) as typeof end;
  };
  subscribe('fastify.initialization', watch);
  return () => unsubscribe('fastify.initialization', watch);
}

/** Headers that were given to writeHead at once are kept nowhere but in what is sent. */
const headerWritten = (raw: object): string | undefined =>
  /^content-type: (.*)$/im.exec(String((raw as { readonly _header?: unknown })._header ?? ''))?.[1]?.trim();
