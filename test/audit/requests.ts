// Random requests, what each should leave in the record, and what it did leave. What is expected is said here once more and by hand: this file
// reads nothing of how the app decides what it records.

import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import { type LogPage, readAuditLog } from '../../src/emr/audit/read-audit-log.ts';
import { routeAudits } from '../../src/emr/audit/route-audits.ts';
import type { AuditClinic, StoredEvent } from '../../src/emr/audit/test-audit.ts';
import { asPrincipal } from '../../src/emr/principal.ts';
import { tenantId } from '../../src/emr/test-emr.ts';
import { providerScheduleUrl } from '../../src/fhir/extensions.ts';

/** One interaction that should be on record. */
interface Expected {
  readonly kind: string;
  readonly type: string | null;
  readonly id: string | null;
  /** HTTP. */
  readonly status: number;
  /** A list that was answered: it says under what. */
  readonly isList: boolean;
}

export interface Sent {
  readonly name: string;
  readonly requestId: string;
  readonly userId: string;
  readonly expected: readonly Expected[];
  /** Records that a FHIR search showed, as type/id; null: it is no such search. */
  readonly shown: readonly string[] | null;
}

interface Drawn {
  readonly office: string;
  readonly provider: string;
  readonly day: number;
  readonly n: number;
}

interface Maker {
  readonly name: string;
  readonly who: 'service' | 'ada';
  send(clinic: AuditClinic, drawn: Drawn): Promise<LightMyRequestResponse>;
  expect(drawn: Drawn, status: number, answer: LightMyRequestResponse): readonly Expected[];
}

const bookingId = ({ office, provider }: Drawn): string => `at-${office}-${provider}`;
const patientId = ({ office, provider }: Drawn): string => `${office}-${provider}`;
const dayOf = ({ day }: Drawn): string => new Date(Date.UTC(2026, 10, 22 + day)).toISOString().slice(0, 10);
const startOf = ({ day, n }: Drawn): string => new Date(Date.UTC(2027, 0, 4 + day, 8, 5 * (n % 160))).toISOString();
const booking = (clinic: AuditClinic, drawn: Drawn): object =>
  clinic.booking(startOf(drawn), drawn.office, drawn.provider);
const roleOf = ({ office, provider }: Drawn) => ({ reference: `PractitionerRole/role-${office}-${provider}` });
/** What a portal files back for the drawn pair's patient. */
const filings: Readonly<Record<string, (drawn: Drawn) => object>> = {
  Task: (drawn) => ({
    status: 'requested',
    intent: 'order',
    description: 'call back',
    for: { reference: `Patient/${patientId(drawn)}` },
    owner: roleOf(drawn),
  }),
  QuestionnaireResponse: (drawn) => ({
    extension: [{ url: providerScheduleUrl, valueReference: roleOf(drawn) }],
    status: 'completed',
    subject: { reference: `Patient/${patientId(drawn)}` },
  }),
  Consent: (drawn) => ({
    extension: [{ url: providerScheduleUrl, valueReference: roleOf(drawn) }],
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ text: 'e-mail' }],
    patient: { reference: `Patient/${patientId(drawn)}` },
    policyRule: { text: 'as told' },
  }),
};
/** Of what was made the answer says the id. */
const madeId = (answer: LightMyRequestResponse): string | null =>
  /\/([^/]+)\/_history\/\d+$/.exec(String(answer.headers['location'] ?? ''))?.[1] ?? null;

type Named = (drawn: Drawn, answer: LightMyRequestResponse) => string | null;

const fhir = (
  name: string,
  kind: string,
  type: string | null,
  id: Named,
  send: Maker['send'],
  isList = false,
): Maker => ({
  name: `FHIR ${name}`,
  who: 'service',
  send,
  expect: (drawn, status, answer) => [{ kind, type, id: id(drawn, answer), status, isList }],
});
const get = (
  name: string,
  kind: string,
  type: string | null,
  id: Named,
  path: (drawn: Drawn) => string,
  isList = false,
) => fhir(name, kind, type, id, (clinic, drawn) => clinic.fhir('GET', path(drawn)), isList);
const search = (type: string, query: (drawn: Drawn) => string): Maker =>
  get(
    `search ${type}`,
    'search',
    type,
    () => null,
    (drawn) => `${type}?${query(drawn)}`,
    true,
  );
