// What the sweep asks of each route of the EMR. A route of which all parameters are known and that takes no body is asked as it stands;
// every other has to be here, or the proof fails.
import { resourceTypes } from '../../src/emr/fhir/resources.ts';
import { providerScheduleUrl } from '../../src/fhir/extensions.ts';

/** In the EMR `{patientId}`, `{entry}`, `{userId}`, `{officeId}`, `{providerId}` and `{exportId}` stand for an object's. */
export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers with what happens meanwhile, the sweep's own requests among it: looked through for leaks, and not compared. */
  readonly moves?: true;
}

const pair = { officeId: 'north', providerId: 'abel' };
const local = { date: '2026-11-24', time: '10:00' };
const old = { 'if-match': '"999"' };
const fhirJson = { 'content-type': 'application/fhir+json' };
const nobody = { cookie: 'tidegate_emr=7001.none' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
export const post = (url: string, body: Asked['body'] = {}, headers: Asked['headers'] = {}): Asked => ({
  method: 'POST',
  url,
  body,
  headers,
});
export const put = (url: string, body: Asked['body'] = {}, headers: Asked['headers'] = {}): Asked => ({
  method: 'PUT',
  url,
  body,
  headers,
});
export const get = (url: string, headers: Asked['headers'] = {}): Asked => ({ method: 'GET', url, headers });

const appointment = {
  resourceType: 'Appointment',
  id: '{entry}',
  status: 'booked',
  start: '2026-12-24T15:00:00Z',
  end: '2026-12-24T15:15:00Z',
  minutesDuration: 15,
  participant: [
    { actor: { reference: 'Patient/{patientId}' } },
    { actor: { reference: 'Practitioner/abel' } },
    { actor: { reference: 'Location/north' } },
  ],
};
const { id: _id, ...newAppointment } = appointment;
const patient = {
  resourceType: 'Patient',
  id: '{patientId}',
  name: [{ family: 'Sweep', given: ['Sweep'] }],
  generalPractitioner: [{ reference: 'PractitionerRole/role-north-abel' }],
};
const providerSchedule = [
  { url: providerScheduleUrl, valueReference: { reference: 'PractitionerRole/role-north-abel' } },
];
const filings: Readonly<Record<string, object>> = {
  Task: {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    description: 'Sweep',
    for: { reference: 'Patient/{patientId}' },
    owner: { reference: 'PractitionerRole/role-north-abel' },
  },
  QuestionnaireResponse: {
    resourceType: 'QuestionnaireResponse',
    extension: providerSchedule,
    status: 'completed',
    subject: { reference: 'Patient/{patientId}' },
  },
  Consent: {
    resourceType: 'Consent',
    extension: providerSchedule,
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ text: 'Sweep' }],
    patient: { reference: 'Patient/{patientId}' },
    policyRule: { text: 'Sweep' },
  },
};
const patched = [{ op: 'replace', path: '/status', value: 'arrived' }];
const jsonPatch = { 'content-type': 'application/json-patch+json', 'if-match': 'W/"999"' };

/** Patients are named by their own id, everything else by that of an entry. */
const idOf = (type: string) => (type === 'Patient' ? '{patientId}' : '{entry}');

const readsOf = (type: string): Asked[] => [
  get(`/fhir/${type}/${idOf(type)}`),
  get(`/fhir/${type}/${idOf(type)}/_history`),
  get(`/fhir/${type}/${idOf(type)}/_history/1`),
  get(`/fhir/${type}?_id=${idOf(type)}`),
  get(`/fhir/${type}?_id=${idOf(type)}&_summary=count`),
  get(`/fhir/${type}`),
  get(`/fhir/${type}?patient={patientId}&_total=accurate`),
];
const writtenAs = (type: string): object =>
  type === 'Patient'
    ? patient
    : Object.hasOwn(filings, type)
      ? { ...filings[type], id: '{entry}' }
      : { ...appointment, resourceType: type };
const writesOf = (type: string): Asked[] => [
  put(`/fhir/${type}/${idOf(type)}`, writtenAs(type), {
    ...fhirJson,
    'if-match': 'W/"999"',
  }),
  { method: 'PATCH', url: `/fhir/${type}/${idOf(type)}`, body: patched, headers: jsonPatch },
  { method: 'DELETE', url: `/fhir/${type}/${idOf(type)}`, headers: { 'if-match': 'W/"999"' } },
];

