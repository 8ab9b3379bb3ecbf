import type { FastifyInstance } from 'fastify';
import { languageOf } from '../../language/messages.ts';
import { problem } from '../../platform/problem.ts';
import { asSite } from '../../portal/index.ts';
import type { ConnectContext } from '../context.ts';
import type { Diagnosis, WhyMissing } from '../contract/doctor.ts';
import { type Feature, features } from '../contract/features.ts';
import type { LeastPrivilege } from '../contract/least-privilege.ts';
import { diagnoseSite, explain } from './read-doctor.ts';
import { leastPrivilegeOfSite } from './read-least-privilege.ts';

export function registerDoctor(app: FastifyInstance, { pool, clock, sessions }: ConnectContext): void {
  app.get('/api/doctor', async (request): Promise<Diagnosis> => {
    const { siteId } = await sessions.require(request);
    const language = languageOf(request.headers['accept-language']);
    return diagnoseSite({ pool, clock }, { siteId, language });
  });

  app.get('/api/least-privilege', async (request): Promise<LeastPrivilege> => {
    const { siteId } = await sessions.require(request);
    return leastPrivilegeOfSite({ pool, clock }, { siteId, language: languageOf(request.headers['accept-language']) });
  });

  app.get<{ Params: { officeId: string; providerId: string; feature: string } }>(
    '/api/doctor/:officeId/:providerId/:feature',
    async (request): Promise<WhyMissing> => {
      const { siteId } = await sessions.require(request);
      const language = languageOf(request.headers['accept-language']);
      const { officeId, providerId, feature } = request.params;
      const isFeature = (name: string): name is Feature => features.some((one) => one === name);
      if (!isFeature(feature)) throw problem('not-found', 'doctor.problem.feature');
      return asSite(pool, siteId, (tx) => explain(tx, { siteId, language, clock }, { officeId, providerId, feature }), {
        isolation: 'repeatable read',
        readOnly: true,
      });
    },
  );
}