const ofScreen = (
  name: string,
  kind: string,
  type: string,
  id: Named,
  send: (clinic: AuditClinic, drawn: Drawn) => Promise<LightMyRequestResponse>,
  isList = false,
): Maker => ({
  name: `screen ${name}`,
  who: 'ada',
  send,
  expect: (drawn, status, answer) => [{ kind, type, id: id(drawn, answer), status, isList }],
});
/** What touches nobody's data leaves nothing. */
const unrecorded = (name: string, send: Maker['send']): Maker => ({ name, who: 'ada', send, expect: () => [] });
const asked = (clinic: AuditClinic, method: 'GET' | 'POST' | 'PUT', url: string, body?: object, ifMatch?: string) =>
  clinic.emr.ask(method, url, body, { cookie: clinic.cookie, ...(ifMatch ? { ifMatch } : {}) });
const none = () => null;

const makers: readonly Maker[] = [
  get('read a booking', 'read', 'Appointment', bookingId, (drawn) => `Appointment/${bookingId(drawn)}`),
  get('read a patient', 'read', 'Patient', patientId, (drawn) => `Patient/${patientId(drawn)}`),
  get(
    'read what is not there',
    'read',
    'Patient',
    ({ n }) => `nobody-${n}`,
    ({ n }) => `Patient/nobody-${n}`,
  ),
  get(
    'read a type that there is not',
    'read',
    'Foo',
    () => '1',
    () => 'Foo/1',
  ),
  get('read a version', 'read', 'Appointment', bookingId, (drawn) => `Appointment/${bookingId(drawn)}/_history/1`),
  get('history', 'history', 'Patient', patientId, (drawn) => `Patient/${patientId(drawn)}/_history`),
  get('history of all', 'history', 'Appointment', none, () => 'Appointment/_history?_count=5', true),
  get('everything', 'everything', 'Patient', patientId, (drawn) => `Patient/${patientId(drawn)}/$everything`),
  get('own permissions', 'read', '$permission-coverage', none, () => '$permission-coverage'),
  get(
    'digests of bookings',
    'read',
    'Appointment',
    () => '$digest',
    () => 'Appointment/$digest?salt=a-salt-of-the-audit&cut=2026-11-01T00:00:00Z,2027-02-01T00:00:00Z',
  ),
  get('AuditEvents', 'search', 'AuditEvent', none, () => 'AuditEvent'),
  search('Appointment', (drawn) => `date=ge${dayOf(drawn)}&_count=${1 + (drawn.n % 4)}`),
  search('Appointment', (drawn) => `date=lt${dayOf(drawn)}&_include=Appointment:patient`),
  search('Appointment', (drawn) => `practitioner=${drawn.provider}&location=${drawn.office}&_sort=-date&_count=2`),
  search('Appointment', (drawn) => `patient=${patientId(drawn)}&_summary=count`),
  search('Appointment', () => 'no-such-parameter=1'),
  search('Patient', ({ provider }) => `name=${provider}&_revinclude=Appointment:patient`),
  search('Patient', ({ n }) => `_count=1&_id=harbour-abel,river-${n % 2 ? 'abel' : 'baker'}`),
  search('Practitioner', () => '_count=1'),
  search('Slot', () => 'status=free'),
  search('ValueSet', () => ''),
  fhir(
    'search by POST',
    'search',
    'Patient',
    none,
    (clinic) => clinic.fhirForm('Patient/_search', 'family=Abel'),
    true,
  ),
  fhir('export', 'export', null, none, (clinic, { n }) =>
    clinic.fhir('GET', '$export?_type=Patient', undefined, n % 2 ? { prefer: 'respond-async' } : {}),
  ),
  fhir(
    'create',
    'create',
    'Appointment',
    (_drawn, answer) => madeId(answer),
    (clinic, drawn) =>
      clinic.fhir('POST', 'Appointment', booking(clinic, drawn), drawn.n % 2 ? { prefer: 'return=minimal' } : {}),
  ),
  ...Object.entries(filings).flatMap(([type, filing]) => [
    fhir(
      `create of a ${type}`,
      'create',
      type,
      (_drawn, answer) => madeId(answer),
      (clinic, drawn) =>
        clinic.fhir(
          'POST',
          type,
          { resourceType: type, ...filing(drawn) },
          drawn.n % 2 ? { prefer: 'return=minimal' } : {},
        ),
    ),
    search(type, ({ n }) => (n % 2 ? 'patient=harbour-abel' : '_count=5')),
    fhir(
      `update of no ${type}`,
      'update',
      type,
      ({ n }) => `none-${n}`,
      (clinic, drawn) =>
        clinic.fhir('PUT', `${type}/none-${drawn.n}`, { resourceType: type, id: `none-${drawn.n}`, ...filing(drawn) }),
    ),
  ]),
  fhir('create what is not understood', 'create', 'Appointment', none, (clinic) =>
    clinic.fhir('POST', 'Appointment', { resourceType: 'Appointment' }),
  ),
  fhir('update of a version that is gone', 'update', 'Appointment', bookingId, (clinic, drawn) =>
    clinic.fhir(
      'PUT',
      `Appointment/${bookingId(drawn)}`,
      { ...booking(clinic, drawn), id: bookingId(drawn) },
      { 'if-match': 'W/"99"' },
    ),
  ),
  fhir(
    'delete what is not there',
    'delete',
    'Appointment',
    ({ n }) => `none-${n}`,
    (clinic, { n }) => clinic.fhir('DELETE', `Appointment/none-${n}`),
  ),
  {
    name: 'FHIR batch',
    who: 'service',
    send: (clinic, drawn) =>
      clinic.fhir('POST', '', {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { request: { method: 'GET', url: `Patient/${patientId(drawn)}` } },
          { request: { method: 'POST', url: 'Appointment' }, resource: booking(clinic, drawn) },
          { request: { method: 'GET', url: 'Appointment?_count=1' } },
        ],
      }),
    expect: (drawn, _status, answer) => {
      const { entry } = answer.json<{ entry: { response: { status: string; location?: string } }[] }>();
      const statusOf = (n: number) => Number(entry[n]!.response.status);
      const made = /\/([^/]+)\/_history/.exec(entry[1]!.response.location ?? '')?.[1] ?? null;
      return [
        { kind: 'read', type: 'Patient', id: patientId(drawn), status: statusOf(0), isList: false },
        { kind: 'create', type: 'Appointment', id: made, status: statusOf(1), isList: false },
        { kind: 'search', type: 'Appointment', id: null, status: statusOf(2), isList: true },
      ];
    },
  },
  {
    name: 'FHIR transaction that fails',
    who: 'service',
    send: (clinic, drawn) =>
      clinic.fhir('POST', '', {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { request: { method: 'POST', url: 'Appointment' }, resource: booking(clinic, drawn) },
          { request: { method: 'DELETE', url: 'Appointment/none' } },
        ],
      }),
    expect: (_drawn, status) => [
      { kind: 'create', type: 'Appointment', id: null, status, isList: false },
      { kind: 'delete', type: 'Appointment', id: 'none', status, isList: false },
    ],
  },
  fhir('Bundle that is none', 'batch', null, none, (clinic) => clinic.fhir('POST', '', { resourceType: 'Bundle' })),
  unrecorded('metadata', (clinic) => clinic.fhir('GET', 'metadata')),
  unrecorded('a token that is none', (clinic) =>
    clinic.fhir('GET', 'Patient', undefined, { authorization: 'Bearer 1042.nothing' }),
  ),

  ofScreen(
    'day',
    'search',
    'Appointment',
    none,
    (clinic, drawn) => asked(clinic, 'GET', `/api/scheduler/day?office=${drawn.office}&date=${dayOf(drawn)}`),
    true,
  ),
  ofScreen(
    'day that is none',
    'search',
    'Appointment',
    none,
    (clinic) => asked(clinic, 'GET', '/api/scheduler/day?office=harbour&date=never'),
    true,
  ),
  ofScreen(
    'patients',
    'search',
    'Patient',
    none,
    (clinic, { provider }) => asked(clinic, 'POST', '/api/patients/search', { search: provider }),
    true,
  ),
  ofScreen('chart', 'everything', 'Patient', patientId, (clinic, drawn) =>
    asked(clinic, 'GET', `/api/patients/${patientId(drawn)}/chart`),
  ),
  ofScreen('tab of a chart', 'everything', 'Patient', patientId, (clinic, drawn) =>
    asked(clinic, 'GET', `/api/patients/${patientId(drawn)}/chart/notes`),
  ),
  ofScreen(
    'book',
    'create',
    'Appointment',
    (_drawn, answer) => (answer.statusCode === 201 ? answer.json().appointmentId : null),
    (clinic, drawn) =>
      asked(clinic, 'POST', '/api/appointments', {
        officeId: drawn.office,
        providerId: drawn.provider,
        patientId: patientId(drawn),
        date: `2027-03-${String(1 + drawn.day).padStart(2, '0')}`,
        start: `${String(8 + (drawn.n % 9)).padStart(2, '0')}:${String((drawn.n % 12) * 5).padStart(2, '0')}`,
        minutes: 5,
      }),
  ),
  ofScreen('cancel what was changed', 'update', 'Appointment', bookingId, (clinic, drawn) =>
    asked(clinic, 'POST', `/api/appointments/${bookingId(drawn)}/cancel`, {}, '99'),
  ),
  ofScreen(
    'document',
    'read',
    'DocumentReference',
    ({ n }) => `none-${n}`,
    (clinic, { n }) => asked(clinic, 'GET', `/api/documents/none-${n}/content`),
  ),
  ofScreen('users', 'search', 'User', none, (clinic) => asked(clinic, 'GET', '/api/users'), true),
  ofScreen('roster', 'search', 'PractitionerRole', none, (clinic) => asked(clinic, 'GET', '/api/roster'), true),
  ofScreen(
    'permissions',
    'read',
    'User',
    () => 'service',
    (clinic) => asked(clinic, 'GET', '/api/users/service/provider-permissions'),
  ),
  ofScreen(
    'audit log',
    'search',
    'AuditEvent',
    none,
    (clinic) => asked(clinic, 'POST', '/api/audit-log', { kind: 'token' }),
    true,
  ),
  unrecorded('own offices', (clinic) => asked(clinic, 'GET', '/api/offices')),
  unrecorded('who I am', (clinic) => asked(clinic, 'GET', '/api/me')),
  unrecorded('nobody’s day', (clinic) => clinic.emr.ask('GET', '/api/scheduler/day?office=harbour&date=2026-11-24')),
  unrecorded('no such page', (clinic) => asked(clinic, 'GET', '/api/nothing')),
];

