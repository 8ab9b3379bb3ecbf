import {
  IconCheck,
  IconClock,
  IconMinus,
  IconQuestionMark,
  IconUserOff,
  IconX,
  type TablerIcon,
} from '@tabler/icons-react';
import { DataTable } from '../../ui/DataTable.tsx';
import { useT } from '../../ui/language.tsx';
import type { CoverageRow, Diagnosis, FeatureState } from '../contract/doctor.ts';
import type { DoctorCell } from './doctor-queries.ts';

const signs: Readonly<Record<FeatureState, TablerIcon>> = {
  works: IconCheck,
  broken: IconX,
  'lapses-soon': IconClock,
  'not-selected': IconUserOff,
  off: IconMinus,
  unknown: IconQuestionMark,
};
const legend = Object.keys(signs) as FeatureState[];

function Sign({ state }: { state: FeatureState }) {
  const Icon = signs[state];
  return (
    <span className="doctor-sign" data-state={state}>
      <Icon size={14} stroke={2} aria-hidden />
    </span>
  );
}

/** Office x provider x feature: what works where. Each cell answers *Why is this missing?* */
export function CoverageMap({
  diagnosis,
  chosen,
  onChoose,
}: {
  diagnosis: Diagnosis;
  chosen: DoctorCell | null;
  onChoose: (cell: DoctorCell) => void;
}) {
  const t = useT();
  const { schedules, features } = diagnosis;
  const offices = [...Map.groupBy(schedules, (row) => row.officeId).values()];
  const cellOf = (row: CoverageRow, feature: DoctorCell['feature']): DoctorCell => ({
    office: row.officeId,
    provider: row.providerId,
    feature,
  });
  const isChosen = (row: CoverageRow) => chosen?.office === row.officeId && chosen.provider === row.providerId;
  return (
    <section className="card" aria-labelledby="map">
      <header className="connect-wrap">
        <h2 id="map" className="grow">
          {t('doctor.map')}
        </h2>
        <span className="small muted">
          {t('doctor.map.size', { schedules: schedules.length, features: features.length })}
        </span>
      </header>
      <div className="doctor-map">
        <DataTable label={t('doctor.map')}>
          <thead>
            <tr>
              <th scope="col">{t('doctor.map.schedule')}</th>
              {features.map((feature) => (
                <th key={feature} scope="col" className="mid">
                  {t(`doctor.short.${feature}`)}
                </th>
              ))}
            </tr>
          </thead>
          {offices.map((rows) => (
            <tbody key={rows[0]!.officeId}>
              <tr className="group">
                <th scope="rowgroup" colSpan={features.length + 1}>
                  {rows[0]!.officeName}
                </th>
              </tr>
              {rows.map((row) => (
                <tr key={row.providerId} data-chosen={isChosen(row) || undefined}>
                  <th scope="row">{row.providerDisplay}</th>
                  {features.map((feature) => (
                    <td key={feature} className="mid">
                      <button
                        type="button"
                        className="doctor-cell"
                        aria-pressed={isChosen(row) && chosen?.feature === feature}
                        aria-label={t('doctor.map.why', {
                          feature: t(`doctor.short.${feature}`),
                          provider: row.providerDisplay,
                          office: row.officeName,
                          state: t(`doctor.state.${row.states[feature]}`),
                        })}
                        onClick={() => onChoose(cellOf(row, feature))}
                      >
                        <Sign state={row.states[feature]} />
                      </button>
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          ))}
        </DataTable>
      </div>
      <ul className="doctor-legend small">
        {legend.map((state) => (
          <li key={state} className="row">
            <Sign state={state} /> {t(`doctor.state.${state}`)}
          </li>
        ))}
      </ul>
    </section>
  );
}
