// The chart's surfaces of the mask proof: each looks at the chart in its own way and says what it saw.
import { readChart } from '../../src/emr/chart/read-chart.ts';
import type { Chart, ChartTabs } from '../../src/emr/contract/chart.ts';
import { chartEntries, contentOf } from '../../src/emr/fhir/test-chart-records.ts';
import { clinicId, patients, type TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import type { Problem } from '../../src/platform/problem.ts';
import { type ChartSeen, type ChartType, chartTypes } from './chart-reference.ts';

export interface ChartSurface {
  readonly name: string;
  look(): Promise<Partial<ChartSeen>>;
}

interface Resource {
  readonly resourceType: string;
  readonly id: string;
}
interface Bundle {
  readonly entry?: readonly { readonly resource: Resource; readonly search: { readonly mode: string } }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

const exported = chartTypes.filter((type) => type !== 'Binary');
const sorted = (ids: readonly string[]): string[] => [...ids].sort();

function seenIn(resources: readonly Resource[], types: readonly ChartType[]): Partial<ChartSeen> {
  const masked = resources.filter((one) => JSON.stringify(one).includes('"valueCode":"masked"'));
  return {
    ...Object.fromEntries(
      types.map((type) => [type, sorted(resources.filter((one) => one.resourceType === type).map(({ id }) => id))]),
    ),
    // Only who looks at all of them can say which are masked.
    ...(exported.every((type) => types.includes(type))
      ? { masked: sorted(masked.map((one) => `${one.resourceType}/${one.id}`)) }
      : {}),
  };
}

export function chartSurfaces({ app, context, owner }: TestClinic, token: string): ChartSurface[] {
  const ask = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'POST' = 'GET') =>
    app.inject({
      method,
      url: url.replace(/^http:\/\/emr\.test/, ''),
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
  const found = async (url: string): Promise<Resource[]> => {
    const all: Resource[] = [];
    let next: string | undefined = url;
    while (next) {
      const answer = await ask(next);
      if (answer.statusCode !== 200) throw new Error(`${next}: ${answer.statusCode} ${answer.body}`);
      const bundle: Bundle = answer.json();
      all.push(...(bundle.entry ?? []).filter(({ search }) => search.mode === 'match').map(({ resource }) => resource));
      next = bundle.link?.find(({ relation }) => relation === 'next')?.url;
    }
    return all;
  };
  /** Entries by what `read` answers for each of their ids: 200, or 404 as if they were not there. */
  const readable = async (read: (id: string) => ReturnType<typeof ask>) => {
    const answers = await Promise.all(chartEntries.map(async ({ id }) => ({ id, answer: await read(id) })));
    const odd = answers.find(({ answer }) => answer.statusCode !== 200 && answer.statusCode !== 404);
    if (odd) throw new Error(`${odd.id}: ${odd.answer.statusCode} ${odd.answer.body}`);
    return answers.filter(({ answer }) => answer.statusCode === 200);
  };
  const eachType = async (types: readonly ChartType[], look: (type: ChartType) => Promise<Resource[]>) =>
    seenIn((await Promise.all(types.map(look))).flat(), types);
  return [
    { name: 'search', look: () => eachType(chartTypes, (type) => found(`/fhir/${type}`)) },
    { name: 'pages of 2', look: () => eachType(chartTypes, (type) => found(`/fhir/${type}?_count=2`)) },
    {
      name: 'search by patient',
      look: () =>
        eachType(exported, async (type) =>
          (await Promise.all(patients.map(({ id }) => found(`/fhir/${type}?patient=${id}`)))).flat(),
        ),
    },
    {
      name: 'read',
      look: () =>
        eachType(exported, async (type) =>
          (await readable((id) => ask(`/fhir/${type}/${id}`))).map(({ answer }) => answer.json<Resource>()),
        ),
    },
    {
      name: 'content',
      look: async () => {
        const read = await readable((id) => ask(`/fhir/Binary/${id}`));
        const wrong = read.find(({ id, answer }) => !answer.rawPayload.equals(contentOf(id)));
        if (wrong) throw new Error(`${wrong.id}: other bytes than were filed`);
        return { Binary: sorted(read.map(({ id }) => id)) };
      },
    },
    {
      name: 'export',
      look: async () => {
        const started = await ask('/fhir/$export', { prefer: 'respond-async' });
        const manifest = (await ask(String(started.headers['content-location']))).json<{
          output: { type: string; url: string }[];
        }>();
        const files = manifest.output.filter(({ type }) => exported.some((one) => one === type));
        const bodies = await Promise.all(files.map(async ({ url }) => (await ask(url)).body));
        const lines = bodies.flatMap((body) => body.split('\n').filter((line) => line !== ''));
        return seenIn(
          lines.map((line) => JSON.parse(line) as Resource),
          exported,
        );
      },
    },
    {
      name: 'what was saved for Ocean',
      look: async () => {
        await owner.query('delete from saved_for_ocean');
        await owner.query(
          `insert into saved_for_ocean (tenant_id, item_type, item_id, patient_id, office_id, provider_id, saved_by, saved_at, expires_at)
           select tenant_id, 'DocumentReference', document_id, patient_id, office_id, provider_id, 'service', now(), now() + interval '1 hour' from document
           union all
           select tenant_id, 'DiagnosticReport', report_id, patient_id, office_id, provider_id, 'service', now(), now() + interval '1 hour' from diagnostic_report`,
        );
        const answers = await Promise.all(
          patients.map(({ id }) => ask(`/fhir/Patient/${id}/$saved-for-ocean`, {}, 'POST')),
        );
        const odd = answers.find(({ statusCode }) => statusCode !== 200 && statusCode !== 404);
        if (odd) throw new Error(`$saved-for-ocean: ${odd.statusCode} ${odd.body}`);
        const resources = answers
          .filter(({ statusCode }) => statusCode !== 404)
          .flatMap((answer) => answer.json<Bundle>().entry!.map(({ resource }) => resource));
        return seenIn(resources, ['DocumentReference', 'DiagnosticReport', 'Observation']);
      },
    },
    {
      name: 'the chart of the EMR’s own screens',
      look: async () => {
        const actor = { tenantId: clinicId, userId: 'service' };
        const charts: Chart[] = [];
        for (const { id } of patients) {
          try {
            charts.push(await readChart(context, actor, id));
          } catch (error) {
            if ((error as Problem).kind !== 'not-found') throw error;
          }
        }
        return seenInCharts(charts);
      },
    },
  ];
}

/** What charts, as the EMR’s own screens have them, show. */
export function seenInCharts(charts: readonly ChartTabs[]): Partial<ChartSeen> {
  const of = <T>(list: (chart: ChartTabs) => readonly T[], idOf: (one: T) => string) =>
    sorted(charts.flatMap((chart) => list(chart).map(idOf)));
  const documents = of(
    (chart) => chart.documents.entries,
    (one) => one.documentId,
  );
  const counted = charts.flatMap((chart) => chart.documents.folders).reduce((sum, { count }) => sum + count, 0);
  return {
    // A count is a list too: one that says more than is shown is a leak.
    DocumentReference: counted === documents.length ? documents : [...documents, `${counted} counted in folders`],
    Encounter: of(
      (chart) => chart.notes.entries,
      (one) => one.noteId,
    ),
    DiagnosticReport: of(
      (chart) => chart.results.entries,
      (one) => one.reportId,
    ),
    Observation: of(
      (chart) => chart.results.entries.flatMap(({ values }) => values),
      (one) => one.observationId,
    ),
    Account: of(
      (chart) => chart.bills.accounts,
      (one) => one.accountId,
    ),
    ChargeItem: of(
      (chart) => chart.bills.entries,
      (one) => one.chargeItemId,
    ),
    Coverage: of(
      (chart) => chart.bills.coverages,
      (one) => one.coverageId,
    ),
  };
}
