// What the sweep asks of each route of the portal and of Cloud Connect. A GET of which all parameters are known is asked as it stands; every
// other has to be here, or the proof fails.
import { linkPath } from '../../src/portal/links/create-links.ts';
import { threadPath } from '../../src/portal/messages/write-message.ts';
import { type Asked, type Explicit, get, post, put, requestsOf } from './emr-requests.ts';

/** With a session that nobody has: the sweep goes on needing its own. */
const nobody = { cookie: 'none=none' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const press = { pressId: '0190c8a0-0000-7000-8000-000000000001', version: '1' };
const signIn = post('/api/sign-in', { email: '{email}', password: 'not the password of anybody' }, nobody);
const ofSecondFactor: Explicit = {
  'POST /api/sign-in/code': [post('/api/sign-in/code', { code: '000000' }, nobody)],
  'POST /api/second-factor/confirm': [post('/api/second-factor/confirm', { code: '000000' }, nobody)],
  'POST /api/second-factor/recovery-codes': [post('/api/second-factor/recovery-codes', { code: '000000' }, nobody)],
  'POST /api/second-factor/offer': [post('/api/second-factor/offer')],
};
const site = post('/api/site', '{"siteId":{siteId}}', { 'content-type': 'application/json' });
const remove = (url: string): Asked => ({ method: 'DELETE', url });
const rule = {
  name: 'Sweep',
  days: 1,
  providerIds: [],
  typeTexts: [],
  typesExcluded: false,
  confirmation: false,
  cancellation: false,
  cancelNoticeMinutes: 0,
  calendar: false,
  alsoConfirmed: false,
  subjectEn: 'Sweep',
  textEn: 'Sweep',
  subjectFr: 'Sweep',
  textFr: 'Sweep',
};

const ofPortal: Explicit = {
  ...ofSecondFactor,
  'POST /api/set-up': [
    post('/api/set-up', {
      siteId: 5,
      siteName: 'Sweep',
      zone: 'America/Toronto',
      email: 'sweep@sweep.example',
      displayName: 'Sweep',
      password: 'a long password for tests',
    }),
  ],
  'POST /api/sign-in': [signIn],
  'POST /api/sign-out': [post('/api/sign-out', {}, nobody)],
  'POST /api/site': [site],
  // Whoever knows a token holds it, so a link is asked for by its id.
  'POST /api/invitations/read': [post('/api/invitations/read', { token: '{invitationId}' })],
  'POST /api/invitations/accept': [
    post('/api/invitations/accept', {
      token: '{invitationId}',
      displayName: 'Sweep',
      password: 'a long password for tests',
    }),
  ],
  'POST /api/password-resets': [post('/api/password-resets', { email: '{email}' })],
  'POST /api/password-resets/read': [post('/api/password-resets/read', { token: '{invitationId}' })],
  'POST /api/password-resets/set': [
    post('/api/password-resets/set', { token: '{invitationId}', password: 'a long password for tests' }),
  ],
  'POST /api/invitations': [post('/api/invitations', { email: '{email}', role: 'member', language: 'en' })],
  'POST /api/invitations/:invitationId/withdraw': [post('/api/invitations/{invitationId}/withdraw')],
  'POST /api/audit-log': [post('/api/audit-log', {}), post('/api/audit-log', { user: '{userId}' })],
  'POST /api/audit-log.csv': [post('/api/audit-log.csv', { user: '{userId}' })],
  'POST /api/users/:userId/role': [post('/api/users/{userId}/role', { role: 'member' })],
  'POST /api/users/:userId/deactivate': [post('/api/users/{userId}/deactivate')],
  'POST /api/users/:userId/second-factor/reset': [post('/api/users/{userId}/second-factor/reset')],
  'POST /api/users/:userId/reactivate': [post('/api/users/{userId}/reactivate')],
  'GET /api/patients': [
    get('/api/patients?date=2026-11-24'),
    get('/api/patients?date=2026-11-24&office={officeId}&provider={providerId}'),
    get('/api/patients?date=2026-11-24&search={bookingId}'),
    get('/api/patients?date=2026-11-24&search={patientId}'),
  ],
  'GET /api/day-sheet': [
    get('/api/day-sheet?date=2026-11-24'),
    get('/api/day-sheet?date=2026-11-24&office={officeId}&provider={providerId}'),
    get('/api/day-sheet?date=2026-11-24&search={bookingId}'),
  ],
  'GET /api/patients.csv': [
    get('/api/patients.csv?date=2026-11-24'),
    get('/api/patients.csv?date=2026-11-24&search={bookingId}'),
  ],
  'GET /api/bookings/:id/patient': [get('/api/bookings/{bookingId}/patient')],
  'POST /api/synchronize': [post('/api/synchronize')],
  'GET /api/why': [
    get('/api/why?name={bookingId}&date=2026-11-24'),
    get('/api/why?name={patientId}&date=2026-11-24'),
    get('/api/why?date=2026-11-24&office={officeId}&provider={providerId}'),
  ],
  'POST /api/bookings/:id/mark-arrived': [post('/api/bookings/{bookingId}/mark-arrived', press)],
  'POST /api/bookings/:id/mark-confirmed': [post('/api/bookings/{bookingId}/mark-confirmed', press)],
  'POST /api/bookings/:id/cancel': [post('/api/bookings/{bookingId}/cancel', press)],
  'POST /api/bookings/:id/link': [post('/api/bookings/{bookingId}/link')],
  'GET /api/threads': [get('/api/threads'), get('/api/threads?booking={bookingId}')],
  'GET /api/threads/:id': [get('/api/threads/{threadId}')],
  'POST /api/threads': [
    post('/api/threads', {
      ...press,
      bookingId: '{bookingId}',
      subject: 'Sweep',
      text: 'Sweep',
      fileIds: ['{fileId}'],
    }),
  ],
  'POST /api/threads/:id/messages': [
    post('/api/threads/{threadId}/messages', { ...press, text: 'Sweep', fileIds: [] }),
  ],
  'POST /api/threads/:id/read': [post('/api/threads/{threadId}/read')],
  'POST /api/files': [post('/api/files', 'no file', { 'content-type': 'application/pdf' })],
  'GET /api/files/:id': [get('/api/files/{fileId}')],
  'POST /api/saved-for-ocean': [post('/api/saved-for-ocean', { bookingId: '{bookingId}' })],
  'GET /api/saved-for-ocean/:id': [get('/api/saved-for-ocean/{fetchId}')],
  [`GET ${threadPath}`]: [get(threadPath)],
  [`POST ${threadPath}`]: [post(threadPath, 'do=reply', form)],
  [`GET ${threadPath}/*`]: [get(`${threadPath}/{threadId}`), get(`${threadPath}/{fileId}`)],
  [`POST ${threadPath}/*`]: [post(`${threadPath}/{threadId}`, 'do=file', form)],
  'GET /api/tasks': [get('/api/tasks'), get('/api/tasks?show=done')],
  'POST /api/tasks/:id/done': [post('/api/tasks/{taskId}/done')],
  'POST /api/tasks/:id/reopen': [post('/api/tasks/{taskId}/reopen')],
  'POST /api/mails/:id/send-again': [post('/api/mails/{mailId}/send-again')],
  'POST /api/mails/:id/was-sent': [post('/api/mails/{mailId}/was-sent')],
  'PUT /api/reminders/rules/:id': [put('/api/reminders/rules/{ruleId}', { version: 1, rule })],
  'POST /api/reminders/rules/:id/enabled': [
    post('/api/reminders/rules/{ruleId}/enabled', { version: 1, enabled: true }),
  ],
  'DELETE /api/reminders/rules/:id': [remove('/api/reminders/rules/{ruleId}')],
  'POST /api/reminders/rules/:id/test': [post('/api/reminders/rules/{ruleId}/test')],
  'POST /api/reminders/preview': [post('/api/reminders/preview', { rule, language: 'en' })],
  'PUT /api/reminders/settings': [put('/api/reminders/settings', { runAt: 'never' })],
  'GET /api/reminders/log': [get('/api/reminders/log'), get('/api/reminders/log?rule={ruleId}')],
  // Whoever knows a token holds it, so what is asked for is what a reader of the tables would try: a link by its id.
  [`GET ${linkPath}`]: [get(linkPath)],
  [`POST ${linkPath}`]: [post(linkPath, 'do=confirm', form)],
  [`GET ${linkPath}/*`]: [get(`${linkPath}/{linkId}`), get(`${linkPath}/{bookingId}`)],
  [`POST ${linkPath}/*`]: [post(`${linkPath}/{linkId}`, 'do=cancel', form)],
  'GET /opt-out/:token': [get('/opt-out/{linkId}')],
  'POST /opt-out/:token': [post('/opt-out/{linkId}', 'do=opt-out', form)],
};

const schedule = '/api/schedules/{officeId}/{providerId}';
const ofConnect: Explicit = {
  ...ofSecondFactor,
  'POST /api/sign-in': [signIn],
  'POST /api/sign-out': [post('/api/sign-out', {}, nobody)],
  'POST /api/site': [site],
  // Nothing is saved: the sweep would ask an EMR.
  'PUT /api/settings': [put('/api/settings', {}, { 'if-match': '"999"' }), put('/api/settings', {})],
  'POST /api/settings/test': [post('/api/settings/test', {})],
  'POST /api/sync-runs': [
    post('/api/sync-runs', { mode: 'slice', officeId: '{officeId}', providerId: '{providerId}' }),
  ],
  'POST /api/sync-runs/:runId/release': [post('/api/sync-runs/{runId}/release')],
  'POST /api/schedules/:officeId/:providerId/release': [post(`${schedule}/release`, { bookingIds: ['{bookingId}'] })],
  'POST /api/undecided-providers/:providerId': [post('/api/undecided-providers/{providerId}', { choice: 'select' })],
  'GET /api/doctor/:officeId/:providerId/:feature': [get('/api/doctor/{officeId}/{providerId}/day-sheet')],
  'PUT /api/notices': [put('/api/notices', { sweep: 'none' })],
  'POST /api/fix-requests': [
    post('/api/fix-requests', { gapIds: ['{gapId}'] }),
    post('/api/fix-requests', {
      removals: [{ officeId: '{officeId}', providerId: '{providerId}', columns: ['Billing'] }],
    }),
  ],
  // The address is the secret; who has it and no signature is refused. Asked by what names a subscription in the tables.
  'POST /announcements/:key': [post('/announcements/{subscriptionId}')],
  'POST /impact/:key': [post('/impact/{subscriptionId}')],
};

const parameters = Object.fromEntries(
  ['officeId', 'providerId', 'runId', 'certificateId', 'fixRequestId', 'gapId'].map((name) => [name, `{${name}}`]),
);

export const siteDoors = ['portal', 'connect'] as const;
export type SiteDoor = (typeof siteDoors)[number];

/** undefined: nobody has said how this route is asked. */
export const siteRequestsOf = (door: SiteDoor, route: string): readonly Asked[] | undefined =>
  requestsOf(route, door === 'portal' ? ofPortal : ofConnect, parameters);

/** Members of a site see its objects at the portal; these are its Site Admins' alone. */
export const isForSiteAdmins = ({ method, url }: Asked): boolean =>
  /^\/api\/(users|audit-log|invitations$|invitations\/[^/]+\/withdraw)/.test(url) ||
  (method !== 'GET' && /^\/api\/reminders\/(rules\/[^/]+(\/enabled)?|settings)$/.test(url));
