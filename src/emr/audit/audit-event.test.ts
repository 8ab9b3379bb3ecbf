import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { sha256 } from '../../platform/ids.ts';
import type { AuditLog } from '../contract/audit-log.ts';
import { tenantId } from '../test-emr.ts';
import { type AuditClinic, createAuditClinic } from './test-audit.ts';

interface AuditEvent {
  readonly id: string;
  readonly meta: { readonly profile?: readonly string[] };
  readonly action: string;
  readonly outcome: string;
  readonly subtype: readonly { readonly code: string }[];
  readonly agent: readonly { readonly who: { readonly display?: string }; readonly requestor: boolean }[];
  readonly entity: readonly {
    readonly what?: { readonly reference?: string };
    readonly query?: string;
    readonly role?: { readonly code: string };
  }[];
}
interface Bundle {
  readonly entry?: readonly { readonly resource: AuditEvent & { readonly resourceType: string } }[];
  readonly link: readonly { readonly relation: string; readonly url: string }[];
}

let clinic: AuditClinic;
let asAda: string;
beforeAll(async () => {
  clinic = await createAuditClinic(inject('adminUrl'));
  const { emr, cookie } = clinic;
  await emr.grant(cookie, emr.adaId, [['harbour', 'abel', 63]]);
  await emr.owner.query(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash)
     values ($1, '1042-ada', $2, 'Ada’s', 'client_secret_post', $3)`,
    [tenantId, emr.adaId, sha256('of ada')],
  );
  asAda = (await clinic.askToken('of ada', '1042-ada')).json<{ access_token: string }>().access_token;
});
afterAll(() => clinic?.close());
beforeEach(() => clinic.forget());

const search = async (query: string) => {
  const answer = await clinic.fhir('GET', `AuditEvent?${query}`, undefined, { authorization: `Bearer ${asAda}` });
  expect([answer.statusCode, answer.body.slice(0, 200)]).toEqual([200, expect.any(String)]);
  const bundle = answer.json<Bundle>();
  const resources = (bundle.entry ?? []).map(({ resource }) => resource);
  return { bundle, resources, events: resources.filter(({ resourceType }) => resourceType === 'AuditEvent') };
};
/** Of everything but the searches for AuditEvents themselves, oldest first. */
const told = (events: readonly AuditEvent[]) =>
  events
    .map(({ subtype, entity }) => {
      const query = entity.find((one) => one.query)?.query;
      return `${subtype[0]!.code} ${query ? Buffer.from(query, 'base64') : (entity.find((one) => one.role?.code !== '1')?.what?.reference ?? entity[0]!.what!.reference)}`;
    })
    .reverse();

describe('AuditEvent', () => {
  it('has the shape of BALP: a patient’s record that was read, changed, refused, listed', async () => {
    await clinic.fhir('GET', 'Appointment/at-harbour-abel');
    await clinic.fhir('GET', 'Appointment/at-river-abel');
    await clinic.fhir('GET', 'Appointment?patient=harbour-abel');
    const { events } = await search('');
    const [listed, refused, read] = events;
    expect(read).toMatchObject({
      meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'] },
      type: { code: 'rest' },
      subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'read' }],
      action: 'R',
      outcome: '0',
      agent: [
        { type: { coding: [{ code: '110152' }] }, who: { identifier: { value: '1042-client' } }, requestor: false },
        { type: { coding: [{ code: '110153' }] }, requestor: false },
        { type: { coding: [{ code: 'IRCP' }] }, who: { display: 'Integration' }, requestor: true },
      ],
      entity: [
        { what: { reference: 'Patient/harbour-abel' }, role: { code: '1' } },
        { what: { reference: 'Appointment/at-harbour-abel' }, role: { code: '4' } },
        { type: { code: 'XrequestId' } },
      ],
    });
    expect(refused).toMatchObject({ outcome: '4', outcomeDesc: 'HTTP 404', meta: { lastUpdated: expect.any(String) } });
    expect(refused!.meta.profile).toBeUndefined();
    expect(listed!.meta.profile).toEqual([
      'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery',
    ]);
    expect(told([listed!])).toEqual(['search Appointment?patient=harbour-abel']);
    const one = await clinic.fhir('GET', `AuditEvent/${read!.id}`, undefined, { authorization: `Bearer ${asAda}` });
    expect(one.json()).toEqual(read);
  });

  it('is an administrator’s to read, and nobody else’s, whatever the scope', async () => {
    const answer = await clinic.fhir('GET', 'AuditEvent');
    expect([answer.statusCode, answer.json<{ issue: { code: string }[] }>().issue[0]!.code]).toEqual([
      403,
      'forbidden',
    ]);
    expect((await clinic.fhir('GET', 'AuditEvent/1')).statusCode).toBe(403);
    expect((await clinic.emr.ask('POST', '/api/audit-log', {})).statusCode).toBe(401);
  });

  it('is paged, latest first, and nothing is lost between the pages', async () => {
    for (let n = 0; n < 7; n += 1) await clinic.fhir('GET', `Patient/nobody-${n}`);
    const { rows } = await clinic.emr.owner.query<{ n: number }>('select count(*)::integer as n from access_event');
    const seen: string[] = [];
    let url: string | undefined = `date=lt2100-01-01&_count=3`;
    while (url !== undefined) {
      const { bundle, events } = await search(url);
      seen.push(...events.map(({ id }) => id));
      url = bundle.link.find(({ relation }) => relation === 'next')?.url.split('?')[1];
      if (seen.length > 50) break;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(rows[0]!.n);
  });
});

describe('who saw a record', () => {
  it('is computed from the lists: query, page, include, pairs and version of the record count', async () => {
    const later = (await clinic.fhir('POST', 'Appointment', clinic.booking('2026-11-30T15:00:00Z'))).json<{
      id: string;
    }>();
    await clinic.forget();
    const shows = [
      'Appointment?date=ge2026-11-24&date=lt2026-11-25',
      'Appointment?_sort=date&_count=1',
      'Appointment?practitioner=abel&status=booked',
    ];
    const others = [
      'Appointment?date=ge2026-11-25',
      'Appointment?practitioner=baker',
      'Appointment?status=cancelled',
      'Appointment?_summary=count',
      'Patient?family=abel',
    ];
    for (const path of [...shows, ...others]) expect((await clinic.fhir('GET', path)).statusCode, path).toBe(200);
    const first = await clinic.fhir('GET', 'Appointment?_sort=date&_count=1');
    const next = first.json<Bundle>().link.find(({ relation }) => relation === 'next')!.url;
    await clinic.fhir('GET', next.split('/fhir/')[1]!);
    const { events } = await search('entity=Appointment/at-harbour-abel');
    expect(told(events)).toEqual([...shows, shows[1]].map((path) => `search ${path}`));
    // It came after the end of the first page.
    const ofLater = told((await search(`entity=Appointment/${later.id}`)).events);
    expect(ofLater.filter((one) => one.includes('_count=1'))).toEqual([expect.stringContaining('_cursor=')]);
    const ofPatient = await search('patient=harbour-abel');
    // The second page showed another booking of the same patient; a list by his name showed himself.
    expect(told(ofPatient.events)).toContain('search Patient?family=abel');
    expect(told(ofPatient.events)).toContain('search Appointment?date=ge2026-11-25');
    expect(told(ofPatient.events)).not.toContain('search Appointment?_summary=count');
    const himself = await search('entity=Patient/harbour-abel');
    expect(told(himself.events)).toEqual(['search Patient?family=abel']);
  });

  it('an include, an export, everything, and the EMR’s own lists showed it; what was withheld did not', async () => {
    const { emr, cookie } = clinic;
    await clinic.fhir('GET', 'Appointment?_include=Appointment:patient&date=lt2026-11-25');
    const asked = await clinic.fhir('GET', '$export?_type=Patient,Appointment', undefined, { prefer: 'respond-async' });
    const job = String(asked.headers['content-location']).split('/fhir/')[1]!;
    await clinic.fhir('GET', `${job}/Patient.ndjson`);
    await clinic.fhir('GET', 'Patient/harbour-abel/$everything');
    await emr.ask('GET', '/api/scheduler/day?office=harbour&date=2026-11-24', undefined, { cookie });
    await emr.owner.query(`update permission_grant set columns = 34 where user_id = 'service'`);
    await emr.owner.query(`update app_user set permission_version = permission_version + 1 where user_id = 'service'`);
    await clinic.fhir('GET', 'Appointment?_include=Appointment:patient&date=lt2026-11-26');
    await emr.owner.query(`update permission_grant set columns = 63 where user_id = 'service'`);
    await emr.owner.query(`update app_user set permission_version = permission_version + 1 where user_id = 'service'`);
    const { events } = await search('entity=Patient/harbour-abel');
    expect(
      events.map(({ subtype, agent }) => `${subtype.at(-1)!.code} ${agent.at(-1)!.who.display}`).reverse(),
    ).toEqual(['search Integration', 'operation Integration', 'operation Integration', 'search Ada Placeholder']);
  });

  it('a list that was read before a booking moved into its day did not show it', async () => {
    const made = await clinic.fhir('POST', 'Appointment', clinic.booking('2026-12-10T15:00:00Z'));
    const id = made.json<{ id: string }>().id;
    await clinic.fhir('GET', 'Appointment?date=ge2026-12-10&date=lt2026-12-11');
    await clinic.emr.owner.query(
      `update access_event set read_at = read_at - interval '1 hour', at = at - interval '1 hour' where kind = 'search'`,
    );
    const { events } = await search(`entity=Appointment/${id}`);
    expect(told(events)).toEqual([`create Appointment/${id}`]);
  });

  it('says so where the administrator may not see the record himself', async () => {
    await clinic.fhir('GET', 'Patient/river-baker');
    const { events, resources } = await search('patient=river-baker');
    expect(told(events)).toEqual(['read Patient/river-baker']);
    expect(resources.at(-1)).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'suppressed' }] });
  });
});

describe('Audit Logs', () => {
  const log = async (body: object) => {
    const answer = await clinic.emr.ask('POST', '/api/audit-log', body, { cookie: clinic.cookie });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<AuditLog>();
  };

  it('holds accesses and changes, by user, kind, outcome, period and patient', async () => {
    const { emr, cookie } = clinic;
    await emr.owner.query('delete from audit_event');
    await clinic.fhir('GET', 'Patient/nobody');
    const booked = await emr.ask(
      'POST',
      '/api/appointments',
      {
        officeId: 'harbour',
        providerId: 'abel',
        patientId: 'harbour-abel',
        date: '2026-11-25',
        start: '09:00',
        minutes: 15,
      },
      { cookie },
    );
    expect(booked.statusCode).toBe(201);
    const { entries, zone } = await log({});
    expect(zone).toBe('America/Vancouver');
    expect(entries.map(({ kind, action, status }) => [kind, action, status])).toEqual([
      ['create', null, 201],
      ['change', 'book', null],
      ['read', null, 404],
    ]);
    expect(entries[0]).toMatchObject({
      user: { id: emr.adaId, name: 'Ada Placeholder' },
      office: { id: 'harbour', name: 'Harbour' },
      provider: { id: 'abel', name: 'Dr. Test Abel' },
      patient: { id: 'harbour-abel', name: 'Abel_harbour, Pat' },
    });
    expect(entries[1]!.after).toMatchObject({ patientId: 'harbour-abel' });
    const kinds = async (body: object) => (await log(body)).entries.map(({ kind }) => kind);
    expect(await kinds({ user: clinic.serviceId })).toEqual(['read']);
    expect(await kinds({ kind: 'change' })).toEqual(['change']);
    expect(await kinds({ outcome: 'refused' })).toEqual(['read']);
    expect(await kinds({ patient: 'harbour-abel' })).toEqual(['create', 'change']);
    expect(await kinds({ from: '2030-01-01' })).toEqual([]);
    expect((await clinic.emr.ask('POST', '/api/audit-log', { from: 'x' }, { cookie })).statusCode).toBe(400);
    expect((await clinic.emr.ask('POST', '/api/audit-log', { before: 'x' }, { cookie })).statusCode).toBe(400);
  });

  it('is saved as CSV, whole, and no cell is a formula', async () => {
    for (let n = 0; n < 3; n += 1) await clinic.fhir('GET', `Patient/nobody-${n}`);
    await clinic.fhir('GET', `Patient?name=${encodeURIComponent('=1+1')}`);
    const answer = await clinic.emr.ask('POST', '/api/audit-log.csv', {}, { cookie: clinic.cookie });
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    const lines = answer.body.trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^\ufeffWhen \(America\/Vancouver\),Who,/);
    expect(lines.filter((line) => line.includes('nobody-'))).toHaveLength(3);
    expect(answer.body).not.toMatch(/(^|,)"?=/m);
    const [exported] = (await log({ kind: 'export' })).entries;
    expect(exported).toMatchObject({ entity: { type: 'AuditEvent' }, user: { id: clinic.emr.adaId } });
  });
});
