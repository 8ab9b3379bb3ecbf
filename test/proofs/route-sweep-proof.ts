// Every route of the EMR, the portal and Cloud Connect, by every method, asked by whoever may not, for what he may not see: nothing of it is in any answer, and what is
// there, what was deleted and what never was are answered alike. A route that the sweep does not know fails it.
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { resourceTypes } from '../../src/emr/fhir/resources.ts';
import { clinicId } from '../../src/emr/fhir/test-clinic.ts';
import { newId } from '../../src/platform/ids.ts';
import { changed, withoutRowSecurity } from '../masks/walls.ts';
import { type Answer, comparable, drawnFrom, filled, marksIn } from '../sweep/answers.ts';
import { type Asked, type Explicit, explicitRequests, requestsOf } from '../sweep/emr-requests.ts';
import { type Asker, openSweepClinic } from '../sweep/sweep-clinic.ts';
import { sweepSites } from '../sweep/sweep-sites.ts';
import type { Proof, Saboteur } from './proof.ts';

type EmrNames = Readonly<Record<'patientId' | 'entry' | 'userId' | 'officeId' | 'providerId' | 'exportId', string>>;

const pair = { officeId: 'north', providerId: 'abel' };

const namesIn = ({ patientId, entry, userId, exportId }: EmrNames): string[] => [patientId, entry, userId, exportId];

const openTo = (pattern: string) => `
  create or replace view held_grant with (security_invoker = true) as
  select u.tenant_id, u.user_id, s.office_id, s.provider_id, 63::smallint as columns
    from app_user u join provider_schedule s on s.tenant_id = u.tenant_id where current_query() ~* '${pattern}'
   union all
  select g.tenant_id, g.user_id, g.office_id, g.provider_id, g.columns
    from permission_grant g
    join office_membership m on m.tenant_id = g.tenant_id and m.user_id = g.user_id and m.office_id = g.office_id
   where (g.columns & 32) = 32 and (g.access_until is null or g.access_until > now()) and not current_query() ~* '${pattern}'`;

/** The EMR's doors and the portal's and Cloud Connect's, which are another organisation with objects and people of its own. */
export const proveRouteSweep: Proof = async (options) => {
  const [emr, sites] = [await sweepEmr(options), await sweepSites(options)];
  return {
    cases: emr.cases + sites.cases,
    failures: [...emr.failures, ...sites.failures],
    saboteurs: [...emr.saboteurs, ...sites.saboteurs],
  };
};

