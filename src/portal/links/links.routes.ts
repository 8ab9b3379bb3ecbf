import type { FastifyInstance } from 'fastify';
import { problem } from '../../platform/problem.ts';
import { asSite, type PortalContext } from '../context.ts';
import type { AppointmentLink } from '../contract/links.ts';
import type { Sessions } from '../session/sessions.ts';
import { createLinks } from './create-links.ts';

/** What a link allows that somebody makes by hand: a rule of reminders has its own. */
const byHand = { purpose: 'both', cancelNoticeMinutes: 24 * 60 } as const;

/** Links that the staff make by hand. The site comes from the session alone. */
export function registerLinks(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  const { pool, clock, publicUrl } = context;
  app.post('/api/bookings/:id/link', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const { id: bookingId } = request.params as { readonly id: string };
    const [made] = await asSite(pool, siteId, (tx) =>
      createLinks(tx, {
        siteId,
        publicUrl,
        userId,
        now: clock.now(),
        wanted: [{ bookingId, ...byHand }],
        requestId: request.id,
      }),
    );
    // One answer for what cannot have a link and for what there is none of.
    if (!made) throw problem('not-found', 'link.problem.none');
    const link: AppointmentLink = { url: made.url };
    return reply.code(201).send(link);
  });
}
