// The demo clinic, made by the use cases that the screens call: there is no second way in. Its integration user lacks cells for
// some providers, so that each published symptom is there to be found.
import { join } from 'node:path';
import { createSyncWorker, features, findRun, requestRun, saveSettings } from '../connect/index.ts';
import {
  addIntegration,
  bringSecondFactor,
  createEmr,
  createUser,
  type EmrContext,
  importFiles,
  listClinics,
  readPermissions,
  setOfficeMembership,
  setProviderPermissions,
  setUpClinic,
} from '../emr/index.ts';
import { allColumns, columnSet } from '../fhir/columns.ts';
import type { Clock } from '../platform/clock.ts';
import { createPool } from '../platform/database/db.ts';
import type { Log } from '../platform/log.ts';
import { problem } from '../platform/problem.ts';
import { addDays, todayIn } from '../platform/zones.ts';
import {
  bringSecondFactor as bringPortalFactor,
  createPortal,
  createPortalUser,
  isAnySiteSetUp,
  setUpFirstSite,
} from '../portal/index.ts';
import { demoSecondFactor } from './demo-authenticator.ts';
import { demoOffices, demoProviders, writeDemoFiles } from './demo-clinic.ts';

export interface DemoSurroundings {
  readonly config: {
    readonly dataDir: string;
    readonly urls: { readonly emr: string; readonly portal: string };
  };
  readonly roles: {
    readonly emrApp: string;
    readonly emrImport: string;
    readonly portalApp: string;
    readonly connectApp: string;
    readonly portalSync: string;
  };
  readonly sealingKey: Buffer;
  readonly emrSealingKey: Buffer;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
}

export interface DemoTold {
  readonly signIns: readonly {
    readonly app: string;
    readonly username: string;
    readonly password: string;
    readonly who: string;
  }[];
  /** Family name of the provider who is not on the Patients page. */
  readonly missingProvider: string;
  readonly integrationUser: string;
}

const tenantId = 1042;
const clinic = 'Saltmarsh Family Clinic';
const zone = 'America/Vancouver';
export const demoPassword = 'saltmarsh-demo-2026';

export const demoTold: DemoTold = {
  signIns: [
    { app: 'EMR          ', username: 'ada', password: demoPassword, who: 'Ada Placeholder, EMR administrator' },
    {
      app: 'EMR          ',
      username: 'robin',
      password: demoPassword,
      who: 'Robin Standin, front desk: Lantern Hill without Dr. Quill',
    },
    { app: 'EMR          ', username: 'blair', password: demoPassword, who: 'Blair Makeshift, EMR administrator too' },
    {
      app: 'EMR          ',
      username: 'user-a',
      password: demoPassword,
      who: 'User A: Marigold Square without Dr. Fabricado',
    },
    { app: 'EMR          ', username: 'user-b', password: demoPassword, who: 'User B: Dr. Fabricado alone' },
    {
      app: 'Cloud Connect',
      username: 'sam@saltmarsh.example',
      password: demoPassword,
      who: 'Sam Sampleton, Site Admin',
    },
    { app: 'Portal       ', username: 'jo@saltmarsh.example', password: demoPassword, who: 'Jo Standish-Test, member' },
  ],
  missingProvider: 'Wobbleton',
  integrationUser: `OceanAPI${tenantId}`,
};

async function withApps<T>(
  surroundings: DemoSurroundings,
  work: (emr: EmrContext, portal: Awaited<ReturnType<typeof createPortal>>['context']) => Promise<T>,
): Promise<T> {
  const { config, roles, clock, log, version, emrSealingKey, sealingKey } = surroundings;
  const ground = { webDirectory: null, clock, log, version };
  const emr = await createEmr({
    ...ground,
    appUrl: roles.emrApp,
    importUrl: roles.emrImport,
    publicUrl: config.urls.emr,
    sealingKey: emrSealingKey,
  });
  try {
    const portal = await createPortal({
      ...ground,
      appUrl: roles.portalApp,
      syncUrl: roles.portalSync,
      sealingKey,
      publicUrl: config.urls.portal,
    });
    try {
      return await work(emr.context, portal.context);
    } finally {
      await portal.close();
    }
  } finally {
    await emr.close();
  }
}

/** Whether the EMR has a clinic, or the portal a site. */
export function isSetUp(surroundings: DemoSurroundings): Promise<boolean> {
  return withApps(
    surroundings,
    async (emr, portal) => (await listClinics(emr)).length > 0 || (await isAnySiteSetUp(portal)),
  );
}

