import { Link } from '@tanstack/react-router';
import { DataTable } from '../../../ui/DataTable.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import type { Chart } from '../../contract/chart.ts';
import { signs, wordOf } from '../scheduler/booking-signs.ts';
import { useEntries } from './chart.queries.ts';
import { placeWords, timeWords } from './chart-words.ts';
import { TabFrame } from './EntryParts.tsx';

export function AppointmentsTab({ patientId, chart }: { patientId: string; chart: Chart }) {
  const t = useT();
  const language = useLanguage();
  const { entries, tab, ...read } = useEntries(patientId, 'appointments', chart.appointments);
  return (
    <TabFrame tab={tab} read={read} empty={t('chart-page.appointments.none')}>
      {entries.length > 0 && (
        <div className="card rows-table">
          <DataTable label={t('chart-page.tab.appointments')}>
            <thead>
              <tr>
                <th>{t('chart-page.when')}</th>
                <th>{t('chart-page.with')}</th>
                <th>{t('emr.book.type')}</th>
                <th>{t('chart-page.reason')}</th>
                <th>{t('chart-page.state')}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((one) => {
                const state = stateOf(one);
                const { Icon, tone } = signs[state];
                return (
                  <tr key={one.appointmentId}>
                    <th scope="row">
                      <Link to="/" search={{ office: one.officeId, date: one.start.date, booking: one.appointmentId }}>
                        {timeWords(language, one.start)}–{one.end}
                      </Link>
                    </th>
                    <td data-label={t('chart-page.with')}>{placeWords(one)}</td>
                    <td data-label={t('emr.book.type')}>{one.type ?? '–'}</td>
                    <td data-label={t('chart-page.reason')}>{one.reason ?? '–'}</td>
                    <td data-label={t('chart-page.state')}>
                      <StatusChip tone={tone} icon={Icon} label={t(wordOf(state))} />
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </DataTable>
        </div>
      )}
    </TabFrame>
  );
}
