import type { FastifyInstance, FastifyRequest } from 'fastify';
import { permissionVersionHeader } from '../../fhir/outcome.ts';
import { coverageToParameters } from '../../fhir/permission-coverage.ts';
import { languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { registerChartFhir } from '../chart/chart-fhir.routes.ts';
import type { EmrContext } from '../context.ts';
import { authenticate } from '../oauth/authenticate.ts';
import { smartConfiguration } from '../oauth/smart-configuration.ts';
import { capabilityStatement } from './capability-statement.ts';
import { registerCommunication } from './communication.routes.ts';
import { registerDigest } from './digest.routes.ts';
import { registerExport } from './export.routes.ts';
import { sendAnswer } from './fhir-answer.ts';
import { headerOf, isLenient, principalOf, queryOf } from './fhir-request.ts';
import { limitRequests } from './limit-requests.ts';
import { fhirJson, sendError } from './outcome-response.ts';
import { answerRead } from './read-interactions.ts';
import { readPermissionCoverage } from './read-permission-coverage.ts';
import { registerWrites } from './write.routes.ts';

/** FHIR R4 under `/fhir`: read, search and history of resources.ts, writes, `$permission-coverage`, Bulk Data `$export`, digests. */
export function registerFhir(
  app: FastifyInstance,
  context: EmrContext,
  { requestsPerMinute = 0 }: { readonly requestsPerMinute?: number } = {},
): void {
  const baseUrl = `${context.publicUrl}/fhir`;
  const reading = { pool: context.pool, clock: context.clock, baseUrl };
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

      fhir.get('/metadata', async (request, reply) => {
        // The Ocean Cloud Connect guide asks for mode=oceancc to learn which features there are; its public pages do not say in what form,
        // so every mode gets the one statement.
        const mode = queryOf(request).get('mode') ?? 'full';
        if (!['full', 'normative', 'oceancc'].includes(mode)) {
          throw problem('invalid', 'fhir.parameter-value', { parameter: 'mode' }, { expression: ['mode'] });
        }
        return reply
          .type(fhirJson)
          .send(JSON.stringify(capabilityStatement(baseUrl, context.publicUrl, context.version)));
      });
      fhir.get('/.well-known/smart-configuration', async (_request, reply) =>
        reply.type('application/json').send(JSON.stringify(smartConfiguration(context.publicUrl))),
      );

      fhir.register(async (guarded) => {
        guarded.decorateRequest('fhirPrincipal', null);
        guarded.addHook('onRequest', async (request) => {
          request.fhirPrincipal = await authenticate(context, request.headers.authorization);
        });
        await limitRequests(guarded, requestsPerMinute);
        guarded.get('/$permission-coverage', async (request, reply) => {
          const coverage = await readPermissionCoverage(context, principalOf(request));
          reply.header(permissionVersionHeader, coverage.permissionVersion);
          return reply.type(fhirJson).send(JSON.stringify(coverageToParameters(coverage)));
        });
        registerExport(guarded, context, baseUrl);
        registerDigest(guarded, context);
        registerWrites(guarded, context, baseUrl);
        registerCommunication(guarded, context, baseUrl);
        registerChartFhir(guarded, context, baseUrl);

        const readOf = (request: FastifyRequest) => ({
          query: queryOf(request),
          ifNoneMatch: headerOf(request, 'if-none-match'),
          lenient: isLenient(request),
          language: languageOf(request.headers['accept-language']),
        });
        guarded.post('/:type/_search', async (request, reply) => {
          const { query, ...rest } = readOf(request);
          if (request.body instanceof URLSearchParams)
            for (const [name, value] of request.body) query.append(name, value);
          const { type } = request.params as { readonly type: string };
          return sendAnswer(reply, await answerRead(reading, principalOf(request), { ...rest, query, path: type }));
        });
        guarded.get('/*', async (request, reply) => {
          const path = (request.params as { readonly '*': string })['*'];
          return sendAnswer(reply, await answerRead(reading, principalOf(request), { ...readOf(request), path }));
        });
      });
    },
    { prefix: '/fhir' },
  );
}
