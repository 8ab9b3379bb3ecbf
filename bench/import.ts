import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createEmr, importFiles } from '../src/emr/index.ts';
import { emrGround } from '../src/services.ts';
import { clinicSize, offices } from './clinic.ts';
import { benchFolder, benchInstallation } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const providers = 18;
const mayBook = (office: number, provider: number): boolean => (office + provider) % 3 === 0;

/** NDJSON files of a whole clinic into an empty one: from the first byte read to the commit, all of it validated. */
export async function importBench({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const { patients } = clinicSize(bookings);
  const installation = await benchInstallation();
  const folder = await benchFolder();
  try {
    const file = join(folder.path, 'clinic.ndjson');
    await pipeline(Readable.from(lines(bookings, patients)), createWriteStream(file));
    const emr = await createEmr({ ...emrGround(installation), webDirectory: null });
    try {
      const times: number[] = [];
      for (let run = 0; run < runs; run += 1) {
        const tenantId = 3001 + run;
        await installation.emr.query(`insert into tenant (tenant_id, name) values ($1, 'Bench')`, [tenantId]);
        await installation.emr.query('checkpoint');
        times.push(
          await secondsOf(async () => {
            const { types, broken } = await importFiles(emr.context, { tenantId, paths: [file], encounters: false });
            if (broken.total > 0) throw new Error(`${broken.total} lines could not be read.`);
            mustBe('Bookings created by the import', types['Appointment']?.created ?? 0, bookings);
          }),
        );
        const { rows } = await installation.emr.query<{ n: number }>(
          'select count(*) as n from appointment join patient using (tenant_id, patient_id) where tenant_id = $1',
          [tenantId],
        );
        mustBe('Bookings in the EMR', rows[0]!.n, bookings);
      }
      const median_s = median(times);
      return {
        bench: 'import',
        size: { bookings, patients, offices },
        runs,
        median_s: rounded(median_s),
        per_s: Math.round(bookings / median_s),
        limit_s: null,
        ratio: null,
        runs_s: times.map(rounded),
      };
    } finally {
      await emr.close();
    }
  } finally {
    await folder.remove();
    await installation.close();
  }
}

function* lines(bookings: number, patients: number): Generator<string> {
  for (const batch of batches(resources(bookings, patients), 500)) {
    yield batch.map((resource) => `${JSON.stringify(resource)}\n`).join('');
  }
}

function* batches<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const one of all) {
    batch.push(one);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function* resources(bookings: number, patients: number): Generator<object> {
  const reference = (type: string, id: string) => ({ reference: `${type}/${id}` });
  const pairs: { office: string; provider: string }[] = [];
  for (let o = 1; o <= offices; o += 1) {
    yield { resourceType: 'Location', id: `o${o}`, status: 'active', name: `Office ${o}`, mode: 'instance' };
  }
  for (let p = 1; p <= providers; p += 1) {
    yield {
      resourceType: 'Practitioner',
      id: `p${p}`,
      active: true,
      name: [{ family: `Number${p}`, given: ['Fictitious'], prefix: ['Dr.'] }],
    };
    for (let o = 1; o <= offices; o += 1) {
      if (!mayBook(o, p)) continue;
      pairs.push({ office: `o${o}`, provider: `p${p}` });
      yield {
        resourceType: 'Schedule',
        id: `s-${o}-${p}`,
        active: true,
        actor: [reference('Practitioner', `p${p}`), reference('Location', `o${o}`)],
      };
    }
  }
  for (let n = 0; n < patients; n += 1) {
    yield {
      resourceType: 'Patient',
      id: `patient-${n}`,
      active: true,
      name: [{ family: `Madeup${n % 977}`, given: [`Mara${n % 89}`] }],
      telecom: [
        { system: 'phone', value: '604-555-0117' },
        { system: 'email', value: `mara${n}@mail.example` },
      ],
      gender: 'female',
      birthDate: `${1940 + (n % 80)}-0${1 + (n % 9)}-1${n % 10}`,
    };
  }
  const first = Date.UTC(2026, 0, 5, 16);
  for (let n = 0; n < bookings; n += 1) {
    const { office, provider } = pairs[n % pairs.length]!;
    const start = first + (n % 90) * 86_400_000 + ((n * 7919) % 97) * 300_000;
    yield {
      resourceType: 'Appointment',
      id: `appointment-${n}`,
      status: 'booked',
      serviceType: [{ text: 'Recheck' }],
      start: new Date(start).toISOString(),
      end: new Date(start + 900_000).toISOString(),
      participant: [
        { actor: reference('Patient', `patient-${n % patients}`), status: 'needs-action' },
        { actor: reference('Practitioner', provider), status: 'accepted' },
        { actor: reference('Location', office), status: 'accepted' },
      ],
    };
  }
}
