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
import { BookingActions } from './BookingActions.tsx';
import { BookingStatus } from './BookingStatus.tsx';
import { type DayFilter, isNarrowed, writeDayFilter } from './day-filter.ts';
import { type DayGroup, groupsOf, isDayKnown, isReadInFull, notShownOf } from './day-groups.ts';
import { useDaySheet } from './day-queries.ts';
import { Freshness } from './Freshness.tsx';
import { NotShown } from './NotShown.tsx';
import { ScheduleNotices } from './ScheduleNotices.tsx';
import { useMe } from './session.ts';
import { WriteBackSign } from './WriteBackSign.tsx';

function SheetRows({ group, labelledBy, today }: { group: DayGroup; labelledBy: string; today: string }) {
  const t = useT();
  const language = useLanguage();
  return (
    <table className="data sheet-rows" aria-labelledby={labelledBy}>
      <thead>
        <tr>
          <th scope="col">{t('portal.list.time')}</th>
          <th scope="col">{t('portal.list.patient')}</th>
          <th scope="col">{t('portal.list.type')}</th>
          <th scope="col">{t('portal.list.status')}</th>
          {/* For a pen. */}
          <th scope="col" className="on-paper">
            {t('portal.status.seen')}
          </th>
        </tr>
      </thead>
      <tbody>
        {group.bookings.map((booking) => (
          <tr key={booking.bookingId}>
            <td className="nowrap">
              <strong>{booking.start}</strong>
              <span className="small muted">–{booking.end}</span>
            </td>
            <th scope="row">
              <strong>{booking.patient?.display ?? t('portal.list.no-patient')}</strong>
              {booking.patient?.birthDate != null && (
                <span className="small muted">
                  {' '}
                  {t('portal.list.born', { date: formatDate(language, booking.patient.birthDate, 'day') })}
                </span>
              )}
            </th>
            <td>{booking.type ?? '–'}</td>
            <td>
              <span className="row sheet-status">
                <span className="grow">
                  <BookingStatus booking={booking} />
                  <WriteBackSign booking={booking} today={today} />
                </span>
                <BookingActions booking={booking} />
              </span>
            </td>
            <td className="on-paper">
              <span className="pen-box" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

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
  const whole = isReadInFull(schedule) && isDayKnown(group, date, today) && !searching;
  const notices = <ScheduleNotices group={group} date={date} today={today} searching={searching} />;
  const heading = `sheet ${group.key}`.replaceAll(/\s/g, '-');
  return (
    <section className="card sheet" aria-labelledby={heading}>
      <header>
        <div className="grow">
          <p className="small muted">
            {t('portal.nav.day-sheet')} · {me.data?.siteName}
          </p>
          <h2 id={heading}>{schedule.providerDisplay}</h2>
        </div>
        <p className="sheet-day">
          <strong>{formatDate(language, date, 'long')}</strong>
          <span className="small muted">
            {schedule.officeName}
            {bookings.length > 0 && ` · ${t('portal.providers.count', { count: bookings.length })}`}
          </span>
        </p>
      </header>
      <div className="sheet-fresh">
        <Freshness group={group} date={date} today={today} />
      </div>
      {bookings.length > 0 && <SheetRows group={group} labelledBy={heading} today={today} />}
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
        <p className="small muted printonly">{t('portal.sheet.confidential')}</p>
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
  const notShown = sheet ? notShownOf(sheet, filter) : [];
  return (
    <Page
      title={t('portal.nav.day-sheet')}
      width="narrow"
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
      {sheet && groups.length === 0 && notShown.length === 0 && (
        <EmptyState withheld reason={t('portal.empty')} who={t('portal.empty.who')} />
      )}
      {sheet &&
        groups.map((group) => (
          <Sheet key={group.key} group={group} date={sheet.date} today={sheet.today} searching={isNarrowed(filter)} />
        ))}
      <NotShown schedules={notShown} />
    </Page>
  );
}
