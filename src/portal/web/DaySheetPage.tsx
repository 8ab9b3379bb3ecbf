import { Button } from '@mantine/core';
import { IconPrinter } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatDate } from '../../language/dates.ts';
import { DateField } from '../../ui/DateField.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { BookingStatus } from './BookingStatus.tsx';
import { type DayFilter, writeDayFilter } from './day-filter.ts';
import { type DayGroup, groupsOf, isReadInFull } from './day-groups.ts';
import { useDaySheet } from './day-queries.ts';
import { Freshness } from './Freshness.tsx';
import { ScheduleNotices } from './ScheduleNotices.tsx';
import { useMe } from './session.ts';

function Sheet({
  group,
  date,
  today,
  searching,
}: {
  group: DayGroup;
  date: string;
  today: string;
  searching: boolean;
}) {
  const t = useT();
  const language = useLanguage();
  const me = useMe();
  const { schedule, bookings } = group;
  const whole = isReadInFull(schedule) && !searching;
  const notices = <ScheduleNotices group={group} date={date} today={today} searching={searching} />;
  const heading = `sheet ${group.key}`.replaceAll(/\s/g, '-');
  return (
    <section className="card sheet" aria-labelledby={heading}>
      <header>
        <h2 id={heading} className="grow">
          {schedule.providerDisplay}
          <span className="muted"> · {schedule.officeName}</span>
        </h2>
        <Freshness schedule={schedule} today={today} />
      </header>
      <p className="sheet-day s13 muted">
        {formatDate(language, date, 'long')} · {me.data?.siteName}
      </p>
      {bookings.length > 0 && (
        <table className="data sheet-rows" aria-labelledby={heading}>
          <thead>
            <tr>
              <th scope="col">{t('portal.list.time')}</th>
              <th scope="col">{t('portal.list.patient')}</th>
              <th scope="col" className="sheet-type">
                {t('portal.list.type')}
              </th>
              <th scope="col">{t('portal.list.status')}</th>
            </tr>
          </thead>
          <tbody>
            {bookings.map((booking) => (
              <tr key={booking.bookingId}>
                <td className="nowrap">
                  {booking.start}–{booking.end}
                </td>
                <th scope="row">
                  <strong>{booking.patient?.display ?? t('portal.list.no-patient')}</strong>
                  {booking.patient?.birthDate != null && (
                    <span className="small faint">
                      {' '}
                      {t('portal.list.born', { date: formatDate(language, booking.patient.birthDate, 'day') })}
                    </span>
                  )}
                </th>
                <td className="sheet-type">{booking.type ?? '–'}</td>
                <td>
                  <BookingStatus booking={booking} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="pad stack g1 s13">
        {whole ? (
          <>
            {bookings.length === 0 && notices}
            <p className="muted">{t('portal.sheet.all-here')}</p>
          </>
        ) : (
          <>
            <h3>{t('portal.sheet.not-here')}</h3>
            {notices}
            {searching && <p>{t('portal.sheet.searched')}</p>}
          </>
        )}
      </div>
    </section>
  );
}

/** *Day Sheet*: the day on paper, a page for each provider, with what is not on it and why. */
export function DaySheetPage({
  filter,
  onChange,
}: {
  filter: DayFilter;
  onChange: (change: Partial<DayFilter>) => void;
}) {
  const t = useT();
  const { data: sheet, error, refetch } = useDaySheet(filter);
  const groups = sheet ? groupsOf(sheet, filter) : [];
  return (
    <Page
      title={t('portal.nav.day-sheet')}
      actions={
        <>
          {sheet && (
            <DateField
              label={t('portal.nav.day-sheet')}
              hideLabel
              steps
              value={filter.date ?? sheet.today}
              onChange={(date) => date !== '' && onChange({ date: date === sheet.today ? undefined : date })}
            />
          )}
          <Button component={Link} to="/" search={writeDayFilter(filter) as never}>
            {t('portal.sheet.back')}
          </Button>
          <Button
            variant="filled"
            leftSection={<IconPrinter size={16} stroke={1.75} aria-hidden />}
            disabled={groups.length === 0}
            onClick={() => window.print()}
          >
            {t('portal.sheet.print')}
          </Button>
        </>
      }
    >
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!sheet && !error && <LoadingBlock />}
      {sheet && groups.length === 0 && <EmptyState withheld reason={t('portal.empty')} who={t('portal.empty.who')} />}
      {sheet &&
        groups.map((group) => (
          <Sheet
            key={group.key}
            group={group}
            date={sheet.date}
            today={sheet.today}
            searching={filter.search !== undefined}
          />
        ))}
    </Page>
  );
}
