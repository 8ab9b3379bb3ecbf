// Signing in, for the portal and for Cloud Connect: the same people, two cookies, two sessions.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Behind } from '../../platform/behind.ts';
import type { Clock } from '../../platform/clock.ts';
import { randomToken, sha256 } from '../../platform/ids.ts';
import { problem } from '../../platform/problem.ts';
import { sessionCookie } from '../../platform/session/cookie.ts';
import { absoluteLimitMs, idleLimitMs, isSeenStale, isSessionAlive } from '../../platform/session/limits.ts';
import { verifyPassword } from '../../platform/session/password.ts';
import type { SecondFactor, SignInStep } from '../../platform/session/second-factor.ts';
import { secondsToWait } from '../../platform/session/throttle.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asPerson, asSession, asSignIn, asSite, asSiteOfPerson } from '../context.ts';
import type { SiteRole } from '../contract/session.ts';
import { secondFactorOf } from './second-factor.ts';
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
   * whose role the app is not for, with the display names of those who may in extra.siteAdmins. `next`: what is still asked of him; until it is
   * done nobody is signed in.
   */
  signIn(request: FastifyRequest, reply: FastifyReply, asked: SignIn): Promise<Member | { readonly next: SignInStep }>;
  signOut(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** The second factor of the session's person, whatever signing in still asks for. For the routes of signing in. Throws `unauthenticated`. */
  secondFactor(request: FastifyRequest): Promise<SecondFactor>;
  /** Who asks and at which site, by the cookie alone. Throws `unauthenticated`, with the step that is still asked for in `extra.next`. */
  require(request: FastifyRequest): Promise<Member>;
  /** As `require`; throws `forbidden` for whoever is no Site Admin of the site, with the display names of those who are in extra.siteAdmins. */
  requireSiteAdmin(request: FastifyRequest): Promise<Member>;
  /** Throws `not-found` for a site of which the person is no member, whether or not it exists. */
  switchSite(request: FastifyRequest, siteId: number): Promise<Member>;
}

export interface SessionsOptions {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly behind: Behind;
  /** 32 bytes: the portal's and Cloud Connect's are the same, because their people are. */
  readonly sealingKey: Buffer;
  readonly app: sql.PortalApp;
  /** Whom the app is for: Cloud Connect takes Site Admins alone. */
  readonly roles: readonly SiteRole[];
}

/** What signing in still asks for. A code is asked of whoever has a second factor; setting one up, of who is a Site Admin anywhere. */
function stepOf(memberships: readonly sql.Membership[], secondFactorAt: Date | null): SignInStep | null {
  if (secondFactorAt !== null) return null;
  if (memberships.some(({ hasFactor }) => hasFactor)) return 'code';
  return memberships.some(({ role }) => role === 'site-admin') ? 'enrol' : null;
}

