// The one place where requests are recorded, whichever door they come through. It hangs on the app and not on routes, so none can forget
// it: a record is begun when a request arrives, filled by what is done for it, and stored before the first byte of the answer is out. If
// it cannot be stored, the answer is not given.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import { insertAccesses } from './access.sql.ts';
import { type Access, type AccessKind, type Asked, beginAccess, withAccess } from './access.ts';
import { fhirAsked } from './fhir-asked.ts';
import { noteAnswer } from './note-answer.ts';
import { isFhirAddress, type RouteAudit, routeAudits } from './route-audits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    access: Access | null;
  }
  interface FastifyInstance {
    /** `GET /api/me` of every route that there is. */
    auditableRoutes: Set<string>;
  }
}

/** Routes of the EMR's screens and of programs; what else there is are files. */
const isAuditable = (url: string): boolean => /^\/(api|fhir|oauth)(\/|$)/.test(url);

const routeOf = (method: string, url: string): string =>
  `${method === 'HEAD' ? 'GET' : method} ${url === '/' ? url : url.replace(/\/$/, '')}`;

export function auditRequests(app: FastifyInstance, context: Pick<EmrContext, 'recordPool'>): void {
  app.decorateRequest('access', null);
  app.decorate('auditableRoutes', new Set<string>());
  app.addHook('onRoute', ({ method, url }) => {
    if (!isAuditable(url)) return;
    for (const one of Array.isArray(method) ? method : [method]) app.auditableRoutes.add(routeOf(one, url));
  });
  const kept = new Set<string>();
  app.addHook('onRequest', (request, _reply, done) => {
    request.access = accessOf(request, kept);
    if (request.access) withAccess(request.access, done);
    else done();
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const { access } = request;
    if (access && !access.isRecorded) {
      noteAnswer(access, request, reply, payload);
      await storeAccess(context, request, reply.statusCode);
    }
    return payload;
  });
  // Whoever writes to the socket by himself has to record before he does. Late is better than never, and is said.
  app.addHook('onResponse', async (request, reply) => {
    const { access } = request;
    if (!access || access.isRecorded || !isRecordable(access, reply.statusCode)) return;
    request.log.error({ route: access.route }, 'an answer was given before it was recorded');
    await storeAccess(context, request, reply.statusCode);
  });
}

/** Stores the record of a request that is answered past the framework. To be called before the first byte. */
export async function recordAccess(
  context: Pick<EmrContext, 'recordPool'>,
  reply: FastifyReply,
  status: number,
): Promise<void> {
  if (reply.request.access) await storeAccess(context, reply.request, status);
}

async function storeAccess(
  { recordPool }: Pick<EmrContext, 'recordPool'>,
  request: FastifyRequest,
  status: number,
): Promise<void> {
  const access = request.access!;
  access.status = status;
  // From here on, so that the refusal below is not recorded in its turn.
  access.isRecorded = true;
  if (!isRecordable(access, status)) return;
  try {
    await insertAccesses(recordPool, access.tenantId!, recordsOf(access, status));
  } catch (error) {
    request.log.error({ err: error, route: access.route }, 'an access could not be recorded');
    throw problem('unavailable', 'problem.unavailable');
  }
}

/**
 * Nothing is recorded of a request that nobody known made (401) or that was turned away unread (429): it touched nothing, and whoever
 * likes could fill the record with it. Signing in is the exception, because there it says something who was refused.
 */
const isRecordable = (access: Access, status: number): boolean =>
  access.tenantId !== undefined && status !== 429 && (status !== 401 || access.kind === 'sign-in');

/** The entries of a Bundle each stand for themselves. Of a transaction that failed none was done, whatever it looked like on the way. */
function recordsOf(access: Access, status: number): readonly Access[] {
  const { entries } = access;
  if (!entries || entries.length === 0) return [access];
  const { tenantId, userId, clientId } = access;
  for (const entry of entries) {
    Object.assign(entry, { tenantId, userId, clientId });
    entry.status = status >= 400 ? status : (entry.status ?? 500);
  }
  return entries;
}

function accessOf(request: FastifyRequest, kept: Set<string>): Access | null {
  const { url } = request.routeOptions;
  if (url === undefined || !isAuditable(url)) return null;
  const route = routeOf(request.method, url);
  const declared: RouteAudit | undefined = Object.hasOwn(routeAudits, route) ? routeAudits[route] : undefined;
  if (declared && 'unrecorded' in declared) return null;
  const at = request.url.indexOf('?');
  const query = at < 0 ? '' : request.url.slice(at + 1);
  const more = { requestId: request.id, route, kept };
  if (isFhirAddress(route)) {
    const path = decoded(at < 0 ? request.url : request.url.slice(0, at)).replace(/^\/fhir\/?/, '');
    return beginAccess(fhirAsked(request.method, path, query), { ...more, door: 'fhir' });
  }
  return beginAccess(screenAsked(request, declared, query), { ...more, door: 'screen' });
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const ofMethod: Readonly<Record<string, AccessKind>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

function screenAsked(request: FastifyRequest, declared: RouteAudit | undefined, query: string): Asked {
  const { kind, entityType, id } =
    declared && 'kind' in declared ? declared : { kind: ofMethod[request.method] ?? 'read' };
  const params = request.params as Readonly<Record<string, string>>;
  const asked = new URLSearchParams(query);
  const named = (name: string): string | undefined => (params[name] ?? asked.get(name) ?? undefined)?.slice(0, 64);
  return {
    kind,
    entityType,
    entityId: id === undefined ? undefined : named(id),
    patientId: named('patientId'),
    officeId: named('officeId') ?? named('office'),
    providerId: named('providerId'),
    query: query === '' ? undefined : query,
  };
}
