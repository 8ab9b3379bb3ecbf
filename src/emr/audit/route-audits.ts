// Which routes are recorded, and as what. A route that is not here is recorded as well, by its method and what its address names; but it
// has to be here, so that somebody has thought about it: the test that compares this table with the routes that there are fails.
import type { AccessKind } from './access.ts';

export interface RecordedRoute {
  readonly kind: AccessKind;
  readonly entityType?: string;
  /** The parameter of the address that is the entity's id. */
  readonly id?: string;
}

/** Why a route is not recorded. */
export interface UnrecordedRoute {
  readonly unrecorded: string;
}

export type RouteAudit = RecordedRoute | UnrecordedRoute;

const own = { unrecorded: 'tells a person who he is, and nothing of anybody else' };
const vocabulary = { unrecorded: 'the clinic’s words and offices; nothing about a person' };
const open = { unrecorded: 'open to everybody; holds nothing about a person' };

const patient = { entityType: 'Patient', id: 'patientId' };

export const routeAudits: Readonly<Record<string, RouteAudit>> = {
  'GET /api/about': open,
  'GET /api/set-up': open,
  'POST /api/set-up': { unrecorded: 'makes the first administrator, before there is anybody; recorded as a change' },
  'GET /api/me': own,
  'POST /api/sign-in': { kind: 'sign-in' },
  'POST /api/sign-in/code': { kind: 'sign-in' },
  'GET /api/second-factor': own,
  'POST /api/second-factor/offer': { unrecorded: 'a key for the person who asks; using it is recorded as a change' },
  'POST /api/second-factor/confirm': { kind: 'update', entityType: 'User' },
  'POST /api/second-factor/recovery-codes': { kind: 'update', entityType: 'User' },
  'POST /api/sign-out': { kind: 'sign-out' },

  'GET /api/users': { kind: 'search', entityType: 'User' },
  'POST /api/users': { kind: 'create', entityType: 'User' },
  'PATCH /api/users/:userId': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/users/:userId/deactivate': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/users/:userId/reactivate': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/users/:userId/second-factor/reset': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/users/:userId/password': { kind: 'update', entityType: 'User', id: 'userId' },
  'GET /api/active-users': { kind: 'search', entityType: 'User' },
  'POST /api/active-users/:sessionId/end': { kind: 'update', entityType: 'User' },
  'PUT /api/users/:userId/offices': { kind: 'update', entityType: 'User', id: 'userId' },
  'GET /api/roster': { kind: 'search', entityType: 'PractitionerRole' },
  'GET /api/users/:userId/provider-permissions': { kind: 'read', entityType: 'User', id: 'userId' },
  'PUT /api/users/:userId/provider-permissions': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/users/:userId/provider-permissions/preview': { kind: 'read', entityType: 'User', id: 'userId' },
  'POST /api/users/:userId/provider-permissions/preview/impact': { kind: 'read', entityType: 'User', id: 'userId' },
  'GET /api/users/:userId/provider-permissions/history': { kind: 'history', entityType: 'User', id: 'userId' },
  'POST /api/fix-requests/read': { kind: 'read', entityType: 'User' },
  'GET /api/expiring-access': { kind: 'search', entityType: 'User' },
  'GET /api/integrations': { kind: 'search', entityType: 'User' },
  'POST /api/integrations': { kind: 'create', entityType: 'User' },
  'POST /api/integrations/:userId/credentials': { kind: 'update', entityType: 'User', id: 'userId' },
  'PUT /api/integrations/:userId/keys': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/integrations/:userId/former/end': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/integrations/:userId/approval/end': { kind: 'update', entityType: 'User', id: 'userId' },
  'POST /api/integrations/:userId/revoke': { kind: 'update', entityType: 'User', id: 'userId' },
  'GET /api/third-party-access/:requestId': { kind: 'read', entityType: 'User' },
  'POST /api/third-party-access/:requestId/approve': { kind: 'update', entityType: 'User' },
  'POST /api/third-party-access/:requestId/deny': { kind: 'update', entityType: 'User' },
  'POST /api/audit-log': { kind: 'search', entityType: 'AuditEvent' },
  'POST /api/audit-log.csv': { kind: 'export', entityType: 'AuditEvent' },

  'GET /api/offices': vocabulary,
  'GET /api/appointment-types': vocabulary,
  'PUT /api/appointment-types': vocabulary,
  'GET /api/appointment-statuses': vocabulary,
  'PUT /api/appointment-statuses': vocabulary,
  'GET /api/schedules/:officeId/:providerId/open-hours': { kind: 'read', entityType: 'Schedule' },
  'PUT /api/schedules/:officeId/:providerId/open-hours': { kind: 'update', entityType: 'Schedule' },
  'GET /api/scheduler/day': { kind: 'search', entityType: 'Appointment' },
  'GET /api/scheduler/week': { kind: 'search', entityType: 'Appointment' },
  'POST /api/appointments': { kind: 'create', entityType: 'Appointment' },
  'POST /api/appointments/:appointmentId/cancel': { kind: 'update', entityType: 'Appointment', id: 'appointmentId' },
  'POST /api/appointments/:appointmentId/move': { kind: 'update', entityType: 'Appointment', id: 'appointmentId' },
  'POST /api/appointments/:appointmentId/copy': { kind: 'create', entityType: 'Appointment' },
  'POST /api/appointments/:appointmentId/state': { kind: 'update', entityType: 'Appointment', id: 'appointmentId' },

  'POST /api/patients/search': { kind: 'search', entityType: 'Patient' },
  'GET /api/patients/:patientId/chart': { kind: 'everything', ...patient },
  'GET /api/patients/:patientId/chart/:tab': { kind: 'everything', ...patient },
  'POST /api/uploads': { kind: 'create', entityType: 'Binary' },
  'GET /api/documents/:id/content': { kind: 'read', entityType: 'DocumentReference', id: 'id' },
  'POST /api/patients/:patientId/documents': { kind: 'create', entityType: 'DocumentReference' },
  'POST /api/patients/:patientId/notes': { kind: 'create', entityType: 'Encounter' },
  'POST /api/patients/:patientId/results': { kind: 'create', entityType: 'DiagnosticReport' },
  'POST /api/patients/:patientId/charges': { kind: 'create', entityType: 'ChargeItem' },
  'POST /api/charges/:id/payments': { kind: 'update', entityType: 'ChargeItem', id: 'id' },
  'POST /api/patients/:patientId/coverages': { kind: 'create', entityType: 'Coverage' },
  'POST /api/:kind/:id/withdraw': { kind: 'update', id: 'id' },
  'POST /api/patients/:patientId/save-for-ocean': { kind: 'update', ...patient },
  'DELETE /api/patients/:patientId/save-for-ocean': { kind: 'delete', ...patient },
  'DELETE /api/patients/:patientId/save-for-ocean/:kind/:id': { kind: 'delete', ...patient },

  'GET /fhir/metadata': open,
  'GET /fhir/.well-known/smart-configuration': open,
  // The token endpoint answers by itself, and records by itself: who identified himself, and who was refused.
  'GET /oauth/*': { unrecorded: 'recorded where the provider has judged the request' },
  'POST /oauth/*': { unrecorded: 'recorded where the provider has judged the request' },
};

/** Everything else under /fhir is recorded; what it asks for stands in its address. */
export const isFhirAddress = (route: string): boolean => /^[A-Z]+ \/fhir(\/|$)/.test(route);
