// The EMR's door: what the command line, the demo, benches and tests may use of this organisation.
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../platform/clock.ts';
import { checkRuntimeRole } from '../platform/database/check-roles.ts';
import { createPool, inTransaction } from '../platform/database/db.ts';
import { signingKey, verifyingKey } from '../platform/ed25519.ts';
import { createHttp } from '../platform/http/create-http.ts';
import { serveWeb } from '../platform/http/serve-web.ts';
import type { Log } from '../platform/log.ts';
import type { AddressRule } from '../platform/webhooks/address.ts';
import { registerAuditLog } from './audit/audit-log.routes.ts';
import { auditRequests } from './audit/audit-requests.ts';
import { readCheckpoints } from './audit/checkpoint-file.ts';
import { createSealer } from './audit/seal-audit.ts';
import { type Verified, verifyAudit } from './audit/verify-audit.ts';
import { registerChart } from './chart/chart.routes.ts';
import type { EmrContext } from './context.ts';
import { registerFhir } from './fhir/fhir.routes.ts';
import { registerOauth } from './oauth/oauth.routes.ts';
import { registerThirdPartyAccess } from './oauth/third-party-access.routes.ts';
import { registerPatients } from './people/patients.routes.ts';
import { registerUsers } from './people/users.routes.ts';
import { registerIntegrations } from './permissions/integrations.routes.ts';
import { registerSecurity } from './permissions/security.routes.ts';
import { registerOpenHours } from './scheduling/open-hours.routes.ts';
import { registerScheduling } from './scheduling/scheduling.routes.ts';
import { registerSecondFactor } from './session/second-factor.routes.ts';
import { registerSession } from './session/session.routes.ts';
import { type Clinic, listTenants } from './session/session.sql.ts';

export type { EmrContext } from './context.ts';
export { formatReport, type ImportReport, importFiles } from './import/import-files.ts';
export { createUser, setOfficeMembership } from './people/create-user.ts';
export { addIntegration } from './permissions/add-integration.ts';
export { readPermissions } from './permissions/get-provider-permissions.ts';
export { compilePermissions, holdsPair } from './permissions/permissions.ts';
export { previewChanges } from './permissions/preview-changes.ts';
export { setProviderPermissions } from './permissions/set-provider-permissions.ts';
export { listDay } from './scheduling/scheduling.sql.ts';
export { bringSecondFactor } from './session/second-factor.ts';
export { setUpClinic } from './session/set-up-clinic.ts';
export { type Announcer, createAnnouncer } from './subscriptions/announcer.ts';

export const emrMigrations: string = fileURLToPath(new URL('./migrations', import.meta.url));
export const emrRoles = ['emr_app', 'emr_import'] as const;

export interface EmrOptions {
  /** Database URL of the role emr_app, which serves requests. */
  readonly appUrl: string;
  /** Database URL of the role emr_import: the clinic's data on its way in, and the first set-up. */
  readonly importUrl: string;
  readonly publicUrl: string;
  /** Of each client; 0 or absent: any number. */
  readonly fhirRequestsPerMinute?: number;
  /** The built screens; null serves none. */
  readonly webDirectory: string | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Of reverse proxies in front of it; absent: there are none. */
  readonly trustedProxies?: readonly string[];
  /** Where the audit log's signed checkpoints are kept, and what they are signed with; absent: it is not sealed by this process. */
  readonly auditSeal?: AuditSeal;
  /** 32 bytes that seal secrets of clients and of second factors. */
  readonly sealingKey: Buffer;
  /** Where clients may have changes announced; absent: at public addresses alone. */
  readonly announceTo?: AddressRule;
}

export interface AuditSeal {
  readonly directory: string;
  /** 32 bytes: an Ed25519 key. */
  readonly seed: Buffer;
}

export interface Emr {
  readonly app: FastifyInstance;
  readonly context: EmrContext;
  /** Seals what was recorded until now. Does nothing without `auditSeal`. */
  sealAudit(): Promise<void>;
  close(): Promise<void>;
}

/** Refuses to start on a database role that row-level security would not bind. `app` is ready and does not listen yet. */
export async function createEmr(options: EmrOptions): Promise<Emr> {
  const { clock, log, publicUrl, version, sealingKey, fhirRequestsPerMinute = 0, announceTo = 'public' } = options;
  const pool = createPool(options.appUrl, { max: 20, applicationName: 'tidegate emr', log });
  const recordPool = createPool(options.appUrl, { max: 4, applicationName: 'tidegate emr records', log });
  const importPool = createPool(options.importUrl, { max: 4, applicationName: 'tidegate emr import', log });
  const closePools = () => Promise.all([pool.end(), recordPool.end(), importPool.end()]);
  try {
    await checkRuntimeRole(pool, 'EMR');
    await checkRuntimeRole(importPool, 'EMR import');
    const context: EmrContext = {
      pool,
      recordPool,
      importPool,
      clock,
      log,
      publicUrl,
      version,
      sealingKey,
      announceTo,
    };
    const app = createHttp({ log, trustedProxies: options.trustedProxies });
    auditRequests(app, context);
    registerSession(app, context);
    registerSecondFactor(app, context);
    registerUsers(app, context);
    registerSecurity(app, context);
    registerIntegrations(app, context);
    registerThirdPartyAccess(app, context);
    registerPatients(app, context);
    registerAuditLog(app, context);
    registerScheduling(app, context);
    registerOpenHours(app, context);
    registerChart(app, context);
    await registerOauth(app, context);
    await registerFhir(app, context, { requestsPerMinute: fhirRequestsPerMinute });
    if (options.webDirectory) serveWeb(app, { directory: options.webDirectory });
    await app.ready();
    const { auditSeal } = options;
    const sealer =
      auditSeal && createSealer({ pool, directory: auditSeal.directory, key: signingKey(auditSeal.seed), log });
    sealer?.start();
    return {
      app,
      context,
      sealAudit: async () => sealer?.seal(),
      close: async () => {
        await app.close();
        await sealer?.stop();
        await closePools();
      },
    };
  } catch (error) {
    await closePools();
    throw error;
  }
}

/** The clinics of this installation. */
export function listClinics(context: EmrContext): Promise<Clinic[]> {
  return listTenants(context.pool);
}

/** Compares one clinic's audit log with its chain and its checkpoints, in one snapshot. */
export async function verifyAuditLog(
  { pool }: Pick<EmrContext, 'pool'>,
  tenantId: number,
  { directory, seed }: AuditSeal,
): Promise<Verified> {
  const { checkpoints } = await readCheckpoints(directory, tenantId);
  return inTransaction(pool, (tx) => verifyAudit(tx, tenantId, checkpoints, verifyingKey(signingKey(seed))), {
    isolation: 'repeatable read',
    readOnly: true,
    settings: { 'tidegate.tenant_id': String(tenantId) },
  });
}