/** Makes the demo where there is nothing yet; undefined where there is a clinic that is not the demo's. */
export async function prepareDemo(surroundings: DemoSurroundings): Promise<DemoTold | undefined> {
  return withApps(surroundings, async (emr, portal) => {
    const clinics = await listClinics(emr);
    const anySite = await isAnySiteSetUp(portal);
    if (clinics.length > 0 || anySite) {
      if (!clinics.some((one) => one.tenantId === tenantId && one.name === clinic)) return undefined;
      // The portal's half is made last. Without it the first start was stopped, and credentials shown once are lost with it.
      if (!anySite)
        throw problem('conflict', 'import.problem.demo-half-made', { directory: surroundings.config.dataDir });
      return demoTold;
    }
    const { clock, config, sealingKey, roles, log } = surroundings;
    const directory = join(config.dataDir, 'demo');
    const [first] = demoOffices;
    const { administratorId } = await setUpClinic(
      emr,
      {
        tenantId,
        clinicName: clinic,
        officeName: first.name,
        zone,
        username: 'ada',
        displayName: 'Ada Placeholder',
        password: demoPassword,
      },
      { officeId: first.id },
    );
    await writeDemoFiles({ seed: 1042, day: todayIn(zone, clock), directory });
    await importFiles(emr, { tenantId, paths: [directory], encounters: false });

    const ada = { tenantId, userId: administratorId };
    const officeIds = demoOffices.map((office) => office.id);
    await setOfficeMembership(emr, ada, ada.userId, officeIds);
    const pairs = demoProviders.flatMap((provider) =>
      provider.offices.map((n) => ({ officeId: demoOffices[n]!.id as string, providerId: provider.id })),
    );
    const grant = async (
      userId: string,
      rows: readonly { officeId: string; providerId: string; columns: number; accessUntilDay: string | null }[],
      context = emr,
    ) => {
      const { version } = await readPermissions(context, ada, userId);
      await setProviderPermissions(context, ada, { userId, version, changes: [...rows] });
    };
    await grant(
      ada.userId,
      pairs.map((pair) => ({ ...pair, columns: allColumns, accessUntilDay: null })),
    );
    const staffed = async (
      user: { username: string; displayName: string; kind: 'administrator' | 'staff'; officeIds: string[] },
      holds: (pair: { officeId: string; providerId: string }) => boolean,
    ) => {
      const { userId } = await createUser(emr, ada, { ...user, password: demoPassword });
      await grant(
        userId,
        pairs.filter(holds).map((pair) => ({ ...pair, columns: allColumns, accessUntilDay: null })),
      );
      return userId;
    };
    const marigold = demoOffices[2].id;
    const blairId = await staffed(
      { username: 'blair', displayName: 'Blair Makeshift', kind: 'administrator', officeIds },
      () => true,
    );
    for (const [username, userId] of [
      ['ada', ada.userId],
      ['blair', blairId],
    ] as const)
      await bringSecondFactor(emr, ada, { userId, secret: demoSecondFactor(username) });
    await staffed(
      { username: 'robin', displayName: 'Robin Standin', kind: 'staff', officeIds: [first.id] },
      ({ officeId, providerId }) => officeId === first.id && providerId !== 'quill',
    );
    await staffed(
      { username: 'user-a', displayName: 'User A', kind: 'staff', officeIds: [marigold] },
      ({ officeId, providerId }) => officeId === marigold && providerId !== 'fabricado',
    );
    await staffed(
      { username: 'user-b', displayName: 'User B', kind: 'staff', officeIds: [marigold] },
      ({ officeId, providerId }) => officeId === marigold && providerId === 'fabricado',
    );

    const integration = await addIntegration(emr, ada, { name: 'Cloud Connect', officeIds });
    const missing: Readonly<Record<string, number>> = {
      wobbleton: 0,
      fabricado: allColumns & ~columnSet('Patient', 'Scheduling'),
      notreally: allColumns & ~columnSet('Patient'),
      thistlewick: allColumns & ~columnSet('EMR', 'Labs'),
    };
    await grant(
      integration.user.userId,
      pairs
        .filter((pair) => missing[pair.providerId] !== 0 && pair.providerId !== 'marmalade')
        .map((pair) => ({ ...pair, columns: missing[pair.providerId] ?? allColumns, accessUntilDay: null })),
    );
    // The locum's access was given a month ago for a fortnight, and has lapsed since.
    const monthAgo: Clock = { now: () => new Date(clock.now().getTime() - 30 * 86_400_000) };
    const ended = addDays(todayIn(zone, clock), -14);
    await grant(
      integration.user.userId,
      [{ officeId: first.id, providerId: 'marmalade', columns: allColumns, accessUntilDay: ended }],
      { ...emr, clock: monthAgo },
    );

    const { userId: sam } = await setUpFirstSite(portal, {
      siteId: tenantId,
      siteName: clinic,
      zone,
      phone: '604-555-0100',
      email: 'sam@saltmarsh.example',
      displayName: 'Sam Sampleton',
      password: demoPassword,
    });
    const secret = demoSecondFactor('sam@saltmarsh.example');
    await bringPortalFactor(portal, { siteId: tenantId, userId: sam, secret });
    await createPortalUser(
      portal,
      { siteId: tenantId, userId: sam },
      {
        email: 'jo@saltmarsh.example',
        displayName: 'Jo Standish-Test',
        password: demoPassword,
        role: 'member',
      },
    );
    const connectPool = createPool(roles.connectApp, { max: 1, applicationName: 'tidegate demo' });
    try {
      const { connectionId } = await saveSettings(
        { pool: connectPool, sealingKey },
        { siteId: tenantId, userId: sam },
        {
          name: 'saltmarsh',
          baseUrl: integration.fhirBaseUrl,
          clientId: integration.clientId,
          clientSecret: integration.clientSecret,
          windowDays: 14,
          intervalMinutes: 30,
          absenceIsDeletion: false,
          selectNewProviders: false,
          features: [...features],
          // Dre Sansnom is new: nobody has selected her yet.
          selectedProviderIds: demoProviders.map((provider) => provider.id).filter((id) => id !== 'sansnom'),
        },
        { version: '0' },
      );
      const worker = createSyncWorker({ syncUrl: roles.portalSync, sealingKey, clock, log });
      try {
        const { runId } = await requestRun(worker.context, {
          siteId: tenantId,
          connectionId,
          mode: 'full',
          requestedBy: null,
        });
        // Where no worker serves the clinic yet the run is carried out here; where one does, it may be at it already and is waited for.
        await worker.drain();
        for (let look = 0; look < 300; look += 1) {
          const run = await findRun(worker.context, { siteId: tenantId, connectionId, runId });
          if (run && run.state !== 'queued' && run.state !== 'running') break;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      } finally {
        await worker.stop();
      }
    } finally {
      await connectPool.end();
    }
    return demoTold;
  });
}
