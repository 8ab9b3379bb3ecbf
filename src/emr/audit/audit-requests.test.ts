import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ColumnSet } from '../../fhir/columns.ts';
import { isFhirAddress, routeAudits } from './route-audits.ts';
import { type AuditClinic, clientIdFor, createAuditClinic } from './test-audit.ts';

let clinic: AuditClinic;
beforeAll(async () => {
  clinic = await createAuditClinic(inject('adminUrl'));
});
afterAll(() => clinic?.close());
beforeEach(() => clinic.forget());

const all: ColumnSet = 63;

describe('a route', () => {
  it('says whether and as what it is recorded, or this fails', () => {
    const routes = [...clinic.emr.app.auditableRoutes];
    expect(routes.length).toBeGreaterThan(30);
    const undeclared = routes.filter((route) => !Object.hasOwn(routeAudits, route) && !isFhirAddress(route));
    expect(undeclared, 'declare them in src/emr/audit/route-audits.ts').toEqual([]);
    expect(Object.keys(routeAudits).filter((route) => !clinic.emr.app.auditableRoutes.has(route))).toEqual([]);
  });

  it('is recorded even where nobody declared it', async () => {
    const { access } = await clinic.undeclared('/api/nobody-thought-of-it/:patientId', '/api/nobody-thought-of-it/p1');
    expect(access).toMatchObject({ kind: 'read', patientId: 'p1', route: 'GET /api/nobody-thought-of-it/:patientId' });
  });
});

describe('the EMR’s own screens', () => {
  it('a day list is one row that says what was asked, what was shown, and under what', async () => {
    const { cookie, emr } = clinic;
    await emr.grant(cookie, emr.adaId, [['harbour', 'abel', all]]);
    await clinic.forget();
    const answer = await emr.ask('GET', '/api/scheduler/day?office=harbour&date=2026-11-24', undefined, { cookie });
    expect(answer.statusCode).toBe(200);
    const [event, ...more] = await clinic.events();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      user_id: emr.adaId,
      door: 'screen',
      kind: 'search',
      entity_type: 'Appointment',
      office_id: 'harbour',
      status: 200,
      query: 'office=harbour&date=2026-11-24',
      shown: ['Appointment/at-harbour-abel', 'Patient/harbour-abel'],
      request_id: answer.headers['x-request-id'],
    });
    expect(event!.snapshot).toMatch(/^\d+:\d+:/);
    const { rows } = await emr.owner.query(
      'select pairs from permission_state where user_id = $1 and permission_version = $2',
      [emr.adaId, event!.permission_version],
    );
    expect(rows).toEqual([{ pairs: [['harbour', 'abel', all]] }]);
  });

  it('a look-up records what was typed, and only here', async () => {
    const { cookie, emr } = clinic;
    await emr.ask('POST', '/api/patients/search', { search: 'abel' }, { cookie });
    const [event] = await clinic.events();
    expect(event).toMatchObject({ kind: 'search', entity_type: 'Patient', query: 'search=abel', status: 200 });
    expect(event!.shown).toContain('Patient/harbour-abel');
  });

  it('what comes with a body over a socket is recorded like all else', async () => {
    const { cookie, emr } = clinic;
    const url = await emr.app.listen({ port: 0, host: '127.0.0.1' });
    const answer = await fetch(`${url}/api/patients/search`, {
      method: 'POST',
      headers: { cookie, origin: url, 'content-type': 'application/json' },
      // More than one packet: the body is read in the socket's own time.
      body: JSON.stringify({ search: 'abel', padding: 'x'.repeat(500_000) }),
    });
    await answer.text();
    const events = await clinic.events();
    expect(events.map(({ kind, user_id, status }) => [kind, user_id, status])).toEqual([
      ['search', emr.adaId, answer.status],
    ]);
  });

  it('what is refused, is not there, or is not understood is recorded as that', async () => {
    const { cookie, emr } = clinic;
    const booking = {
      officeId: 'river',
      providerId: 'abel',
      patientId: 'river-abel',
      date: '2026-11-24',
      start: '09:00',
      minutes: 15,
    };
    const asked = [
      await emr.ask('POST', '/api/appointments', booking, { cookie }),
      await emr.ask('GET', '/api/patients/nobody/chart', undefined, { cookie }),
      await emr.ask('POST', '/api/appointments/at-harbour-abel/cancel', {}, { cookie, ifMatch: '99' }),
      await emr.ask('GET', '/api/scheduler/day?office=harbour&date=never', undefined, { cookie }),
    ].map(({ statusCode }) => statusCode);
    expect(asked).toEqual([403, 404, 412, 400]);
    expect((await clinic.events()).map(({ status }) => status)).toEqual(asked);
    expect((await clinic.events())[0]).toMatchObject({
      office_id: 'river',
      provider_id: 'abel',
      patient_id: 'river-abel',
    });
    expect((await clinic.events())[1]).toMatchObject({
      entity_type: 'Patient',
      entity_id: 'nobody',
      patient_id: 'nobody',
    });
  });

  it('signing in is recorded, and being refused there; nobody is not', async () => {
    const { emr } = clinic;
    await emr.signIn('ada');
    await emr.ask('POST', '/api/sign-in', { username: 'ada', password: 'not the right one' });
    await emr.ask('POST', '/api/sign-in', { username: 'my password by mistake', password: 'x' });
    await emr.ask('GET', '/api/scheduler/day?office=harbour&date=2026-11-24');
    const events = await clinic.events();
    expect(events.map(({ kind, status, user_id }) => [kind, status, user_id])).toEqual([
      // The password, and then the second factor.
      ['sign-in', 200, emr.adaId],
      ['sign-in', 200, emr.adaId],
      ['sign-in', 401, emr.adaId],
      ['sign-in', 401, null],
    ]);
    expect(JSON.stringify(events)).not.toContain('by mistake');
  });

  it('without the record there is no answer', async () => {
    const { cookie, emr } = clinic;
    await emr.owner.query('revoke insert on access_event from emr_app');
    try {
      const answer = await emr.ask('GET', '/api/scheduler/day?office=harbour&date=2026-11-24', undefined, { cookie });
      expect(answer.statusCode).toBe(503);
      expect(answer.body).not.toContain('Abel_harbour');
    } finally {
      await emr.owner.query('grant insert on access_event to emr_app');
    }
    expect(await clinic.events()).toEqual([]);
  });
});