const together = 8;

/** So many at random; `each`: and one of every sort before them. */
export async function sendRequests(
  clinic: AuditClinic,
  { count, seed, each = false }: { readonly count: number; readonly seed: number; readonly each?: boolean },
): Promise<Sent[]> {
  const draw = fc.record({
    maker: fc.constantFrom(...makers),
    office: fc.constantFrom('harbour', 'harbour', 'river'),
    provider: fc.constantFrom('abel', 'abel', 'baker'),
    day: fc.nat({ max: 20 }),
    n: fc.nat({ max: 100_000 }),
  });
  const random = fc.sample(draw, { seed, numRuns: count + makers.length });
  const drawn = each
    ? random.map((one, index) => ({ ...one, maker: makers[index] ?? one.maker }))
    : random.slice(0, count);
  const sent: Sent[] = [];
  for (let at = 0; at < drawn.length; at += together) {
    sent.push(
      ...(await Promise.all(
        drawn.slice(at, at + together).map(async ({ maker, ...rest }): Promise<Sent> => {
          const answer = await maker.send(clinic, rest);
          const { statusCode: status } = answer;
          const expected = maker.expect(rest, status, answer);
          const isSearch = maker.who === 'service' && expected.length === 1 && expected[0]!.kind === 'search';
          return {
            name: `${maker.name}, ${status}`,
            requestId: String(answer.headers['x-request-id']),
            userId: maker.who === 'ada' ? clinic.emr.adaId : clinic.serviceId,
            expected,
            shown: isSearch && status === 200 ? shownIn(answer.body) : null,
          };
        }),
      )),
    );
  }
  return sent;
}

