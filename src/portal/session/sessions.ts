// Signing in, for the portal and for Cloud Connect: the same people, two cookies, two sessions.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool, PoolClient } from 'pg';
import type { Clock } from '../../platform/clock.ts';
import { randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { sessionCookie } from '../../platform/session/cookie.ts';
import { absoluteLimitMs, idleLimitMs, isSeenStale, isSessionAlive } from '../../platform/session/limits.ts';
import { verifyPassword } from '../../platform/session/password.ts';
import { secondsToWait } from '../../platform/session/throttle.ts';
import { asPerson, asSession, asSignIn, asSite } from '../context.ts';
import type { SiteRole } from '../contract/session.ts';
import * as sql from './session.sql.ts';

export interface Member {
  readonly userId: string;
  readonly displayName: string;
  readonly siteId: number;
  readonly siteName: string;
  readonly role: SiteRole;
  /** The sites at which this person may use this app. */
  readonly sites: readonly { readonly siteId: number; readonly name: string }[];
}

export interface SignIn {
  readonly email: string;
  readonly password: string;
  /** Where the person wants to begin; the first of their sites by name when left out. */
  readonly siteId?: number | undefined;
}

export interface Sessions {
  /**
   * Sets the cookie. Throws `too-many`, `unauthenticated` (which of the two was wrong is not said), and `forbidden` for a person
   * whose role the app is not for, with the display names of those who may in extra.siteAdmins.
   */
  signIn(request: FastifyRequest, reply: FastifyReply, asked: SignIn): Promise<Member>;
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Who asks and at which site, by the cookie alone. Throws `unauthenticated`. */
  require(request: FastifyRequest): Promise<Member>;
  /** Throws `not-found` for a site of which the person is no member, whether or not it exists. */
  switchSite(request: FastifyRequest, siteId: number): Promise<Member>;
}

export interface SessionsOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly app: sql.PortalApp;
  /** Whom the app is for: Cloud Connect takes Site Admins alone. */
  readonly roles: readonly SiteRole[];
}

export function createSessions({ pool, clock, app, roles }: SessionsOptions): Sessions {
  const cookie = sessionCookie(`tidegate_${app}`);
  const tokenHashOf = (request: FastifyRequest): Buffer | undefined => {
    const token = cookie.read(request);
    return token && /^[\w-]{43}$/.test(token) ? sha256(token) : undefined;
  };

  async function findMember(userId: string, displayName: string, siteId?: number): Promise<Member | undefined> {
    const all = await asPerson(pool, userId, (tx) => sql.listMemberships(tx, userId));
    const fitting = all.filter((membership) => roles.includes(membership.role));
    const chosen = siteId === undefined ? fitting[0] : fitting.find((membership) => membership.siteId === siteId);
    if (!chosen) return undefined;
    return {
      userId,
      displayName,
      siteId: chosen.siteId,
      siteName: chosen.siteName,
      role: chosen.role,
      sites: fitting.map((one) => ({ siteId: one.siteId, name: one.siteName })),
    };
  }

  async function refuse(userId: string, siteId: number | undefined): Promise<never> {
    const all = await asPerson(pool, userId, (tx) => sql.listMemberships(tx, userId));
    const own = all.find((membership) => membership.siteId === siteId) ?? all[0];
    if (!own) throw problem('forbidden', 'problem.no-site');
    const siteAdmins = await asSite(pool, own.siteId, (tx) => sql.listSiteAdmins(tx, own.siteId));
    throw problem('forbidden', 'problem.not-site-admin', { site: own.siteName }, { siteAdmins });
  }

  async function getSession(request: FastifyRequest): Promise<sql.SessionRow & { readonly tokenHash: Buffer }> {
    const tokenHash = tokenHashOf(request);
    if (!tokenHash) throw problem('unauthenticated', 'problem.unauthenticated');
    const now = clock.now();
    const session = await asSession(pool, tokenHash, async (tx) => {
      const found = await sql.findSession(tx, app, tokenHash);
      if (!found) return undefined;
      if (!isSessionAlive(found, now)) {
        await sql.deleteSession(tx, app, tokenHash);
        return undefined;
      }
      if (isSeenStale(found.lastSeenAt, now)) await sql.touchSession(tx, tokenHash, now);
      return found;
    });
    if (!session) throw problem('unauthenticated', 'problem.unauthenticated');
    return { ...session, tokenHash };
  }

  return {
    signIn: async (request, reply, { email, password, siteId }) => {
      const emailHash = sha256(email.toLowerCase());
      const now = clock.now();
      const signingIn = <T>(work: (tx: PoolClient) => Promise<T>) => asSignIn(pool, { email, emailHash }, work);
      const seconds = secondsToWait(await signingIn((tx) => sql.findFailures(tx, emailHash)), now);
      if (seconds > 0) throw problem('too-many', 'problem.too-many', { seconds });
      // Counted before the password is looked at and forgotten when it was right: tries sent side by side count too.
      await signingIn((tx) => sql.recordFailure(tx, emailHash, now));
      const person = await signingIn((tx) => sql.findPerson(tx, email));
      const matches = await verifyPassword(person?.passwordHash, password);
      if (!person || !matches || !person.active) throw problem('unauthenticated', 'problem.bad-credentials');
      await signingIn((tx) => sql.forgetFailures(tx, emailHash));
      const { userId } = person;
      const member = await findMember(userId, person.displayName, siteId);
      if (!member) return refuse(userId, siteId);
      const token = randomToken();
      const replaced = tokenHashOf(request);
      if (replaced) await asSession(pool, replaced, (tx) => sql.deleteSession(tx, app, replaced));
      await asPerson(pool, userId, async (tx) => {
        await sql.deleteEndedSessions(tx, userId, {
          createdBefore: new Date(now.getTime() - absoluteLimitMs),
          seenBefore: new Date(now.getTime() - idleLimitMs),
        });
        await sql.insertSession(tx, { tokenHash: sha256(token), app, userId, siteId: member.siteId, now });
      });
      cookie.set(request, reply, token);
      return member;
    },

    signOut: async (request, reply) => {
      const tokenHash = tokenHashOf(request);
      if (tokenHash) await asSession(pool, tokenHash, (tx) => sql.deleteSession(tx, app, tokenHash));
      cookie.clear(request, reply);
    },

    require: async (request) => {
      const session = await getSession(request);
      // Membership is read each time: taken away, it ends at once what the session may do.
      const member = await findMember(session.userId, session.displayName, session.siteId);
      if (!member) throw problem('unauthenticated', 'problem.unauthenticated');
      return member;
    },

    switchSite: async (request, siteId) => {
      const session = await getSession(request);
      const member = await findMember(session.userId, session.displayName, siteId);
      if (!member) throw problem('not-found', 'problem.not-found');
      await asSession(pool, session.tokenHash, (tx) => sql.moveSession(tx, session.tokenHash, siteId));
      return member;
    },
  };
}