describe('the FHIR door', () => {
  it('records read, search with its page, history, everything and what is not there', async () => {
    await clinic.fhir('POST', 'Appointment', clinic.booking('2026-11-30T15:00:00Z'));
    await clinic.forget();
    for (const path of [
      'Appointment/at-harbour-abel',
      'Appointment?date=ge2026-11-01&_count=1&_include=Appointment:patient',
      'Appointment/at-harbour-abel/_history',
      'Patient/harbour-abel/$everything',
      'Patient/nobody',
      'Appointment?status=booked&patient=harbour-abel',
    ])
      await clinic.fhir('GET', path);
    const events = await clinic.events();
    expect(events.map((one) => [one.kind, one.entity_type, one.entity_id, one.patient_id, one.status])).toEqual([
      ['read', 'Appointment', 'at-harbour-abel', 'harbour-abel', 200],
      ['search', 'Appointment', null, null, 200],
      ['history', 'Appointment', 'at-harbour-abel', null, 200],
      ['everything', 'Patient', 'harbour-abel', 'harbour-abel', 200],
      ['read', 'Patient', 'nobody', 'nobody', 404],
      ['search', 'Appointment', null, 'harbour-abel', 200],
    ]);
    expect(events.map(({ user_id, client_id, door }) => [user_id, client_id, door])).toEqual(
      Array(6).fill([clinic.serviceId, clientIdFor, 'fhir']),
    );
    expect(events[0]).toMatchObject({
      office_id: 'harbour',
      provider_id: 'abel',
      query: null,
      permission_version: null,
    });
    expect(events[1]).toMatchObject({ page_end: expect.stringMatching(/^\S{10,}$/), snapshot: expect.any(String) });
  });

  it('writes name what they made, and of whom, however short the answer is', async () => {
    const made = await clinic.fhir('POST', 'Appointment', clinic.booking('2026-12-01T15:00:00Z'), {
      prefer: 'return=minimal',
    });
    expect(made.statusCode).toBe(201);
    const refused = await clinic.fhir('POST', 'Appointment', clinic.booking('2026-12-01T15:00:00Z', 'river', 'baker'));
    expect(refused.statusCode).toBe(403);
    const id = String(made.headers['location']).split('/').at(-3)!;
    await clinic.fhir('DELETE', `Appointment/${id}`);
    const events = await clinic.events();
    expect(events.map((one) => [one.kind, one.entity_id, one.patient_id, one.status])).toEqual([
      ['create', id, 'harbour-abel', 201],
      ['create', null, 'harbour-abel', 403],
      ['delete', id, 'harbour-abel', 204],
    ]);
    expect(events[1]).toMatchObject({ office_id: 'river', provider_id: 'baker' });
  });

  it('each entry of a batch and of a transaction is a row; where all failed, all did', async () => {
    const entry = (method: string, url: string, resource?: object) => ({ request: { method, url }, resource });
    const bundle = (type: string, ...entries: object[]) => ({ resourceType: 'Bundle', type, entry: entries });
    const made = await clinic.fhir(
      'POST',
      '',
      bundle(
        'batch',
        entry('POST', 'Appointment', clinic.booking('2026-12-02T15:00:00Z')),
        entry('GET', 'Patient/nobody'),
        entry('GET', 'Appointment?_count=1'),
        entry('POST', 'Appointment', clinic.booking('2026-12-02T16:00:00Z', 'river', 'baker')),
      ),
    );
    expect(made.statusCode).toBe(200);
    const ofBatch = await clinic.events();
    expect(ofBatch.map((one) => [one.kind, one.entity_type, one.status])).toEqual([
      ['create', 'Appointment', 201],
      ['read', 'Patient', 404],
      ['search', 'Appointment', 200],
      ['create', 'Appointment', 403],
    ]);
    expect(ofBatch[0]).toMatchObject({ entity_id: expect.any(String), patient_id: 'harbour-abel' });
    expect(ofBatch[2]!.permission_version).not.toBeNull();
    expect(new Set(ofBatch.map(({ request_id }) => request_id)).size).toBe(1);
    await clinic.forget();
    const failed = await clinic.fhir(
      'POST',
      '',
      bundle(
        'transaction',
        entry('POST', 'Appointment', clinic.booking('2026-12-03T15:00:00Z')),
        entry('DELETE', 'Appointment/nowhere'),
      ),
    );
    expect(failed.statusCode).toBe(404);
    expect((await clinic.events()).map((one) => [one.kind, one.status])).toEqual([
      ['create', 404],
      ['delete', 404],
    ]);
  });

  it('an export file is recorded before its first byte, with what was asked for', async () => {
    const asked = await clinic.fhir('GET', '$export?_type=Appointment', undefined, { prefer: 'respond-async' });
    const job = String(asked.headers['content-location']).split('/fhir/')[1]!;
    const file = await clinic.fhir('GET', `${job}/Appointment.ndjson`);
    expect(file.body).toContain('at-harbour-abel');
    const events = await clinic.events();
    expect(events.map((one) => [one.kind, one.entity_type, one.query])).toEqual([
      ['export', null, '_type=Appointment'],
      ['export', 'Appointment', '_type=Appointment'],
    ]);
    expect(events[1]).toMatchObject({ snapshot: expect.any(String), permission_version: expect.any(String) });
    await clinic.emr.owner.query('revoke insert on access_event from emr_app');
    const refused = await clinic.fhir('GET', `${job}/Appointment.ndjson`);
    await clinic.emr.owner.query('grant insert on access_event to emr_app');
    expect([refused.statusCode, refused.body.includes('at-harbour-abel')]).toEqual([503, false]);
  });

  it('a client is recorded at the token endpoint, let in or refused; one that there is not is not', async () => {
    await clinic.askToken('wrong');
    await clinic.askToken('wrong', '1042-nobody');
    await clinic.askToken();
    expect((await clinic.events()).map((one) => [one.kind, one.client_id, one.status])).toEqual([
      ['token', clientIdFor, 401],
      ['token', clientIdFor, 200],
    ]);
  });
});
