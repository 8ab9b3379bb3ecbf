import { IconClockExclamation, IconEyeOff } from '@tabler/icons-react';
import { formatDate } from '../../../language/dates.ts';
import { DataTable } from '../../../ui/DataTable.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { SchedulerWeek } from '../../contract/scheduler.ts';

/** The week of all the schedules of an office, in figures: where to look closer. */
export function WeekOverview({
  week,
  hidden,
  onDay,
  onProvider,
}: {
  week: SchedulerWeek;
  hidden: ReadonlySet<string>;
  onDay: (date: string) => void;
  onProvider: (providerId: string) => void;
}) {
  const t = useT();
  const language = useLanguage();
  if (week.schedules.length === 0) {
    return <EmptyState reason={t('emr.scheduler.nothing-visible')} who={t('emr.scheduler.administrator')} withheld />;
  }
  const shown = week.schedules.filter((one) => !hidden.has(one.providerId));
  if (shown.length === 0) return <EmptyState reason={t('emr.scheduler.all-hidden')} />;
  return (
    <div className="card week-overview">
      <DataTable label={t('scheduler.week-of-office', { office: week.office.name })}>
        <thead>
          <tr>
            <th>{t('emr.book.provider')}</th>
            {week.days.map(({ date, now, clockChange }) => (
              <th key={date} className="num" aria-current={now !== null ? 'date' : undefined}>
                <button type="button" className="as-link" onClick={() => onDay(date)}>
                  <span className="week-head">{formatDate(language, date).split(' ').slice(0, -1).join(' ')}</span>
                </button>
                {clockChange && (
                  <span className="t-amber">
                    {' '}
                    <IconClockExclamation size={14} stroke={1.75} aria-hidden />
                    <span className="vh">{t('scheduler.clock-change', { ...clockChange })}</span>
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ providerId, display, booked }) => (
            <tr key={providerId}>
              <th scope="row">
                <button type="button" className="as-link" onClick={() => onProvider(providerId)}>
                  {display}
                </button>
              </th>
              {booked === null ? (
                <td colSpan={7} className="hatch">
                  <span className="chip">
                    <IconEyeOff size={14} stroke={2} aria-hidden /> {t('emr.scheduler.withheld-short')}
                  </span>
                </td>
              ) : (
                booked.map((count, index) => (
                  <td key={week.days[index]!.date} className="num">
                    {count}
                  </td>
                ))
              )}
            </tr>
          ))}
        </tbody>
      </DataTable>
    </div>
  );
}
