import type { FastifyInstance } from 'fastify';
import { digestRequestFrom, digestsToParameters } from '../../fhir/appointment-digest.ts';
import { permissionVersionHeader } from '../../fhir/outcome.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { digestVisible } from './appointment-digest.sql.ts';
import { principalOf, queryOf } from './fhir-request.ts';
import { fhirJson } from './outcome-response.ts';
import { permissionVersion } from './resources.sql.ts';

/** What an export would give now, as digests: under the permissions of this moment, whose version stands in the header. */
export function registerDigest(app: FastifyInstance, { pool }: Pick<EmrContext, 'pool'>): void {
  app.get('/Appointment/$digest', async (request, reply) => {
    const principal = principalOf(request);
    // It tells what both hold, were it only whether it is the same.
    for (const type of ['Appointment', 'Patient'] as const) requireScope(principal, type, 'r');
    const asked = digestRequestFrom(queryOf(request));
    if ('refused' in asked) {
      const { refused: parameter } = asked;
      throw problem('invalid', 'fhir.parameter-value', { parameter }, { expression: [parameter] });
    }
    const { version, periods } = await asPrincipal(
      pool,
      principal,
      async (tx) => ({
        version: await permissionVersion(tx, principal),
        periods: await digestVisible(tx, principal, asked),
      }),
      { isolation: 'repeatable read', readOnly: true },
    );
    return reply
      .header(permissionVersionHeader, version)
      .type(fhirJson)
      .send(JSON.stringify(digestsToParameters(periods)));
  });
}
