import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { dayAfter } from '../../../ui/day-after.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import type { MyOffice } from '../../contract/scheduler.ts';
import { zoneName } from '../office-time.ts';
import { BookDialog } from './BookDialog.tsx';
import { BookingPanel } from './BookingPanel.tsx';
import { CarriedBanner } from './CarriedBanner.tsx';
import { DayView } from './DayView.tsx';
import { type Carried, columnsOfDay, columnsOfWeek, type GridColumn, type Target } from './grid-column.ts';
import { PlaceDialog } from './PlaceDialog.tsx';
import type { Time } from './ScheduleColumn.tsx';
import type { SchedulerPlace } from './SchedulerPage.tsx';
import { SchedulerSide } from './SchedulerSide.tsx';
import { useDay, useWeek } from './scheduler.queries.ts';
import { WeekOverview } from './WeekOverview.tsx';
import { WeekView } from './WeekView.tsx';

/** What is open over the grid: a booking that is made, or one that is moved or copied. */
type Open =
  | { readonly dialog: 'book'; readonly date: string; readonly providerId?: string; readonly time?: Time }
  | { readonly dialog: 'place'; readonly carried: Carried; readonly target: Partial<Target> };

export function OfficeView({
  offices,
  office,
  place,
  chosenFirst,
  carried,
  onCarry,
  onGo,
}: {
  offices: readonly MyOffice[];
  office: MyOffice;
  place: SchedulerPlace;
  chosenFirst: string | undefined;
  carried: Carried | undefined;
  onCarry: (carried: Carried | undefined) => void;
  onGo: (place: SchedulerPlace) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const narrow = useMediaQuery('(max-width: 640px)', false, { getInitialValueInEffect: false });
  const { date, view, providerId } = place;
  const isWeek = view === 'week';
  const day = useDay(office.officeId, date, !isWeek);
  const week = useWeek(office.officeId, date, providerId, isWeek);
  const read = isWeek ? week : day;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<Open>();
  const [chosen, setChosen] = useState(chosenFirst);
  const go = (next: Partial<SchedulerPlace>) => {
    setChosen(undefined);
    onGo({ ...place, ...next });
  };
  const step = isWeek ? 7 : 1;
  const goBy = (days: number) => {
    const next = dayAfter(date, days);
    if (next !== undefined) go({ date: next });
  };

  const headingOf = (one: string) => formatDate(language, one).split(' ').slice(0, -1).join(' ');
  const columns: readonly GridColumn[] = isWeek
    ? week.data
      ? columnsOfWeek(week.data, headingOf)
      : []
    : day.data
      ? columnsOfDay(day.data)
      : [];
  const found = columns
    .flatMap((column) => column.schedule.appointments.map((booking) => ({ booking, column })))
    .find(({ booking }) => booking.appointmentId === chosen);
  const schedules = read.data?.schedules ?? [];
  const bookable = schedules.filter((one) => !one.bookingsWithheld);

  const carry = (next: Carried) => {
    setChosen(undefined);
    onCarry(next);
  };
  /** A time was chosen: for what is carried, if anything is, else for a new booking. */
  const atTime = ({ schedule, date: on }: GridColumn, time?: Time) => {
    if (!carried) {
      setOpen({ dialog: 'book', date: on, providerId: schedule.providerId, ...(time && { time }) });
      return;
    }
    const target = { officeId: office.officeId, providerId: schedule.providerId, date: on };
    setOpen({ dialog: 'place', carried, target: { ...target, ...(time && { start: time.start }) } });
  };
  const grid = {
    chosenId: chosen,
    carriedId: carried?.booking.appointmentId,
    onChoose: setChosen,
    onCarry: carry,
    onBook: atTime,
    onDrop: (dropped: Carried, { schedule, date: on }: GridColumn, start: string) =>
      setOpen({
        dialog: 'place',
        carried: dropped,
        target: { officeId: office.officeId, providerId: schedule.providerId, date: on, start },
      }),
  };
  const days = week.data?.days ?? [];
  const title = isWeek
    ? days.length === 0
      ? t('scheduler.week')
      : t('scheduler.week-from-to', {
          from: formatDate(language, days[0]!.date, 'short'),
          to: formatDate(language, days[6]!.date, 'day'),
        })
    : formatDate(language, date, 'long');

  return (
    <div className={found ? 'scheduler with-booking' : 'scheduler'}>
      <SchedulerSide
        offices={offices}
        office={office}
        date={date}
        schedules={schedules}
        hidden={hidden}
        week={isWeek ? { providerId, onProvider: (next) => go({ providerId: next }) } : undefined}
        onOffice={(officeId) => onGo({ ...place, officeId, providerId: undefined })}
        onDate={(next) => go({ date: next })}
        onHide={setHidden}
      />
      <Page
        windowTitle={t('emr.nav.scheduler')}
        title={
          <span className="row wrap">
            <span className="day-title">{title}</span>
            <span className="s13 muted day-of">
              {office.name} · {zoneName(language, office.zone)}
            </span>
          </span>
        }
        actions={
          <>
            <ActionIcon
              aria-label={isWeek ? t('scheduler.week-before') : t('frame.date.previous')}
              onClick={() => goBy(-step)}
            >
              <IconChevronLeft size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
            <Button onClick={() => go({ date: office.today })}>{t('emr.scheduler.today')}</Button>
            <ActionIcon
              aria-label={isWeek ? t('scheduler.week-after') : t('frame.date.next')}
              onClick={() => goBy(step)}
            >
              <IconChevronRight size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
            <SegmentedControl
              aria-label={t('scheduler.view')}
              size="xs"
              value={view}
              data={[
                { value: 'day', label: t('scheduler.day') },
                { value: 'week', label: t('scheduler.week') },
              ]}
              onChange={(next) => go({ view: next === 'week' ? 'week' : 'day' })}
            />
            <Button
              variant="filled"
              disabled={bookable.length === 0}
              leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
              onClick={() => setOpen({ dialog: 'book', date, ...(isWeek && providerId && { providerId }) })}
            >
              {t('emr.scheduler.book')}
            </Button>
          </>
        }
      >
        {carried && <CarriedBanner carried={carried} onStop={() => onCarry(undefined)} />}
        {read.isError && <ErrorState problem={read.error} onRetry={() => void read.refetch()} />}
        {!read.data && !read.isError && <LoadingBlock />}
        {!isWeek && day.data && <DayView columns={columns} hidden={hidden} narrow={narrow} grid={grid} />}
        {isWeek && week.data && (providerId === undefined || week.data.provider === null) && (
          <WeekOverview
            week={week.data}
            hidden={hidden}
            onDay={(next) => go({ view: 'day', date: next })}
            onProvider={(next) => go({ providerId: next })}
          />
        )}
        {isWeek && columns.length > 0 && <WeekView columns={columns} narrow={narrow} grid={grid} />}
      </Page>
      {found && (
        <BookingPanel
          key={found.booking.appointmentId}
          placed={found}
          onPlace={(next) => setOpen({ dialog: 'place', carried: next, target: {} })}
          onCarry={carry}
          onClose={() => setChosen(undefined)}
        />
      )}
      {open?.dialog === 'book' && (
        <BookDialog
          office={office}
          date={open.date}
          providers={bookable}
          providerId={open.providerId}
          time={open.time}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.dialog === 'place' && (
        <PlaceDialog
          carried={open.carried}
          target={open.target}
          offices={offices}
          onDone={() => {
            setOpen(undefined);
            onCarry(undefined);
          }}
          onClose={() => setOpen(undefined)}
        />
      )}
    </div>
  );
}