export interface Explicit {
  readonly [route: string]: readonly Asked[];
}

export const explicitRequests = (types: readonly string[] = resourceTypes): Explicit => ({
  'POST /api/set-up': [post('/api/set-up', { tenantId: 9 })],
  'POST /api/sign-in': [
    post('/api/sign-in', { tenantId: 7001, username: '{userId}', password: 'not the password of anybody' }),
  ],
  // With a session that nobody has: the sweep goes on needing its own.
  'POST /api/sign-out': [post('/api/sign-out', {}, nobody)],
  // Guesses are counted, and who has guessed has to wait: what a code opens is the tests' of the second factor.
  'POST /api/sign-in/code': [post('/api/sign-in/code', { code: '000000' }, nobody)],
  'POST /api/second-factor/confirm': [post('/api/second-factor/confirm', { code: '000000' }, nobody)],
  'POST /api/second-factor/recovery-codes': [post('/api/second-factor/recovery-codes', { code: '000000' }, nobody)],
  'POST /api/second-factor/offer': [post('/api/second-factor/offer')],
  'POST /api/users/:userId/second-factor/reset': [post('/api/users/{userId}/second-factor/reset')],
  'POST /api/users': [post('/api/users', { username: '{userId}' })],
  'PUT /api/users/:userId/offices': [put('/api/users/{userId}/offices', { officeIds: ['south'] })],
  'PATCH /api/users/:userId': [
    { method: 'PATCH', url: '/api/users/{userId}', body: { displayName: 'Sweep' }, headers: old },
  ],
  'POST /api/users/:userId/deactivate': [post('/api/users/{userId}/deactivate', {}, old)],
  'POST /api/users/:userId/reactivate': [post('/api/users/{userId}/reactivate', {}, old)],
  'POST /api/users/:userId/password': [
    post('/api/users/{userId}/password', { password: 'a long password for sweeps' }, old),
  ],
  'POST /api/active-users/:sessionId/end': [post('/api/active-users/{entry}/end')],
  'PUT /api/users/:userId/provider-permissions': [
    put(
      '/api/users/{userId}/provider-permissions',
      { changes: [{ ...pair, columns: 63, accessUntilDay: null }] },
      { 'if-match': '"9.9"' },
    ),
  ],
  ...Object.fromEntries(
    ['preview', 'preview/impact'].map((what) => [
      `POST /api/users/:userId/provider-permissions/${what}`,
      [
        post(`/api/users/{userId}/provider-permissions/${what}`, {
          changes: [{ ...pair, columns: 63, accessUntilDay: null }],
        }),
      ],
    ]),
  ),
  'POST /api/fix-requests/read': [post('/api/fix-requests/read', { request: '{entry}' })],
  'POST /api/integrations': [post('/api/integrations', { name: '' })],
  'POST /api/integrations/:userId/credentials': [post('/api/integrations/{userId}/credentials')],
  'PUT /api/integrations/:userId/keys': [
    put('/api/integrations/{userId}/keys', { jwksUri: 'https://sweep.example/keys' }),
  ],
  ...Object.fromEntries(
    ['former/end', 'approval/end', 'revoke'].map((what) => [
      `POST /api/integrations/:userId/${what}`,
      [post(`/api/integrations/{userId}/${what}`)],
    ]),
  ),
  'GET /api/third-party-access/:requestId': [get('/api/third-party-access/{entry}')],
  'POST /api/third-party-access/:requestId/approve': [
    post('/api/third-party-access/{entry}/approve', { officeIds: ['south'] }),
  ],
  'POST /api/third-party-access/:requestId/deny': [post('/api/third-party-access/{entry}/deny', {})],
  'PUT /api/appointment-types': [put('/api/appointment-types', { types: 'none' })],
  'PUT /api/appointment-statuses': [put('/api/appointment-statuses', { statuses: 'none' })],
  'PUT /api/schedules/:officeId/:providerId/open-hours': [
    put('/api/schedules/{officeId}/{providerId}/open-hours', { hours: 'none' }),
  ],
  'GET /api/scheduler/day': [get('/api/scheduler/day?office={officeId}&date=2026-11-24')],
  'GET /api/scheduler/week': [get('/api/scheduler/week?office={officeId}&provider={providerId}&date=2026-11-24')],
  'POST /api/appointments': [
    post('/api/appointments', { ...pair, patientId: '{patientId}', date: '2026-12-24', start: '10:00', minutes: 15 }),
  ],
  'POST /api/appointments/:appointmentId/cancel': [post('/api/appointments/{entry}/cancel', {}, old)],
  'POST /api/appointments/:appointmentId/move': [
    post('/api/appointments/{entry}/move', { ...pair, date: '2026-12-24', start: '10:00', minutes: 15 }, old),
  ],
  'POST /api/appointments/:appointmentId/copy': [
    post('/api/appointments/{entry}/copy', { ...pair, date: '2026-12-24', start: '10:00', minutes: 15 }, old),
  ],
  'POST /api/appointments/:appointmentId/state': [post('/api/appointments/{entry}/state', { status: 'arrived' }, old)],
  'POST /api/audit-log': [{ ...post('/api/audit-log'), moves: true }],
  'POST /api/audit-log.csv': [{ ...post('/api/audit-log.csv'), moves: true }],
  'POST /api/patients/search': [post('/api/patients/search', { search: 'mark' })],
  'GET /api/patients/:patientId/chart/:tab': ['documents', 'notes', 'results', 'bills'].map((tab) =>
    get(`/api/patients/{patientId}/chart/${tab}`),
  ),
  'POST /api/uploads': [post('/api/uploads?officeId=north&providerId=abel', 'text', { 'content-type': 'text/plain' })],
  'POST /api/patients/:patientId/documents': [
    post('/api/patients/{patientId}/documents', { ...pair, uploadId: '{entry}', folder: 'x', title: 'x' }),
  ],
  'POST /api/patients/:patientId/notes': [post('/api/patients/{patientId}/notes', { ...pair, ...local, note: 'x' })],
  'POST /api/patients/:patientId/results': [
    post('/api/patients/{patientId}/results', {
      ...pair,
      ...local,
      name: 'x',
      status: 'final',
      values: [{ name: 'x', text: 'x' }],
    }),
  ],
  'POST /api/patients/:patientId/charges': [
    post('/api/patients/{patientId}/charges', {
      ...pair,
      charges: [{ description: 'x', occurredOn: '2026-11-24', amountCents: 1 }],
    }),
  ],
  'POST /api/charges/:id/payments': [post('/api/charges/{entry}/payments', { cents: 1 }, old)],
  'POST /api/patients/:patientId/coverages': [post('/api/patients/{patientId}/coverages', { ...pair, payor: 'x' })],
  'POST /api/:kind/:id/withdraw': ['documents', 'notes', 'results', 'charges'].map((kind) =>
    post(`/api/${kind}/{entry}/withdraw`, { reason: 'x' }, old),
  ),
  'POST /api/patients/:patientId/save-for-ocean': [
    post('/api/patients/{patientId}/save-for-ocean', { documentIds: ['{entry}'], reportIds: ['{entry}'] }),
  ],
  'DELETE /api/patients/:patientId/save-for-ocean': [
    { method: 'DELETE', url: '/api/patients/{patientId}/save-for-ocean' },
  ],
  'DELETE /api/patients/:patientId/save-for-ocean/:kind/:id': ['documents', 'results'].map((kind) => ({
    method: 'DELETE' as const,
    url: `/api/patients/{patientId}/save-for-ocean/${kind}/{entry}`,
  })),
  'GET /oauth/*': [
    get('/oauth/token'),
    get('/oauth/authorize?response_type=code&client_id=7001-{userId}&redirect_uri=https%3A%2F%2Fsweep.example'),
    get('/oauth/authorize/{entry}?clinic=7001'),
  ],
  'POST /oauth/*': [
    post(
      '/oauth/token',
      'grant_type=authorization_code&code=7001.{entry}&client_id=7001-{userId}&client_secret=no',
      form,
    ),
    post('/oauth/token', 'grant_type=client_credentials&client_id=7001-{userId}&client_secret=no', form),
    post('/oauth/token/revocation', 'token=7001.{entry}', form),
  ],
  'GET /fhir/*': [
    ...types.flatMap(readsOf),
    get('/fhir/Patient/{patientId}/$everything'),
    get('/fhir/Patient?identifier={patientId}'),
    get('/fhir/Patient?_id={patientId}&_revinclude=Appointment:patient'),
    get('/fhir/Appointment?_id={entry}&_include=Appointment:actor'),
    get('/fhir/Slot/{entry}'),
    get('/fhir/Nothing/{entry}'),
  ],
  'POST /fhir/*': [
    post('/fhir/Appointment', newAppointment, fhirJson),
    post('/fhir/Appointment', newAppointment, { ...fhirJson, 'if-none-exist': 'patient={patientId}&date=2026-11-24' }),
    post('/fhir/Patient', patient, { ...fhirJson, 'if-none-exist': 'identifier={patientId}' }),
    ...Object.entries(filings).map(([type, filing]) => post(`/fhir/${type}`, filing, fhirJson)),
    post(
      '/fhir/Task',
      { ...filings['Task'], focus: { reference: 'Appointment/{entry}' }, for: { reference: 'Patient/of-two' } },
      fhirJson,
    ),
  ],
  'PUT /fhir/*': types.map((type) => writesOf(type)[0]!),
  'PATCH /fhir/*': types.map((type) => writesOf(type)[1]!),
  'DELETE /fhir/*': types.map((type) => writesOf(type)[2]!),
  'POST /fhir/:type/_search': types.map((type) => post(`/fhir/${type}/_search`, `_id=${idOf(type)}`, form)),
  'POST /fhir': [
    post(
      '/fhir',
      {
        resourceType: 'Bundle',
        type: 'batch',
        entry: types.map((type) => ({ request: { method: 'GET', url: `${type}/${idOf(type)}` } })),
      },
      fhirJson,
    ),
    post(
      '/fhir',
      {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [{ resource: appointment, request: { method: 'PUT', url: 'Appointment/{entry}', ifMatch: 'W/"999"' } }],
      },
      fhirJson,
    ),
  ],
  'POST /fhir/Binary': [
    post('/fhir/Binary', 'text', {
      'content-type': 'text/plain',
      'x-security-context': 'PractitionerRole/role-north-abel',
    }),
  ],
  'POST /fhir/DocumentReference': [
    post(
      '/fhir/DocumentReference',
      {
        resourceType: 'DocumentReference',
        status: 'current',
        subject: { reference: 'Patient/{patientId}' },
        author: [{ reference: 'PractitionerRole/role-north-abel' }],
        description: 'x',
        content: [{ attachment: { contentType: 'text/plain', data: 'eA==' } }],
      },
      fhirJson,
    ),
  ],
  'POST /fhir/Communication': [
    post(
      '/fhir/Communication',
      {
        resourceType: 'Communication',
        status: 'completed',
        category: [{ coding: [{ code: 'reminder' }] }],
        about: [{ reference: 'Appointment/{entry}' }],
        sent: '2026-11-24T15:00:00Z',
        sender: { reference: 'PractitionerRole/role-north-abel' },
      },
      fhirJson,
    ),
  ],
  'GET /fhir/Appointment/$digest': [
    get(
      '/fhir/Appointment/$digest?salt=a-salt-of-the-sweep&cut=2000-01-01T00:00:00Z,2026-12-01T00:00:00Z,2100-01-01T00:00:00Z',
    ),
  ],
  'GET /fhir/$export': [get('/fhir/$export?_typeFilter=Patient%3F_id%3D{patientId}')],
  'POST /fhir/$export': [post('/fhir/$export', { resourceType: 'Parameters' }, fhirJson)],
  'GET /fhir/$export/:exportId/:file': types.map((type) => get(`/fhir/$export/{exportId}/${type}.ndjson`)),
  'DELETE /fhir/$export/:exportId': [{ method: 'DELETE', url: '/fhir/$export/{exportId}' }],
  'POST /fhir/Patient/:id/$saved-for-ocean': [post('/fhir/Patient/{patientId}/$saved-for-ocean', {}, fhirJson)],
});

const parameters: Readonly<Record<string, string>> = {
  patientId: '{patientId}',
  appointmentId: '{entry}',
  id: '{entry}',
  userId: '{userId}',
  officeId: '{officeId}',
  providerId: '{providerId}',
  exportId: '{exportId}',
  eventId: '{entry}',
};

/** undefined: nobody has said how this route is asked. */
export function requestsOf(
  route: string,
  explicit: Explicit,
  known: Readonly<Record<string, string>> = parameters,
): readonly Asked[] | undefined {
  if (explicit[route]) return explicit[route];
  const [method, path = ''] = route.split(' ');
  if (method !== 'GET') return undefined;
  const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  if (path.includes('*') || named.some((name) => !(name in known))) return undefined;
  return [get(path.replaceAll(/:(\w+)/g, (_whole, name: string) => known[name]!))];
}