const shownIn = (body: string): string[] =>
  [...body.matchAll(/"fullUrl":"http:\/\/emr\.test\/fhir\/([A-Za-z]+\/[^"]+)"/g)].map(([, one]) => one!);

const keyOf = (one: Pick<Expected, 'kind' | 'type' | 'id' | 'status'>): string =>
  `${one.kind} ${one.type ?? ''}/${one.id ?? ''} ${one.status}`;

export interface Compared {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly wrong: readonly string[];
}

/** What is on record of each request, against what should be. */
export async function compareRequests(clinic: AuditClinic, sent: readonly Sent[]): Promise<Compared> {
  const { rows } = await clinic.emr.owner.query<StoredEvent & { has_pairs: boolean }>(
    `select e.*, exists (select from permission_state s where s.tenant_id = e.tenant_id and s.user_id = e.user_id
                            and s.permission_version = e.permission_version) as has_pairs
       from access_event e where e.request_id = any($1::text[]) order by e.at, e.event_id`,
    [sent.map(({ requestId }) => requestId)],
  );
  const of = Map.groupBy(rows, ({ request_id }) => request_id);
  const compared = { missing: [] as string[], extra: [] as string[], wrong: [] as string[] };
  for (const { name, requestId, userId, expected } of sent) {
    const stored = [...(of.get(requestId) ?? [])];
    for (const one of expected) {
      const at = stored.findIndex(
        (row) => keyOf(one) === keyOf({ kind: row.kind, type: row.entity_type, id: row.entity_id, status: row.status }),
      );
      if (at < 0) {
        compared.missing.push(
          `${name}: no record of ${keyOf(one)}, but of ${stored.map((row) => `${row.kind} ${row.entity_type}/${row.entity_id} ${row.status}`).join('; ') || 'nothing'}`,
        );
        continue;
      }
      const [row] = stored.splice(at, 1);
      if (row!.user_id !== userId) compared.wrong.push(`${name}: by ${row!.user_id} instead of ${userId}`);
      const saysUnderWhat = row!.permission_version !== null && row!.snapshot !== null && row!.has_pairs;
      if (one.isList && one.status < 300 && !saysUnderWhat)
        compared.wrong.push(`${name}: does not say under what it was read`);
    }
    compared.extra.push(
      ...stored.map((row) => `${name}: also ${row.kind} ${row.entity_type}/${row.entity_id} ${row.status}`),
    );
  }
  return compared;
}

