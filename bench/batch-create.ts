import { type BenchClinic, benchClinic, offices, schedules } from './clinic.ts';
import { fhirToken } from './fhir-token.ts';
import { type BenchInstallation, benchInstallation, startProcess } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const bundleSize = 200;
/** Whoever brings many bookings has the next bundle on its way while the last one is carried out. */
const clients = 2;
/** More say nothing more, and a clinic of a million need not be doubled. */
const bookingsAtMost = 20_000;

/**
 * Bookings created by batches of 200 over HTTP, each validated, judged on its pair, looked at for what it overlaps, recorded twice (change
 * and access). Two bundles at a time, and, in turns with that, one at a time: `alone_per_s`. The EMR is a process of its own; nothing is a
 * limit.
 */
export async function batchCreate({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const wanted = Math.min(bookings, bookingsAtMost);
  const installation = await benchInstallation();
  try {
    const clinic = await benchClinic(installation, { tenantId: 1042, bookings });
    const emr = await startProcess(['--services', 'emr'], installation.environment);
    try {
      const { pairs, patients } = await named(installation, clinic);
      let made = 0;
      const seconds = async (ofClients: number): Promise<number> => {
        const bundles = Array.from({ length: Math.ceil(wanted / bundleSize) }, (_, bundle) =>
          bundleOf(Math.min(bundleSize, wanted - bundle * bundleSize), made + bundle * bundleSize, pairs, patients),
        ).values();
        made += wanted;
        const token = await fhirToken(installation.config.urls.emr, clinic, 'system/*.cruds');
        let created = 0;
        const client = async () => {
          for (const bundle of bundles) {
            const count = await createdBy(installation.config.urls.emr, token, bundle);
            created += count;
          }
        };
        const took = await secondsOf(() => Promise.all(Array.from({ length: ofClients }, client)));
        mustBe('Bookings that were created', created, wanted);
        return took;
      };
      const times: number[] = [];
      const timesAlone: number[] = [];
      for (let run = 0; run <= runs; run += 1) {
        const both = [await seconds(clients), await seconds(1)] as const;
        // The first round warms up.
        if (run === 0) continue;
        times.push(both[0]);
        timesAlone.push(both[1]);
      }
      const { rows } = await installation.emr.query<{ n: number }>(
        'select count(*) as n from appointment where tenant_id = $1',
        [clinic.tenantId],
      );
      mustBe('Bookings afterwards', rows[0]!.n, bookings + made);
      const median_s = median(times);
      return {
        bench: 'batch-create',
        size: { bookings, created: wanted, bundle: bundleSize, clients, offices, schedules },
        runs,
        median_s: rounded(median_s),
        per_s: Math.round(wanted / median_s),
        alone_per_s: Math.round(wanted / median(timesAlone)),
        limit_s: null,
        ratio: null,
      };
    } finally {
      await emr.stop();
    }
  } finally {
    await installation.close();
  }
}

interface Named {
  readonly pairs: readonly { readonly officeId: string; readonly providerId: string }[];
  readonly patients: readonly string[];
}

async function named({ emr }: BenchInstallation, { tenantId }: BenchClinic): Promise<Named> {
  const pairs = await emr.query<Named['pairs'][number]>(
    `select office_id as "officeId", provider_id as "providerId" from provider_schedule where tenant_id = $1 order by 1, 2`,
    [tenantId],
  );
  const patients = await emr.query<{ id: string }>(
    'select patient_id as id from patient where tenant_id = $1 order by 1 limit 1000',
    [tenantId],
  );
  return { pairs: pairs.rows, patients: patients.rows.map(({ id }) => id) };
}

/** Far ahead, and no two of a pair at one time. */
function bundleOf(count: number, from: number, pairs: Named['pairs'], patients: readonly string[]): string {
  const entry = Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const { officeId, providerId } = pairs[n % pairs.length]!;
    return {
      resource: {
        resourceType: 'Appointment',
        status: 'booked',
        serviceType: [{ text: 'Recheck' }],
        description: 'Made by a bench',
        start: new Date(Date.UTC(2030, 0, 1, 0, 15 * Math.floor(n / pairs.length))).toISOString(),
        minutesDuration: 15,
        participant: [
          { actor: { reference: `Patient/${patients[n % patients.length]}` }, status: 'needs-action' },
          { actor: { reference: `Practitioner/${providerId}` }, status: 'accepted' },
          { actor: { reference: `Location/${officeId}` }, status: 'accepted' },
        ],
      },
      request: { method: 'POST', url: 'Appointment' },
    };
  });
  return JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
}

async function createdBy(emrUrl: string, token: string, body: string): Promise<number> {
  const answer = await fetch(`${emrUrl}/fhir`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    body,
  });
  if (answer.status !== 200) throw new Error(`A batch was answered ${answer.status}.`);
  const { entry = [] } = (await answer.json()) as { entry?: { response: { status: string } }[] };
  return entry.filter(({ response }) => response.status === '201').length;
}