export function createSessions({ pool, clock, behind, sealingKey, app, roles }: SessionsOptions): Sessions {
  const cookie = sessionCookie(`tidegate_${app}`);
  const tokenHashOf = (request: FastifyRequest): Buffer | undefined => {
    const token = cookie.read(request);
    return token && /^[\w-]{43}$/.test(token) ? sha256(token) : undefined;
  };
  const membershipsOf = (userId: string) => asPerson(pool, userId, (tx) => sql.listMemberships(tx, userId));

  /** undefined: at no site, or not at the one named, does this person have a role that the app is for. */
  function memberOf(
    { userId, displayName }: { readonly userId: string; readonly displayName: string },
    memberships: readonly sql.Membership[],
    siteId?: number,
  ): Member | undefined {
    const fitting = memberships.filter((membership) => roles.includes(membership.role));
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

  async function refuse(all: readonly sql.Membership[], siteId: number | undefined): Promise<never> {
    const own = all.find((membership) => membership.siteId === siteId) ?? all[0];
    if (!own) throw problem('forbidden', 'problem.no-site');
    const siteAdmins = await asSite(pool, own.siteId, (tx) => sql.listSiteAdmins(tx, own.siteId));
    throw problem('forbidden', 'problem.not-site-admin', { site: own.siteName }, { siteAdmins });
  }

  /** At each site of whoever's password somebody does not know. */
  async function auditRefusal(userId: string, requestId: string): Promise<void> {
    for (const { siteId } of await membershipsOf(userId)) {
      const about = { siteId, userId: null, entity: 'portal-user', entityId: userId, requestId };
      await asSite(pool, siteId, (tx) => recordAudit(tx, { ...about, action: 'refuse-sign-in', after: { app } }));
    }
  }

  async function getSession(request: FastifyRequest) {
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
    // Membership is read each time: taken away, it ends at once what the session may do.
    const memberships = await membershipsOf(session.userId);
    return { ...session, tokenHash, memberships, next: stepOf(memberships, session.secondFactorAt) };
  }

  /** As getSession; throws `unauthenticated` for one of which signing in still asks for something. */
  async function getWholeSession(request: FastifyRequest) {
    const session = await getSession(request);
    const { next } = session;
    if (next !== null) throw problem('unauthenticated', 'second-factor.problem.needed', {}, { next });
    return session;
  }

  async function require(request: FastifyRequest): Promise<Member> {
    const session = await getWholeSession(request);
    const member = memberOf(session, session.memberships, session.siteId);
    if (!member) throw problem('unauthenticated', 'problem.unauthenticated');
    return member;
  }

  return {
    signIn: async (request, reply, { email, password, siteId }) => {
      const now = clock.now();
      // Counted before the password is looked at and forgotten when it was right: tries sent side by side count too.
      const person = await asSignIn(pool, email, async (tx, emailHash) => {
        const seconds = secondsToWait(await sql.lockFailures(tx, emailHash), now);
        if (seconds > 0) throw problem('too-many', 'problem.too-many', { seconds });
        await sql.recordFailure(tx, emailHash, now);
        return sql.findPerson(tx, email);
      });
      const matches = await verifyPassword(person?.passwordHash, password);
      if (!person || !matches || !person.active) {
        if (person) behind.do('a refused sign-in could not be recorded', auditRefusal(person.userId, request.id));
        throw problem('unauthenticated', 'problem.bad-credentials');
      }
      await asSignIn(pool, email, (tx, emailHash) => sql.forgetFailures(tx, emailHash));
      const { userId } = person;
      const memberships = await membershipsOf(userId);
      const member = memberOf(person, memberships, siteId);
      if (!member) return refuse(memberships, siteId);
      const next = stepOf(memberships, null);
      const token = randomToken();
      const replaced = tokenHashOf(request);
      if (replaced) await asSession(pool, replaced, (tx) => sql.deleteSession(tx, app, replaced));
      const at = { siteId: member.siteId, userId };
      await asSiteOfPerson(pool, at, async (tx) => {
        await sql.deleteEndedSessions(tx, userId, {
          createdBefore: new Date(now.getTime() - absoluteLimitMs),
          seenBefore: new Date(now.getTime() - idleLimitMs),
        });
        await sql.insertSession(tx, { ...at, tokenHash: sha256(token), app, now });
        if (next === null) await sql.auditSignIn(tx, { ...at, app, requestId: request.id });
      });
      cookie.set(request, reply, token);
      return next === null ? member : { next };
    },

    signOut: async (request, reply) => {
      const tokenHash = tokenHashOf(request);
      if (tokenHash) await asSession(pool, tokenHash, (tx) => sql.deleteSession(tx, app, tokenHash));
      cookie.clear(request, reply);
    },

    secondFactor: async (request) => {
      const session = await getSession(request);
      return secondFactorOf({ pool, clock, sealingKey }, { ...session, app, waits: session.next !== null }, request.id);
    },

    require,

    requireSiteAdmin: async (request) => {
      const member = await require(request);
      if (member.role === 'site-admin') return member;
      const siteAdmins = await asSite(pool, member.siteId, (tx) => sql.listSiteAdmins(tx, member.siteId));
      throw problem('forbidden', 'users.problem.not-site-admin', { site: member.siteName }, { siteAdmins });
    },

    switchSite: async (request, siteId) => {
      const session = await getWholeSession(request);
      const member = memberOf(session, session.memberships, siteId);
      if (!member) throw problem('not-found', 'problem.not-found');
      await asSession(pool, session.tokenHash, (tx) => sql.moveSession(tx, session.tokenHash, siteId));
      return member;
    },
  };
}
