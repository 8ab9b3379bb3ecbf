// A front desk clerk at Harbour with Dr. Abel, a patient of that pair, and files. Only tests import this.
import type { LightMyRequestResponse } from 'fastify';
import { columnSet } from '../../fhir/columns.ts';
import { createUser, setOfficeMembership } from '../index.ts';
import { createTestEmr, password, type TestEmr, tenantId } from '../test-emr.ts';

export const patientOf = (office: string, provider: string) => `${office}-${provider}`;
export const pair = (officeId: string, providerId: string) => ({ officeId, providerId });
export const harbourAbel = pair('harbour', 'abel');
export const pdf = Buffer.from('%PDF-1.4\n% a very small one\n%%EOF\n');
export const chartColumns = columnSet('Visible', 'Patient', 'EMR', 'Labs', 'Billing');

export interface TestChart extends TestEmr {
  /** Ada's cookie, who holds all columns on all pairs. */
  readonly ada: string;
  /** Of Cleo, who belongs to Harbour and holds the chart's columns with Dr. Abel there. */
  readonly cleo: string;
  readonly cleoId: string;
  send(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    options: {
      readonly cookie?: string;
      readonly body?: object | Buffer;
      readonly type?: string;
      readonly version?: number;
    },
  ): Promise<LightMyRequestResponse>;
  /** Sends a file and files it; the answer of the last step. */
  file(
    cookie: string,
    patientId: string,
    at: ReturnType<typeof pair>,
    content?: Buffer,
    type?: string,
  ): Promise<LightMyRequestResponse>;
}

export async function createTestChart(adminUrl: string): Promise<TestChart> {
  const emr = await createTestEmr(adminUrl);
  const ada = await emr.signIn('ada');
  const everywhere = (['harbour', 'river'] as const).flatMap((office) =>
    ['abel', 'baker'].map((provider) => [office, provider, 63] as const),
  );
  await emr.grant(ada, emr.adaId, everywhere);
  const actor = { tenantId, userId: emr.adaId };
  const { userId: cleoId } = await createUser(emr.context, actor, {
    username: 'cleo',
    displayName: 'Cleo Stand-in',
    kind: 'staff',
    officeIds: ['harbour'],
    password,
  });
  await setOfficeMembership(emr.context, actor, cleoId, ['harbour']);
  await emr.grant(ada, cleoId, [['harbour', 'abel', chartColumns]]);
  const send: TestChart['send'] = (method, url, { cookie, body, type, version }) =>
    emr.app.inject({
      method,
      url,
      headers: {
        host: 'emr.test',
        origin: 'http://emr.test',
        ...(cookie ? { cookie } : {}),
        ...(type ? { 'content-type': type } : {}),
        ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
      },
      ...(body ? { payload: body } : {}),
    });
  return {
    ...emr,
    ada,
    cleo: await emr.signIn('cleo'),
    cleoId,
    send,
    file: async (cookie, patientId, at, content = pdf, type = 'application/pdf') => {
      const sent = await send('POST', `/api/uploads?${new URLSearchParams(at)}`, { cookie, body: content, type });
      if (sent.statusCode !== 201) return sent;
      const body = {
        ...at,
        uploadId: sent.json<{ uploadId: string }>().uploadId,
        folder: 'Letters',
        title: 'A letter',
      };
      return send('POST', `/api/patients/${patientId}/documents`, { cookie, body });
    },
  };
}
