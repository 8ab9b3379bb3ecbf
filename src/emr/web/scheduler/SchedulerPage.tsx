import { ActionIcon, Button, Select } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { dayAfter } from '../../../ui/day-after.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import type { MyOffice, SchedulerDay } from '../../contract/scheduler.ts';
import { zoneName } from '../office-time.ts';
import { BookDialog } from './BookDialog.tsx';
import { BookingPanel } from './BookingPanel.tsx';
import { DayGrid } from './DayGrid.tsx';
import type { Time } from './ScheduleColumn.tsx';
import { SchedulerSide } from './SchedulerSide.tsx';
import { useDay, useOffices } from './scheduler.queries.ts';

export interface SchedulerPlace {
  readonly officeId: string;
  readonly date: string;
}

/** The scheduler: one office's day. Without an office in the address, the first; without a date, the office's today. */
export function SchedulerPage({
  officeId,
  date,
  chosen,
  onGo,
}: {
  officeId: string | undefined;
  date: string | undefined;
  /** A booking whose panel is open at first. */
  chosen: string | undefined;
  onGo: (place: SchedulerPlace) => void;
}) {
  const t = useT();
  const offices = useOffices();
  if (offices.isPending) return <LoadingBlock />;
  const office = offices.data?.find((one) => one.officeId === officeId) ?? offices.data?.[0];
  if (!office) {
    return (
      <Page title={t('emr.nav.scheduler')}>
        {offices.isError ? (
          <ErrorState problem={offices.error} onRetry={() => void offices.refetch()} />
        ) : (
          <EmptyState reason={t('emr.scheduler.no-office')} who={t('emr.scheduler.administrator')} />
        )}
      </Page>
    );
  }
  return (
    <OfficeDay
      key={office.officeId}
      offices={offices.data ?? []}
      office={office}
      date={date ?? office.today}
      chosenFirst={chosen}
      onGo={onGo}
    />
  );
}

function OfficeDay({
  offices,
  office,
  date,
  chosenFirst,
  onGo,
}: {
  offices: readonly MyOffice[];
  office: MyOffice;
  date: string;
  chosenFirst: string | undefined;
  onGo: (place: SchedulerPlace) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const day = useDay(office, date);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [booking, setBooking] = useState<{ providerId?: string; time?: Time } | undefined>();
  const [chosen, setChosen] = useState(chosenFirst);
  const goDay = (next: string | undefined) => {
    setChosen(undefined);
    if (next !== undefined) onGo({ officeId: office.officeId, date: next });
  };
  const found = day.data?.schedules
    .flatMap((schedule) => schedule.appointments.map((appointment) => ({ schedule, appointment })))
    .find(({ appointment }) => appointment.appointmentId === chosen);
  const bookable = day.data?.schedules.some((schedule) => !schedule.bookingsWithheld) ?? false;
  return (
    <div className={found ? 'scheduler with-booking' : 'scheduler'}>
      <SchedulerSide
        offices={offices}
        office={office}
        date={date}
        schedules={day.data?.schedules ?? []}
        hidden={hidden}
        onOffice={(officeId) => onGo({ officeId, date })}
        onDate={goDay}
        onHide={setHidden}
      />
      <Page
        windowTitle={t('emr.nav.scheduler')}
        title={
          <span className="row wrap">
            <span className="day-title">{formatDate(language, date, 'long')}</span>
            <span className="s13 muted day-of">
              {office.name} · {zoneName(language, office.zone)}
            </span>
          </span>
        }
        actions={
          <>
            <ActionIcon aria-label={t('frame.date.previous')} onClick={() => goDay(dayAfter(date, -1))}>
              <IconChevronLeft size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
            <Button onClick={() => goDay(office.today)}>{t('emr.scheduler.today')}</Button>
            <ActionIcon aria-label={t('frame.date.next')} onClick={() => goDay(dayAfter(date, 1))}>
              <IconChevronRight size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
            <Button
              variant="filled"
              disabled={!bookable}
              leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
              onClick={() => setBooking({})}
            >
              {t('emr.scheduler.book')}
            </Button>
          </>
        }
      >
        {day.isError && <ErrorState problem={day.error} onRetry={() => void day.refetch()} />}
        {!day.data && !day.isError && <LoadingBlock />}
        {day.data && (
          <Day
            day={day.data}
            hidden={hidden}
            chosen={chosen}
            onChoose={setChosen}
            onBook={(providerId, time) => setBooking({ providerId, time })}
          />
        )}
      </Page>
      {found && (
        <BookingPanel
          key={found.appointment.appointmentId}
          booking={found.appointment}
          provider={found.schedule.display}
          office={office.name}
          onClose={() => setChosen(undefined)}
        />
      )}
      {booking && day.data && (
        <BookDialog
          day={day.data}
          providerId={booking.providerId}
          time={booking.time}
          onClose={() => setBooking(undefined)}
        />
      )}
    </div>
  );
}

/** On a phone one provider at a time. */
function Day({
  day,
  hidden,
  chosen,
  onChoose,
  onBook,
}: {
  day: SchedulerDay;
  hidden: ReadonlySet<string>;
  chosen: string | undefined;
  onChoose: (appointmentId: string) => void;
  onBook: (providerId: string, time: Time) => void;
}) {
  const t = useT();
  const narrow = useMediaQuery('(max-width: 640px)', false, { getInitialValueInEffect: false });
  const [providerId, setProviderId] = useState(day.schedules[0]?.providerId);
  if (day.schedules.length === 0) {
    return <EmptyState reason={t('emr.scheduler.nothing-visible')} who={t('emr.scheduler.administrator')} withheld />;
  }
  const one = day.schedules.find((schedule) => schedule.providerId === providerId) ?? day.schedules[0]!;
  const shown = narrow ? [one] : day.schedules.filter((schedule) => !hidden.has(schedule.providerId));
  return (
    <>
      {narrow && (
        <Select
          label={t('emr.book.provider')}
          allowDeselect={false}
          value={one.providerId}
          data={day.schedules.map((schedule) => ({ value: schedule.providerId, label: schedule.display }))}
          onChange={(picked) => picked !== null && setProviderId(picked)}
        />
      )}
      {shown.length === 0 && <EmptyState reason={t('emr.scheduler.all-hidden')} />}
      {shown.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="day-scroll" aria-label={t('emr.scheduler.day')} tabIndex={0}>
          <DayGrid
            schedules={shown}
            now={day.now}
            chosenId={chosen}
            onChoose={(booking) => onChoose(booking.appointmentId)}
            onBook={onBook}
          />
        </section>
      )}
    </>
  );
}
