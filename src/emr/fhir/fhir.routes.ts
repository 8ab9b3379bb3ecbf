import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { permissionVersionHeader, suppressedOutcome } from '../../fhir/outcome.ts';
import { coverageToParameters } from '../../fhir/permission-coverage.ts';
import { isFhirId, searchPairs } from '../../fhir/search-query.ts';
import { format, languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { smartConfiguration } from '../oauth/smart-configuration.ts';
import { capabilityStatement } from './capability-statement.ts';
import { registerExport } from './export.routes.ts';
import { isLenient, principalOf, queryOf } from './fhir-request.ts';
import { fhirJson, sendError } from './outcome-response.ts';
import { readPermissionCoverage } from './read-permission-coverage.ts';
import { isResourceType, type ResourceType } from './resources.ts';
import { searchBundle, shapedText } from './search-bundle.ts';
import { parseSearch } from './search-request.ts';
import { findResource, searchResources } from './search-resources.ts';

/** FHIR R4 under `/fhir`: read and search of resources.ts, `$permission-coverage`, Bulk Data `$export`. */
export function registerFhir(app: FastifyInstance, context: EmrContext): void {
  const baseUrl = `${context.publicUrl}/fhir`;
  app.register(
    async (fhir) => {
      fhir.setErrorHandler(sendError);
      fhir.setNotFoundHandler((request, reply) => sendError(problem('not-found', 'problem.not-found'), request, reply));
      fhir.removeAllContentTypeParsers();
      fhir.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string' },
        async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
      );
      fhir.addContentTypeParser(
        ['application/fhir+json', 'application/json'],
        { parseAs: 'string' },
        async (_request: FastifyRequest, body: string) => {
          try {
            return JSON.parse(body) as unknown;
          } catch {
            throw problem('invalid', 'problem.invalid-json');
          }
        },
      );
      fhir.addHook('onSend', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });

      fhir.get('/metadata', async (_request, reply) =>
        reply.type(fhirJson).send(JSON.stringify(capabilityStatement(baseUrl, context.publicUrl, context.version))),
      );
      fhir.get('/.well-known/smart-configuration', async (_request, reply) =>
        reply.type('application/json').send(JSON.stringify(smartConfiguration(context.publicUrl))),
      );

      fhir.register(async (guarded) => {
        guarded.decorateRequest('fhirPrincipal', null);
        guarded.addHook('onRequest', async (request) => {
          request.fhirPrincipal = await authenticate(context, request.headers.authorization);
        });
        guarded.get('/$permission-coverage', async (request, reply) => {
          const coverage = await readPermissionCoverage(context.pool, principalOf(request), request.id);
          reply.header(permissionVersionHeader, coverage.permissionVersion);
          return reply.type(fhirJson).send(JSON.stringify(coverageToParameters(coverage)));
        });
        registerExport(guarded, context, baseUrl);

        guarded.get('/:type', async (request, reply) =>
          search(typeOf(request), queryOf(request), request, reply, context, baseUrl),
        );
        guarded.post('/:type/_search', async (request, reply) => {
          const query = queryOf(request);
          if (request.body instanceof URLSearchParams)
            for (const [name, value] of request.body) query.append(name, value);
          return search(typeOf(request), query, request, reply, context, baseUrl);
        });
        guarded.get('/:type/:id', async (request, reply) => {
          const type = typeOf(request);
          const { id = '' } = request.params as { readonly id?: string };
          const shape = parseSearch(type, searchPairs(queryOf(request)), { baseUrl, lenient: isLenient(request) });
          const found = isFhirId(id) ? await findResource(context.pool, principalOf(request), type, id) : undefined;
          if (!found) throw problem('not-found', 'problem.not-found');
          if (found.version !== null) reply.header('etag', `W/"${found.version}"`);
          if (found.lastUpdated) reply.header('last-modified', found.lastUpdated.toUTCString());
          return reply.type(fhirJson).send(shapedText(shape, found.json));
        });
      });
    },
    { prefix: '/fhir' },
  );
}

function typeOf(request: FastifyRequest): ResourceType {
  const { type = '' } = request.params as { readonly type?: string };
  if (!isResourceType(type)) throw problem('not-found', 'fhir.type-not-supported', { type: type.slice(0, 64) });
  return type;
}

async function search(
  type: ResourceType,
  query: URLSearchParams,
  request: FastifyRequest,
  reply: FastifyReply,
  context: EmrContext,
  baseUrl: string,
): Promise<FastifyReply> {
  const asked = parseSearch(type, searchPairs(query), { baseUrl, lenient: isLenient(request) });
  const found = await searchResources(context.pool, principalOf(request), asked);
  const text = () => format(languageOf(request.headers['accept-language']), 'fhir.suppressed');
  const suppressed = found.withheld.length > 0 ? suppressedOutcome(found.withheld, text()) : undefined;
  reply.header(permissionVersionHeader, found.permissionVersion);
  return reply.type(fhirJson).send(searchBundle(asked, found, baseUrl, suppressed));
}
