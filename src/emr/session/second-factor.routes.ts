import type { FastifyInstance } from 'fastify';
import { registerSecondFactor as register } from '../../platform/session/second-factor.routes.ts';
import type { EmrContext } from '../context.ts';
import { secondFactorOf } from './second-factor.ts';
import { requireSession, requireUser, whoIsSignedIn } from './session.routes.ts';

export function registerSecondFactor(app: FastifyInstance, context: EmrContext): void {
  register(app, {
    ofSession: async (request) => secondFactorOf(context, await requireSession(context, request), request.id),
    ofUser: async (request) => secondFactorOf(context, await requireUser(context, request), request.id),
    me: (request) => whoIsSignedIn(context, request),
  });
}