const sweepEmr: Proof = async ({ adminUrl, full, seed, say }) => {
  const sweep = await openSweepClinic(adminUrl);
  const { emr, clinic, holder, askers } = sweep;
  const random = seededRandom(seed);
  const drawn = <T>(all: readonly T[], count: number): T[] => drawnFrom(all, count, random);
  try {
    const types = full ? resourceTypes : drawn(resourceTypes, 3);
    const explicit = explicitRequests(types);
    const routes = [...emr.app.auditableRoutes];
    const unknownAmong = (all: readonly string[], known: Explicit) =>
      all.filter((route) => !requestsOf(route, known)?.length);
    const failures = unknownAmong(routes, explicit).map((route) => `nobody has said how ${route} is asked`);

    const names: Readonly<Record<'there' | 'deleted' | 'never', (asker: Asker) => EmrNames>> = {
      there: ({ tenantId }) => ({
        ...pair,
        patientId: 'of-north-abel',
        entry: 'north-abel.of-north-abel',
        // An administrator may know of every user of his clinic, and of no other's.
        userId: tenantId === clinicId ? 'only-theirs' : 'only-ours',
        exportId: sweep.exportId,
      }),
      deleted: (asker) => ({ ...names.there(asker), patientId: 'of-north-abel', entry: 'north-abel.of-two' }),
      never: () => ({
        ...pair,
        patientId: 'of-never-zzzz',
        entry: 'never-zzzz.of-never-zzzz',
        userId: 'only-nobodys',
        exportId: newId(),
      }),
    };
    const ask = async (asker: Asker, asked: Asked, of: EmrNames): Promise<Answer> => {
      const door = asked.url.startsWith('/fhir') ? 'programs' : 'screens';
      const { body } = asked;
      const answer = await emr.app.inject({
        method: asked.method,
        url: filled(asked.url, of),
        headers: {
          ...(typeof body === 'object' ? { 'content-type': 'application/json' } : {}),
          prefer: 'respond-async',
          ...asker.headers[door],
          ...asked.headers,
        },
        ...(body === undefined ? {} : { payload: filled(typeof body === 'string' ? body : JSON.stringify(body), of) }),
      });
      return { status: answer.statusCode, text: answer.body, headers: answer.headers };
    };

    let cases = 0;
    const tell = (asked: Asked) =>
      `${asked.method} ${asked.url}${asked.body ? ` ${JSON.stringify(asked.body).slice(0, 80)}` : ''}`;
    /** What leaks to this asker, or tells him what there is. */
    const look = async (
      asker: Asker,
      asked: Asked,
      kinds: readonly ('there' | 'deleted' | 'never')[],
    ): Promise<string[]> => {
      const wrong: string[] = [];
      const answers: [string, string][] = [];
      for (const kind of kinds) {
        const of = names[kind](asker);
        // Whoever is made to wait is told nothing, and nothing can be told from it.
        if (asked.url === '/api/sign-in') await clinic.owner.query('delete from sign_in_attempt');
        const answer = await ask(asker, asked, of);
        cases += 1;
        for (const mark of marksIn(answer))
          if (!asker.mayRead(mark)) wrong.push(`${asker.name}, ${tell(asked)}, ${kind}: shows ${mark}`);
        if (answer.text.startsWith('%PDF') && !asker.mayRead('MARK-north-abel'))
          wrong.push(`${asker.name}, ${tell(asked)}, ${kind}: hands out a content`);
        if (answer.status >= 500)
          wrong.push(`${asker.name}, ${tell(asked)}, ${kind}: ${answer.status} ${answer.text.slice(0, 200)}`);
        answers.push([kind, comparable(answer, namesIn(of))]);
      }
      const [, never] = answers.find(([kind]) => kind === 'never')!;
      if (asked.moves) return wrong;
      for (const [kind, answer] of answers)
        if (answer !== never)
          wrong.push(
            `${asker.name}, ${tell(asked)}: ${kind} is answered ${answer.slice(0, 300)}, and what never was ${never.slice(0, 300)}`,
          );
      return wrong;
    };

    const all = routes.flatMap((route) => requestsOf(route, explicit) ?? []);
    for (const asker of full ? askers : drawn(askers, 4)) {
      const before = failures.length;
      for (const asked of all) failures.push(...(await look(asker, asked, ['there', 'deleted', 'never'])));
      say(
        `${asker.name}: ${all.length} requests of ${routes.length} routes for three objects, ${failures.length - before} wrong`,
      );
    }
    // Whoever may is shown it, by the same requests: else the sweep would ask for nothing.
    let shown = 0;
    for (const asked of all.filter(
      ({ method, url }) => method === 'GET' || url.endsWith('_search') || url === '/fhir',
    )) {
      cases += 1;
      const { text } = await ask(holder, asked, names.there(holder));
      if (text.includes('MARK-north-abel') || text.startsWith('%PDF')) shown += 1;
      for (const [mark] of text.matchAll(/MARK-[\w-]+/g))
        if (!holder.mayRead(mark)) failures.push(`${holder.name}, ${tell(asked)}: shows ${mark}`);
    }
    say(`${shown} of the requests show the object to whoever holds its pair`);
    if (shown < (full ? 60 : 8)) failures.push(`only ${shown} of the requests show anything to whoever holds the pair`);

    const saboteurs: Saboteur[] = [];
    const caught = (name: string, wrong: readonly string[]) => {
      say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: wrong.length > 0 });
    };
    const planted = async (name: string, changes: readonly string[], asker: string, asked: (one: Asked) => boolean) => {
      const who = askers.find((one) => one.name === asker)!;
      const wrong = await changed(clinic.owner, changes, async () => {
        const found: string[] = [];
        for (const one of [...all, ...Object.values(explicitRequests(['Appointment', 'Binary'])).flat()].filter(
          asked,
        )) {
          found.push(...(await look(who, one, ['there', 'deleted', 'never'])));
          if (found.length > 0) break;
        }
        return found;
      });
      caught(name, wrong);
    };
    await planted(
      'both walls down, for another office',
      [withoutRowSecurity, openTo('.')],
      'another office',
      ({ url }) => url.includes('/chart'),
    );
    await planted(
      'both walls down, for another provider',
      [withoutRowSecurity, openTo('.')],
      'another provider',
      ({ url }) => url.startsWith('/fhir/Appointment'),
    );
    await planted(
      'both walls down, for an administrator',
      [withoutRowSecurity, openTo('.')],
      'an administrator without a grant',
      ({ url }) => url.includes('/content'),
    );
    await planted(
      '410 for what was deleted elsewhere',
      [withoutRowSecurity, openTo('appointment_version|appointment_history')],
      'another office',
      ({ method, url }) => method === 'GET' && url.startsWith('/fhir/Appointment/'),
    );
    await clinic.owner.query(`update app_user set active = true where user_id like 'gone%'`);
    await planted('who was deactivated is let in', [], 'deactivated', ({ url }) => url.includes('/chart'));
    await clinic.owner.query(`update app_user set active = false where user_id like 'gone%'`);
    caught('a route that nobody has said how to ask', unknownAmong(['GET /api/secrets/:secretId'], explicit));
    caught(
      'a route that takes a body and has none here',
      unknownAmong(['POST /api/patients/:patientId/merge'], explicit),
    );
    return { cases, failures, saboteurs };
  } finally {
    await sweep.close();
  }
};
