import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { permissionVersionHeader, suppressedOutcome } from '../../fhir/outcome.ts';
import { coverageToParameters } from '../../fhir/permission-coverage.ts';
import { isFhirId, searchPairs } from '../../fhir/search-query.ts';
import { format, languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { requireScope } from '../oauth/scopes.ts';
import { smartConfiguration } from '../oauth/smart-configuration.ts';
import { capabilityStatement } from './capability-statement.ts';
import { registerExport } from './export.routes.ts';
import { isLenient, principalOf, queryOf, typeOf } from './fhir-request.ts';
import { registerHistory } from './history.routes.ts';
import { fhirJson, sendError } from './outcome-response.ts';
import { readPermissionCoverage } from './read-permission-coverage.ts';
import type { ResourceType } from './resources.ts';
import { searchBundle, shapedText } from './search-bundle.ts';
import { parseSearch } from './search-request.ts';
import { findResource, searchResources } from './search-resources.ts';
import { registerWrites } from './write.routes.ts';

/** FHIR R4 under `/fhir`: read, search and history of resources.ts, writes, `$permission-coverage`, Bulk Data `$export`. */
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
        registerHistory(guarded, context, baseUrl);
        registerWrites(guarded, context, baseUrl);

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
          const caller = principalOf(request);
          requireScope(caller, type, 'r');
          const { id = '' } = request.params as { readonly id?: string };
          const shape = parseSearch(type, searchPairs(queryOf(request)), { baseUrl, lenient: isLenient(request) });
          if (!isFhirId(id)) throw problem('not-found', 'problem.not-found');
          const found = await findResource(context.pool, caller, type, id);
          if (found.version !== null) {
            reply.header('etag', `W/"${found.version}"`);
            if (request.headers['if-none-match'] === `W/"${found.version}"`) return reply.code(304).send();
          }
          if (found.lastUpdated) reply.header('last-modified', found.lastUpdated.toUTCString());
          return reply.type(fhirJson).send(shapedText(shape, found.json));
        });
      });
    },
    { prefix: '/fhir' },
  );
}

async function search(
  type: ResourceType,
  query: URLSearchParams,
  request: FastifyRequest,
  reply: FastifyReply,
  context: EmrContext,
  baseUrl: string,
): Promise<FastifyReply> {
  const caller = principalOf(request);
  requireScope(caller, type, 's');
  const asked = parseSearch(type, searchPairs(query), { baseUrl, lenient: isLenient(request) });
  for (const included of asked.includes) requireScope(caller, included.type, 'r');
  const found = await searchResources(context.pool, caller, asked);
  const text = () => format(languageOf(request.headers['accept-language']), 'fhir.suppressed');
  const suppressed = found.withheld.length > 0 ? suppressedOutcome(found.withheld, text()) : undefined;
  reply.header(permissionVersionHeader, found.permissionVersion);
  return reply.type(fhirJson).send(searchBundle(asked, found, baseUrl, suppressed));
}
