// The surfaces that the mask proofs have not: pages of every size and their totals, every include and reverse include that the server
// says it has, slots, everything of a patient with his chart, deletions of an export, a batch over all types, and what the EMR's own
// screens ask for.
import type { FastifyInstance } from 'fastify';
import { type ChartTabs, chartTabs } from '../../src/emr/contract/chart.ts';
import type { SchedulerDay } from '../../src/emr/contract/scheduler.ts';
import { resources } from '../../src/emr/fhir/resources.ts';
import { chartEntries, contentOf } from '../../src/emr/fhir/test-chart-records.ts';
import { appointments, clinicId, offices, pairs, patients } from '../../src/emr/fhir/test-clinic.ts';
import { type AllSeen, type FhirType, fhirTypes, recordsOf } from './all-records.ts';
import { seenInCharts } from './chart-surfaces.ts';
import type { Shown } from './fhir-surfaces.ts';
import { deletedOf } from './write-surfaces.ts';

export interface AnySurface {
  readonly name: string;
  look(): Promise<Shown>;
  /** What of all that may be seen this surface shows; by default what has the same names. */
  expected?(seen: AllSeen): Shown;
}

interface Resource {
  readonly resourceType: string;
  readonly id: string;
}
interface Entry {
  readonly resource: Resource;
  readonly search?: { readonly mode: string };
}
interface Bundle {
  readonly total?: number;
  readonly entry?: readonly Entry[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

const sorted = (ids: Iterable<string>): string[] => [...new Set(ids)].sort();
const idsOf = (all: readonly Resource[], type: string): string[] =>
  all
    .filter(({ resourceType }) => resourceType === type)
    .map(({ id }) => id)
    .sort();
const inMode = ({ entry = [] }: Bundle, mode: string): Resource[] =>
  entry.filter(({ search }) => search?.mode === mode).map(({ resource }) => resource);

export interface Looking {
  readonly app: FastifyInstance;
  readonly token: string;
  /** A session of the EMR's own, of a user who holds what the integration user does. */
  readonly cookie: string;
  /** The same of an administrator. */
  readonly administratorCookie: string;
  readonly pageSizes: readonly number[];
}

export async function moreSurfaces({
  app,
  token,
  cookie,
  administratorCookie,
  pageSizes,
}: Looking): Promise<AnySurface[]> {
  const ask = async (url: string, headers: Record<string, string> = {}, payload?: string) =>
    app.inject({
      method: payload === undefined ? 'GET' : 'POST',
      url: url.replace(/^http:\/\/[^/]+/, ''),
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  const bundleOf = async (url: string): Promise<Bundle> => {
    const answer = await ask(url);
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return answer.json<Bundle>();
  };
  const known = (type: string): type is FhirType => fhirTypes.some((one) => one === type);

  const pages = (size: number): AnySurface => ({
    name: `pages of ${size}`,
    look: async () => {
      const seen: Record<string, unknown> = {};
      for (const type of fhirTypes) {
        const found: Resource[] = [];
        let total: number | undefined;
        let next: string | undefined = `/fhir/${type}?_count=${size}&_total=accurate`;
        while (next) {
          const bundle: Bundle = await bundleOf(next);
          const page = inMode(bundle, 'match');
          if (page.length > size) throw new Error(`${type}: ${page.length} on a page of ${size}`);
          found.push(...page);
          total ??= bundle.total;
          next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
        }
        seen[type] = found.map(({ id }) => id).sort();
        seen[`total of ${type}`] = total;
      }
      return seen;
    },
    expected: (seen) => ({
      ...seen,
      ...Object.fromEntries(fhirTypes.map((type) => [`total of ${type}`, seen[type].length])),
    }),
  });

  const counts: AnySurface = {
    name: 'totals alone',
    look: async () =>
      Object.fromEntries(
        await Promise.all(
          fhirTypes.map(async (type) => [type, (await bundleOf(`/fhir/${type}?_summary=count`)).total] as const),
        ),
      ),
    expected: (seen) => Object.fromEntries(fhirTypes.map((type) => [type, seen[type].length])),
  };

  const references = fhirTypes.flatMap((source) =>
    Object.entries(resources[source].includes).flatMap(([name, targets]) =>
      Object.keys(targets)
        .filter(known)
        .map((target) => ({ source, name, target })),
    ),
  );
  const referring = (seen: AllSeen, source: FhirType) =>
    recordsOf[source].filter(({ id }) => seen[source].includes(id));
  const names = [...new Set(references.map(({ source, name }) => `${source}:${name}`))];
  const includes: AnySurface = {
    name: 'every include',
    look: async () =>
      Object.fromEntries(
        await Promise.all(
          names.map(async (name) => {
            const found = inMode(await bundleOf(`/fhir/${name.split(':')[0]}?_include=${name}`), 'include');
            return [name, sorted(found.map(({ resourceType, id }) => `${resourceType}/${id}`))] as const;
          }),
        ),
      ),
    expected: (seen) =>
      Object.fromEntries(
        names.map((name) => [
          name,
          sorted(
            references
              .filter((one) => `${one.source}:${one.name}` === name)
              .flatMap(({ source, target }) =>
                referring(seen, source)
                  .map(({ refers }) => refers[target]!)
                  .filter((id) => seen[target].includes(id))
                  .map((id) => `${target}/${id}`),
              ),
          ),
        ]),
      ),
  };
  const reverseIncludes: AnySurface = {
    name: 'every reverse include',
    look: async () =>
      Object.fromEntries(
        await Promise.all(
          references.map(async ({ source, name, target }) => {
            const bundle = await bundleOf(`/fhir/${target}?_revinclude=${source}:${name}`);
            return [`${target} from ${source}:${name}`, idsOf(inMode(bundle, 'include'), source)] as const;
          }),
        ),
      ),
    expected: (seen) =>
      Object.fromEntries(
        references.map(({ source, name, target }) => [
          `${target} from ${source}:${name}`,
          referring(seen, source)
            .filter(({ refers }) => seen[target].includes(refers[target]!))
            .map(({ id }) => id)
            .sort(),
        ]),
      ),
  };

  const week = 'start=ge2026-11-29T00:00:00Z&start=lt2026-12-06T00:00:00Z';
  const slotsIn = async (url: string) =>
    inMode(await bundleOf(url), 'match') as (Resource & { schedule: { reference: string } })[];
  const scheduleOf = ({ schedule }: { schedule: { reference: string } }) => schedule.reference.replace('Schedule/', '');
  // Learnt while everything is open: an id says its schedule's name and time alone.
  const everySlot = new Map((await slotsIn(`/fhir/Slot?${week}`)).map((slot) => [slot.id, scheduleOf(slot)]));
  if (everySlot.size !== pairs.length) throw new Error(`${everySlot.size} slots while everything was open`);
  const scheduling = (seen: AllSeen) =>
    pairs
      .filter((pair) =>
        appointments.some(({ id, pair: of }) => of.join() === pair.join() && seen.Appointment.includes(id)),
      )
      .map((pair) => `schedule-${pair.join('-')}`)
      .sort();
  const slots: AnySurface = {
    name: 'slots',
    look: async () => {
      const read = await Promise.all([...everySlot.keys()].map((id) => ask(`/fhir/Slot/${id}`)));
      return {
        found: (await slotsIn(`/fhir/Slot?${week}`)).map(scheduleOf).sort(),
        'one by one': (await slotsIn(`/fhir/Slot?${week}&_count=1`)).length,
        read: read
          .filter(({ statusCode }) => statusCode !== 404)
          .map((answer) => scheduleOf(answer.json()))
          .sort(),
      };
    },
    expected: (seen) => ({
      found: scheduling(seen),
      'one by one': Math.min(1, scheduling(seen).length),
      read: scheduling(seen),
    }),
  };

  const own = fhirTypes.filter((type) => type !== 'Binary' && (type === 'Appointment' || type in chartOf));
  const everything: AnySurface = {
    name: '$everything with the chart',
    look: async () => {
      const all: Resource[] = [];
      for (const { id } of patients) {
        const answer = await ask(`/fhir/Patient/${id}/$everything`);
        if (answer.statusCode === 404) continue;
        if (answer.statusCode !== 200) throw new Error(`$everything: ${answer.statusCode} ${answer.body}`);
        all.push(
          ...(answer.json<Bundle>().entry ?? [])
            .filter(({ search }) => search?.mode !== 'outcome')
            .map(({ resource }) => resource),
        );
      }
      return Object.fromEntries(
        ['Patient', 'Practitioner', 'Location', ...own].map((type) => [type, sorted(idsOf(all, type))]),
      );
    },
    expected: (seen) => {
      const ofThem = own.map((type) => ({
        type,
        records: referring(seen, type).filter(({ refers }) => seen.Patient.includes(refers.Patient!)),
      }));
      // An account, a charge and a coverage are money's alone: they bring no place with them, but for who performed a charge.
      const named = (target: 'Practitioner' | 'Location', types: readonly FhirType[]) =>
        sorted(
          ofThem
            .filter(({ type }) => types.includes(type))
            .flatMap(({ records }) => records.map(({ refers }) => refers[target]!))
            .filter((id) => seen[target].includes(id)),
        );
      return {
        Patient: seen.Patient,
        Practitioner: named('Practitioner', [
          'Appointment',
          'DocumentReference',
          'Encounter',
          'DiagnosticReport',
          'Observation',
          'ChargeItem',
        ]),
        Location: named('Location', ['Appointment', 'Encounter']),
        ...Object.fromEntries(ofThem.map(({ type, records }) => [type, records.map(({ id }) => id).sort()])),
      };
    },
  };

  const deletions: AnySurface = {
    name: 'deletions of an export',
    look: async () => {
      const started = await ask('/fhir/$export?_since=2020-01-01T00:00:00Z&_type=Appointment', {
        prefer: 'respond-async',
      });
      const manifest = (await ask(String(started.headers['content-location']))).json<{ deleted: { url: string }[] }>();
      const files = await Promise.all(manifest.deleted.map(({ url }) => ask(url)));
      return {
        deleted: files
          .flatMap(({ body }) => body.split('\n').filter((line) => line !== ''))
          .map((line) => (JSON.parse(line) as { entry: { request: { url: string } }[] }).entry[0]!.request.url)
          .sort(),
      };
    },
    expected: (seen) => ({
      deleted: pairs
        .filter((pair) => scheduling(seen).includes(`schedule-${pair.join('-')}`))
        .map((pair) => `Appointment/${deletedOf(pair)}`)
        .sort(),
    }),
  };

  const batch: AnySurface = {
    name: 'a batch over all types',
    look: async () => {
      const reads = fhirTypes
        .filter((type) => type !== 'Binary')
        .flatMap((type) => recordsOf[type].map(({ id }) => `${type}/${id}`));
      const payload = JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: reads.map((url) => ({ request: { method: 'GET', url } })),
      });
      const answer = await ask('/fhir', { 'content-type': 'application/fhir+json' }, payload);
      if (answer.statusCode !== 200) throw new Error(`batch: ${answer.statusCode} ${answer.body}`);
      const entries = answer.json<{ entry: { resource?: Resource; response: { status: string } }[] }>().entry;
      const found = entries.flatMap(({ resource, response }) =>
        resource && response.status.startsWith('200') ? [resource] : [],
      );
      return Object.fromEntries(
        fhirTypes.filter((type) => type !== 'Binary').map((type) => [type, idsOf(found, type)]),
      );
    },
  };

  const screen = async <T>(url: string): Promise<T | undefined> => {
    const answer = await app.inject({ url, headers: { cookie } });
    if (answer.statusCode === 404) return undefined;
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode} ${answer.body}`);
    return answer.json<T>();
  };
  const ownOffices: AnySurface = {
    name: 'the screens’ offices',
    look: async () => ({
      Location: (await screen<{ officeId: string }[]>('/api/offices'))!.map(({ officeId }) => officeId).sort(),
    }),
  };
  const dayList: AnySurface = {
    name: 'the screens’ day list',
    look: async () => {
      const days = await Promise.all(
        offices.map(async (office) => {
          const day = await screen<SchedulerDay>(`/api/scheduler/day?office=${office}&date=2026-11-24`);
          return day ? [day] : [];
        }),
      );
      const schedules = days
        .flat()
        .flatMap(({ office: { officeId }, schedules: all }) => all.map((one) => ({ officeId, ...one })));
      const bookings = schedules.flatMap((one) => one.appointments);
      return {
        Location: days
          .flat()
          .map(({ office: { officeId } }) => officeId)
          .sort(),
        Schedule: schedules.map(({ officeId, providerId }) => `schedule-${officeId}-${providerId}`).sort(),
        Appointment: bookings.map(({ appointmentId }) => appointmentId).sort(),
        masked: bookings
          .filter(({ patient }) => patient === 'masked')
          .map(({ appointmentId }) => appointmentId)
          .sort(),
      };
    },
  };
  const patientSearch: AnySurface = {
    name: 'the screens’ patient search',
    look: async () => {
      const found = await app.inject({
        method: 'POST',
        url: '/api/patients/search',
        headers: { cookie, host: 'emr.test', origin: 'http://emr.test' },
        payload: { search: 'ça' },
      });
      return {
        Patient: found
          .json<{ patientId: string }[]>()
          .map(({ patientId }) => patientId)
          .sort(),
      };
    },
  };
  const tabs: AnySurface = {
    name: 'the screens’ chart, tab by tab',
    look: async () => {
      const charts: ChartTabs[] = [];
      const charted: { patient: { patientId: string; masked?: true } }[] = [];
      for (const { id } of patients) {
        const whole = await screen<{ patient: { patientId: string; masked?: true } }>(`/api/patients/${id}/chart`);
        const tab = await Promise.all(chartTabs.map((name) => screen<object>(`/api/patients/${id}/chart/${name}`)));
        if (tab.some((one) => (one === undefined) !== (whole === undefined))) {
          const answered = chartTabs.filter((_, index) => tab[index] !== undefined);
          throw new Error(`${id}: ${whole ? 'a chart' : 'no chart'}, and tabs ${answered.join() || 'none'}`);
        }
        if (!whole) continue;
        charted.push(whole);
        charts.push(Object.fromEntries(chartTabs.map((name, index) => [name, tab[index]])) as unknown as ChartTabs);
      }
      return {
        ...seenInCharts(charts),
        Patient: charted
          .filter(({ patient }) => !patient.masked)
          .map(({ patient }) => patient.patientId)
          .sort(),
      };
    },
  };
  const contents: AnySurface = {
    name: 'the screens’ content of documents',
    look: async () => {
      const answers = await Promise.all(
        chartEntries.map(async ({ id }) => ({
          id,
          answer: await app.inject({ url: `/api/documents/${id}/content`, headers: { cookie } }),
        })),
      );
      const read = answers.filter(({ answer }) => answer.statusCode !== 404);
      const wrong = read.find(({ id, answer }) => !answer.rawPayload.equals(contentOf(id)));
      if (wrong) throw new Error(`${wrong.id}: other bytes than were filed`);
      return { DocumentReference: read.map(({ id }) => id).sort() };
    },
  };
  const csv = async (asked: object): Promise<string[][]> => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/audit-log.csv',
      headers: { cookie: administratorCookie, host: 'emr.test', origin: 'http://emr.test', 'accept-language': 'en' },
      payload: { user: 'reader', ...asked },
    });
    if (answer.statusCode !== 200) throw new Error(`audit-log.csv: ${answer.statusCode} ${answer.body}`);
    const [head, ...rows] = cellsOf(answer.body);
    const [name, id] = ['Patient', 'Patient id'].map((title) => head!.indexOf(title));
    if (name === -1 || id === -1) throw new Error(`audit-log.csv has no such columns: ${head!.join()}`);
    return rows.map((row) => [row[id!]!, row[name!]!]);
  };
  const auditLog: AnySurface = {
    name: 'the audit log as CSV',
    look: async () => {
      const rows = await csv({});
      const ofEach = await Promise.all(patients.map(({ id }) => csv({ patient: id })));
      const byNumber = await Promise.all(patients.map(({ id }) => csv({ patient: chartNumberOf(id) })));
      return {
        entries: rows.map(([id]) => id).sort(),
        'entries of each': ofEach.map((found) => found.map(([id]) => id)),
        Patient: sorted([...rows, ...ofEach.flat()].filter(([, name]) => name !== '').map(([id]) => id!)),
        'found by chart number': sorted(byNumber.flat().map(([id]) => id!)),
      };
    },
    // That a record was opened is an administrator's to know; whose it was only where he holds Patient.
    expected: (seen) => ({
      entries: patients.map(({ id }) => id).sort(),
      'entries of each': patients.map(({ id }) => [id]),
      Patient: seen.Patient,
      'found by chart number': seen.Patient,
    }),
  };
  return [
    ...pageSizes.map(pages),
    counts,
    includes,
    reverseIncludes,
    slots,
    everything,
    deletions,
    batch,
    ownOffices,
    dayList,
    patientSearch,
    tabs,
    contents,
    auditLog,
  ];
}

const chartOf = Object.fromEntries(
  (
    [
      'DocumentReference',
      'Encounter',
      'DiagnosticReport',
      'Observation',
      'Account',
      'ChargeItem',
      'Coverage',
      'Task',
      'QuestionnaireResponse',
      'Consent',
    ] as const
  ).map((type) => [type, true]),
);

/** Chart numbers that are no ids: whoever is found by one was looked for by what only who sees him knows. */
export const chartNumberOf = (patientId: string): string => `number-${patientId}`;

/** Records of RFC 4180. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text
    .replace(/^\ufeff/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

/** The users of the screens hold what the integration user does. To be run whenever that has changed. */
export const mirrorToStaff = `
  delete from office_membership where tenant_id = ${clinicId} and user_id in ('staff', 'administrator');
  delete from permission_grant where tenant_id = ${clinicId} and user_id in ('staff', 'administrator');
  insert into office_membership (tenant_id, user_id, office_id)
    select m.tenant_id, u.user_id, m.office_id from office_membership m
      join app_user u on u.tenant_id = m.tenant_id and u.user_id in ('staff', 'administrator')
     where m.tenant_id = ${clinicId} and m.user_id = 'service';
  insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until, access_until_day)
    select g.tenant_id, u.user_id, g.office_id, g.provider_id, g.columns, g.access_until, g.access_until_day
      from permission_grant g
      join app_user u on u.tenant_id = g.tenant_id and u.user_id in ('staff', 'administrator')
     where g.tenant_id = ${clinicId} and g.user_id = 'service'`;
