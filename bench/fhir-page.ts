import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEmr } from '../src/emr/index.ts';
import { createPool, type Pool } from '../src/platform/database/db.ts';
import { emrGround } from '../src/services.ts';
import { benchClinic, offices, schedules } from './clinic.ts';
import { fhirToken } from './fhir-token.ts';
import { type BenchInstallation, benchInstallation } from './installation.ts';
import { type BenchOptions, type BenchResult, median, mustBe, rounded, secondsOf } from './measure.ts';

const pageSize = 1000;
const pagesARun = 20;

/**
 * A page of bookings over HTTP, as a client with a token reads it: matrix, both walls, what was withheld, audit. Beside it the limit: the
 * same bookings as text from one bare statement, sent by a bare server of the same process. `ratio` is our rate as a part of that one's.
 */
export async function fhirPage({ bookings, runs }: BenchOptions): Promise<BenchResult> {
  const installation = await benchInstallation();
  try {
    const clinic = await benchClinic(installation, { tenantId: 1042, bookings });
    const emr = await servedEmr(installation);
    const bare = await servedBare(installation.emr, clinic.tenantId);
    try {
      const token = await fhirToken(emr.url, clinic, 'system/*.read');
      const ways = {
        ours: () => entriesOf(`${emr.url}/fhir/Appointment?_count=${pageSize}`, { authorization: `Bearer ${token}` }),
        limit: () => entriesOf(bare.url, {}),
      };
      const expected = Math.min(pageSize, bookings);
      const times: Record<keyof typeof ways, number[]> = { ours: [], limit: [] };
      for (let run = 0; run <= runs; run += 1) {
        for (const [name, way] of Object.entries(ways) as [keyof typeof ways, () => Promise<number>][]) {
          for (let page = 0; page < pagesARun; page += 1) {
            let entries = 0;
            const seconds = await secondsOf(async () => {
              entries = await way();
            });
            mustBe(`Bookings on the page (${name})`, entries, expected);
            // The first round warms up.
            if (run > 0) times[name].push(seconds);
          }
        }
      }
      const { rows } = await installation.emr.query<{ n: number }>(
        `select count(*) as n from access_event where tenant_id = $1 and entity_type = 'Appointment'`,
        [clinic.tenantId],
      );
      mustBe('Records of the pages that were read', rows[0]!.n, (runs + 1) * pagesARun);
      const median_s = median(times.ours);
      const limit_s = median(times.limit);
      return {
        bench: 'fhir-page',
        size: { bookings, on_the_page: expected, offices, schedules },
        runs,
        median_s: rounded(median_s),
        per_s: rounded(1 / median_s),
        limit_s: rounded(limit_s),
        ratio: rounded(limit_s / median_s),
      };
    } finally {
      await bare.close();
      await emr.close();
    }
  } finally {
    await installation.close();
  }
}

async function servedEmr(installation: BenchInstallation) {
  const emr = await createEmr({ ...emrGround(installation), webDirectory: null });
  const url = await emr.app.listen({ host: '127.0.0.1', port: 0 });
  return { url, close: () => emr.close() };
}

/** The statement of the same text with nothing that asks who reads, as the superuser, whom no policy binds. */
async function servedBare(emr: Pool, tenantId: number) {
  const pool = createPool(emr.options.connectionString!, { max: 1, applicationName: 'tidegate bench' });
  const server = createServer((_request, response) => {
    pool
      .query<{ text: string }>({ name: 'bare', text: bareStatement, values: [tenantId, pageSize] })
      .then(({ rows }) => {
        const entries = rows.map(({ text }) => `{"resource":${text},"search":{"mode":"match"}}`);
        response.writeHead(200, { 'content-type': 'application/fhir+json' });
        response.end(`{"resourceType":"Bundle","type":"searchset","entry":[${entries.join(',')}]}`);
      })
      .catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
      await pool.end();
    },
  };
}

const instant = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
const bareStatement = `
  select '{"resourceType":"Appointment","id":"' || appointment_id || '","meta":{"versionId":"' || version_id || '","lastUpdated":"' ||
         ${instant('last_updated')} || '"},"status":"' || status || '"' || coalesce(',"serviceType":[{"text":' || to_json(type_text)::text || '}]', '') ||
         coalesce(',"description":' || to_json(reason)::text, '') || ',"start":"' || ${instant('start_at')} || '","end":"' || ${instant('end_at')} ||
         '","minutesDuration":' || (extract(epoch from end_at - start_at)::integer / 60) || ',"created":"' || ${instant('created_at')} ||
         '","participant":[{"actor":{"reference":"Patient/' || patient_id || '"},"status":"' || participation ||
         '"},{"actor":{"reference":"Practitioner/' || provider_id || '"},"status":"accepted"},{"actor":{"reference":"Location/' || office_id ||
         '"},"status":"accepted"}]}' as text
    from appointment where tenant_id = $1 order by appointment_id limit $2`;

/** How many entries the answer has: it is read to its end and parsed, as a client does. */
async function entriesOf(url: string, headers: Record<string, string>): Promise<number> {
  const answer = await fetch(url, { headers });
  if (answer.status !== 200) throw new Error(`A page was answered ${answer.status}.`);
  const { entry = [] } = (await answer.json()) as { entry?: { search: { mode: string } }[] };
  return entry.filter(({ search }) => search.mode === 'match').length;
}
