import type { FastifyInstance } from 'fastify';
import type { EmrContext } from '../context.ts';
import { requireScope } from '../oauth/scopes.ts';
import { asPrincipal } from '../principal.ts';
import { markReminded } from '../scheduling/mark-reminded.ts';
import { receivedReminder } from './communication-body.ts';
import { isLenient, principalOf } from './fhir-request.ts';
import { pairOfRole } from './pair-of-role.ts';

/** `POST [base]/Communication`: that a patient was reminded. It is shown at the booking, and is read by no client. */
export function registerCommunication(app: FastifyInstance, context: EmrContext, baseUrl: string): void {
  const { pool, publicUrl } = context;
  app.post('/Communication', async (request, reply) => {
    const caller = principalOf(request);
    requireScope(caller, 'Communication', 'c');
    const { roleId, ...reminder } = receivedReminder(request.body, { baseUrl, lenient: isLenient(request) });
    const pair = await pairOfRole(context, caller, roleId, 'Communication.sender');
    // Sent again it is the same reminder of the same booking: that is its key.
    const { communicationId } = await asPrincipal(pool, caller, (tx) =>
      markReminded(tx, caller, { ...reminder, publicUrl, pair, requestId: request.id }),
    );
    return reply.code(201).header('location', `${baseUrl}/Communication/${communicationId}/_history/1`).send();
  });
}
