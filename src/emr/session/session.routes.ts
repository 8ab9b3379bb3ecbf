import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inTransaction } from '../../platform/database/db.ts';
import { parse } from '../../platform/http/parse.ts';
import { sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { sessionCookie } from '../../platform/session/cookie.ts';
import { isSeenStale, isSessionAlive } from '../../platform/session/limits.ts';
import { offsetsAround } from '../../platform/zones.ts';
import { noteWho } from '../audit/access.ts';
import type { EmrContext } from '../context.ts';
import type { SignedIn, SignInStep } from '../contract/second-factor.ts';
import { type Me, type SetUpState, setUpRequest, signInRequest } from '../contract/session.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './session.sql.ts';
import { setUpClinic } from './set-up-clinic.ts';
import { signIn } from './sign-in.ts';

/** A name of its own: cookies do not know ports, and three apps may share a host. */
const cookie = sessionCookie('tidegate_emr');

/** Whom a session is of, and what signing in still asks for. */
interface SessionUser extends Principal {
  readonly sessionId: string;
  readonly next: SignInStep | null;
  readonly tenantName: string;
  readonly managedOfficeIds: readonly string[];
}

/** The cookie's two halves; anything else is nobody. */
function tokenOf(request: FastifyRequest): { tenantId: number; tokenHash: Buffer } | undefined {
  const found = /^([1-9]\d{0,8})\.([\w-]{43})$/.exec(cookie.read(request) ?? '');
  return found ? { tenantId: Number(found[1]), tokenHash: sha256(found[2]!) } : undefined;
}

async function findSignedIn(context: EmrContext, request: FastifyRequest): Promise<SessionUser | undefined> {
  const token = tokenOf(request);
  if (!token) return undefined;
  const { tenantId, tokenHash } = token;
  const now = context.clock.now();
  const found = await inTransaction(
    context.pool,
    async (tx) => {
      const session = await sql.findSession(tx, tenantId, tokenHash);
      if (!session) return undefined;
      if (!isSessionAlive(session, now)) {
        await sql.deleteSession(tx, tenantId, tokenHash);
        return undefined;
      }
      if (isSeenStale(session.lastSeenAt, now)) await sql.touchSession(tx, tenantId, tokenHash, now);
      const { createdAt, lastSeenAt, ...signedIn } = session;
      return { tenantId, ...signedIn };
    },
    { settings: { 'tidegate.tenant_id': String(tenantId) } },
  );
  if (found) noteWho(found);
  return found;
}

/** The session of whoever asks, whatever signing in still asks for. For the routes of signing in. Throws `unauthenticated`. */
export async function requireSession(context: EmrContext, request: FastifyRequest): Promise<SessionUser> {
  const user = await findSignedIn(context, request);
  if (!user) throw problem('unauthenticated', 'problem.unauthenticated');
  return user;
}

/** Who asks, by the session cookie alone. Throws `unauthenticated`, with the step that is still asked for in `extra.next`. */
export async function requireUser(context: EmrContext, request: FastifyRequest): Promise<SessionUser> {
  const user = await requireSession(context, request);
  const { next } = user;
  if (next !== null) throw problem('unauthenticated', 'second-factor.problem.needed', {}, { next });
  return user;
}

/** As requireUser; throws `forbidden` for everybody else, with the display names of those who may in `extra.administrators`. */
export async function requireAdministrator(context: EmrContext, request: FastifyRequest): Promise<SessionUser> {
  const user = await requireUser(context, request);
  if (user.kind === 'administrator') return user;
  const administrators = await inTransaction(context.pool, (tx) => sql.listAdministrators(tx, user.tenantId), {
    settings: { 'tidegate.tenant_id': String(user.tenantId) },
    readOnly: true,
  });
  throw problem('forbidden', 'emr.problem.not-administrator', {}, { administrators });
}

/** As requireUser; throws `forbidden` for whoever is neither an administrator nor a manager of the office. */
export async function requireOfficeManager(
  context: EmrContext,
  request: FastifyRequest,
  officeId: string,
): Promise<SessionUser> {
  const user = await requireUser(context, request);
  if (user.kind === 'administrator' || user.managedOfficeIds.includes(officeId)) return user;
  throw problem('forbidden', 'security.users.not-manager');
}

async function meOf({ pool, clock }: EmrContext, user: SessionUser): Promise<Me> {
  const { tenantId, tenantName, userId, username, displayName, kind, managedOfficeIds } = user;
  const zones = await asPrincipal(pool, user, (tx) => sql.listZones(tx, tenantId, userId), {
    readOnly: true,
    // Their screens are of all offices.
    ...(kind === 'administrator' && { scope: 'roster' as const }),
  });
  return {
    tenantId,
    tenantName,
    userId,
    username,
    displayName,
    kind,
    abilities: { manageSecurity: kind === 'administrator', manageOffices: managedOfficeIds },
    zone: zones[0] ?? null,
    offsets: Object.fromEntries([...new Set(zones)].map((zone) => [zone, offsetsAround(zone, clock.now())])),
  };
}

/** Who is signed in, as every screen knows it. */
export const whoIsSignedIn = async (context: EmrContext, request: FastifyRequest): Promise<Me> =>
  meOf(context, await requireUser(context, request));

export function registerSession(app: FastifyInstance, context: EmrContext): void {
  app.get('/api/about', async () => ({ product: 'Tidegate EMR', version: context.version }));

  app.get('/api/set-up', async (): Promise<SetUpState> => {
    const clinics = await sql.listTenants(context.pool);
    return { needed: clinics.length === 0, clinics };
  });

  app.post('/api/set-up', async (request, reply) => {
    await setUpClinic(context, parse(setUpRequest, request.body, 'body'));
    return reply.code(204).send();
  });

  app.post('/api/sign-in', async (request, reply): Promise<SignedIn> => {
    const value = await signIn(context, parse(signInRequest, request.body, 'body'));
    cookie.set(request, reply, value);
    request.cookies[cookie.name] = value;
    const user = await requireSession(context, request);
    return user.next === null ? meOf(context, user) : { next: user.next };
  });

  app.post('/api/sign-out', async (request, reply) => {
    const token = tokenOf(request);
    // For the record: afterwards nobody knows whose session it was.
    if (token) await findSignedIn(context, request);
    if (token) {
      await inTransaction(context.pool, (tx) => sql.deleteSession(tx, token.tenantId, token.tokenHash), {
        settings: { 'tidegate.tenant_id': String(token.tenantId) },
      });
    }
    cookie.clear(request, reply);
    return reply.code(204).send();
  });

  app.get('/api/me', async (request) => whoIsSignedIn(context, request));
}
