// The clinic of the other tests with an integration user who holds everything on one pair. Only tests import this.
import type { LightMyRequestResponse } from 'fastify';
import { sha256 } from '../../platform/ids.ts';
import { createTestEmr, type TestEmr, tenantId } from '../test-emr.ts';
import type { Access } from './access.ts';

export const clientIdFor = `${tenantId}-client`;
const clientSecret = 'a secret of 43 characters, more or less, yes';

export interface StoredEvent {
  readonly event_id: string;
  readonly request_id: string;
  readonly user_id: string | null;
  readonly client_id: string | null;
  readonly door: string;
  readonly kind: string;
  readonly route: string;
  readonly status: number;
  readonly entity_type: string | null;
  readonly entity_id: string | null;
  readonly patient_id: string | null;
  readonly office_id: string | null;
  readonly provider_id: string | null;
  readonly query: string | null;
  readonly page_end: string | null;
  readonly shown: readonly string[] | null;
  readonly permission_version: string | null;
  readonly snapshot: string | null;
}

export interface AuditClinic {
  readonly emr: TestEmr;
  /** Ada's session. */
  readonly cookie: string;
  readonly serviceId: string;
  /** In their order; entries of a Bundle in theirs. */
  events(): Promise<StoredEvent[]>;
  forget(): Promise<void>;
  fhir(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<LightMyRequestResponse>;
  fhirForm(path: string, form: string): Promise<LightMyRequestResponse>;
  booking(start: string, office?: string, provider?: string): object;
  askToken(secret?: string, clientId?: string): Promise<LightMyRequestResponse>;
  /** Asks an app with one more route for it. */
  undeclared(route: string, url: string): Promise<{ readonly access: Access | null }>;
  close(): Promise<void>;
}

export async function createAuditClinic(adminUrl: string): Promise<AuditClinic> {
  const emr = await createTestEmr(adminUrl);
  const cookie = await emr.signIn('ada');
  const serviceId = 'service';
  const one = (sql: string, ...values: unknown[]) => emr.owner.query(sql, [tenantId, ...values]);
  await one(
    `insert into app_user (tenant_id, user_id, kind, username, display_name) values ($1, 'service', 'service', 'OceanAPI1042', 'Integration')`,
  );
  await one(
    `insert into office_membership (tenant_id, user_id, office_id) values ($1, 'service', 'harbour'), ($1, 'service', 'river')`,
  );
  await one(
    `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns) values ($1, 'service', 'harbour', 'abel', 63)`,
  );
  await one(
    `insert into oauth_client (tenant_id, client_id, user_id, name, auth_method, secret_hash)
     values ($1, $2, 'service', 'test', 'client_secret_post', $3)`,
    clientIdFor,
    sha256(clientSecret),
  );
  const askToken: AuditClinic['askToken'] = (secret = clientSecret, clientId = clientIdFor) =>
    emr.app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: secret,
        scope: 'system/*.cruds',
      }).toString(),
    });
  const token = (await askToken()).json<{ access_token: string }>().access_token;
  return {
    emr,
    cookie,
    serviceId,
    events: async () =>
      (await emr.owner.query<StoredEvent>('select * from access_event order by at, xid, event_id')).rows,
    forget: async () => {
      await emr.owner.query('delete from access_event');
    },
    fhir: (method, path, body, headers = {}) =>
      emr.app.inject({
        method,
        url: `/fhir/${path}`,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body ? { 'content-type': 'application/fhir+json' } : {}),
          ...headers,
        },
        ...(body ? { payload: JSON.stringify(body) } : {}),
      }),
    fhirForm: (path, form) =>
      emr.app.inject({
        method: 'POST',
        url: `/fhir/${path}`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
        payload: form,
      }),
    booking: (start, office = 'harbour', provider = 'abel') => ({
      resourceType: 'Appointment',
      status: 'booked',
      start,
      end: new Date(Date.parse(start) + 900_000).toISOString(),
      participant: [
        { actor: { reference: 'Patient/harbour-abel' }, status: 'needs-action' },
        { actor: { reference: `Practitioner/${provider}` }, status: 'accepted' },
        { actor: { reference: `Location/${office}` }, status: 'accepted' },
      ],
    }),
    askToken,
    undeclared: async (route, url) => {
      const { createHttp } = await import('../../platform/http/create-http.ts');
      const { auditRequests } = await import('./audit-requests.ts');
      const app = createHttp({ log: emr.context.log });
      auditRequests(app, emr.context);
      let access: Access | null = null;
      app.get(route, async (request) => {
        access = request.access;
        return {};
      });
      await app.inject(url);
      await app.close();
      return { access };
    },
    close: () => emr.close(),
  };
}
