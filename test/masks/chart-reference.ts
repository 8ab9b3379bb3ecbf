// What of a chart a user may see, written from the table in docs/domain.md alone, like reference.ts.
import { holding, type World } from './reference.ts';

export const columnOfType = {
  DocumentReference: 'EMR',
  Binary: 'EMR',
  Encounter: 'EMR',
  DiagnosticReport: 'Labs',
  Observation: 'Labs',
  Account: 'Billing',
  ChargeItem: 'Billing',
  Coverage: 'Billing',
  Task: 'Scheduling',
  QuestionnaireResponse: 'EMR',
  Consent: 'EMR',
} as const;
export type ChartType = keyof typeof columnOfType;
export const chartTypes = Object.keys(columnOfType) as ChartType[];

/** An entry of every type has the same id. */
export interface ChartRecord {
  readonly id: string;
  readonly pair: readonly [office: string, provider: string];
  readonly patient: string;
}

/** Ids by type, sorted; `masked`: entries whose patient is withheld, as Type/id. */
export type ChartSeen = Readonly<Record<ChartType | 'masked', readonly string[]>>;

export function chartReference(world: World, entries: readonly ChartRecord[]): ChartSeen {
  const holds = holding(world);
  const visible = (type: ChartType) => entries.filter(({ pair }) => holds(pair, columnOfType[type]));
  // A Binary names no patient.
  const withPatient = chartTypes.filter((type) => type !== 'Binary');
  return {
    ...(Object.fromEntries(
      chartTypes.map((type) => [
        type,
        visible(type)
          .map(({ id }) => id)
          .sort(),
      ]),
    ) as Record<ChartType, string[]>),
    masked: withPatient
      .flatMap((type) =>
        visible(type)
          .filter(({ pair }) => !holds(pair, 'Patient'))
          .map(({ id }) => `${type}/${id}`),
      )
      .sort(),
  };
}