/** Never written by the requests above: who saw them can be told exactly. */
const unchanging = [
  { type: 'Appointment', id: 'at-harbour-abel' },
  { type: 'Patient', id: 'harbour-abel' },
] as const;

/** Who saw a record, as it is computed, against what the answers really held. */
export async function compareShown(
  clinic: AuditClinic,
  sent: readonly Sent[],
): Promise<{ readonly asked: number; readonly lists: number; readonly failures: readonly string[] }> {
  const failures: string[] = [];
  let lists = 0;
  const searches = sent.filter(({ shown }) => shown !== null);
  const reader = { tenantId, userId: clinic.emr.adaId };
  for (const entity of unchanging) {
    const computed = new Set<string>();
    let before: LogPage['more'] = null;
    do {
      const page: LogPage = await asPrincipal(clinic.emr.context.pool, reader, (tx) =>
        readAuditLog(tx, reader, 'http://emr.test/fhir', {
          filter: { kind: 'search' },
          about: { entity },
          before: before ?? undefined,
          count: 500,
          withChanges: false,
        }),
      );
      for (const { requestId } of page.rows) computed.add(requestId!);
      before = page.more;
    } while (before);
    for (const { name, requestId, shown } of searches) {
      const isShown = shown!.includes(`${entity.type}/${entity.id}`);
      if (isShown) lists += 1;
      if (isShown !== computed.has(requestId)) {
        failures.push(
          `${name}: ${isShown ? 'showed' : 'did not show'} ${entity.type}/${entity.id}, and the opposite is told (${requestId})`,
        );
      }
    }
  }
  return { asked: unchanging.length, lists, failures };
}

type Plant = (clinic: AuditClinic) => Promise<() => Promise<void>>;

const trigger =
  (body: string, when = 'before'): Plant =>
  async ({ emr: { owner } }) => {
    await owner.query(
      `create function fault() returns trigger language plpgsql as $$ begin ${body} end $$;
       create trigger fault ${when} insert on access_event for each row execute function fault()`,
    );
    return async () => {
      await owner.query('drop trigger fault on access_event; drop function fault()');
    };
  };

/** A route that is taken for one that touches nobody's data. */
const undeclared =
  (route: string): Plant =>
  async () => {
    const audits = routeAudits as Record<string, unknown>;
    const declared = audits[route];
    audits[route] = { unrecorded: 'planted' };
    return async () => {
      audits[route] = declared;
    };
  };

export const faultsOfRecording: Readonly<Record<string, Plant>> = {
  'a read leaves no record': trigger(`if new.kind = 'read' then return null; end if; return new;`),
  'one list in two leaves no record': trigger(
    `if new.kind = 'search' and right(new.event_id, 1) < '8' then return null; end if; return new;`,
  ),
  'a refusal leaves no record': trigger('if new.status >= 400 then return null; end if; return new;'),
  'a refusal is told as done': trigger('new.status := least(new.status, 200); return new;'),
  'somebody else did it': trigger(`new.user_id := 'somebody'; return new;`),
  'another record was asked for': trigger(`new.entity_id := new.entity_id || 'x'; return new;`),
  'a list does not say under what it was read': trigger('new.snapshot := null; return new;'),
  'everything is told twice': trigger(
    `if pg_trigger_depth() = 1 then new.event_id := new.event_id || '-2'; insert into access_event select new.*; end if; return null;`,
    'after',
  ),
  'the day list is not recorded': undeclared('GET /api/scheduler/day'),
  'charts are not recorded': undeclared('GET /api/patients/:patientId/chart'),
};
