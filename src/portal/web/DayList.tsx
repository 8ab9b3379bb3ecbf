import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { ListedBooking, ListedSchedule } from '../contract/patients.ts';
import { BookingActions } from './BookingActions.tsx';
import { BookingStatus } from './BookingStatus.tsx';
import type { DayGroup } from './day-groups.ts';
import { Freshness } from './Freshness.tsx';
import { MessageStateChip } from './MessageStateChip.tsx';
import { ScheduleNotices } from './ScheduleNotices.tsx';
import { WriteBackSign } from './WriteBackSign.tsx';

type Item =
  | { readonly kind: 'head' | 'notices'; readonly key: string; readonly group: DayGroup }
  | {
      readonly kind: 'booking';
      readonly key: string;
      readonly booking: ListedBooking;
      readonly schedule: ListedSchedule;
    };

const itemsOf = (groups: readonly DayGroup[]): Item[] =>
  groups.flatMap((group) => [
    { kind: 'head', key: `${group.key} head`, group },
    { kind: 'notices', key: `${group.key} notices`, group },
    ...group.bookings.map(
      (booking): Item => ({ kind: 'booking', key: booking.bookingId, booking, schedule: group.schedule }),
    ),
  ]);

function GroupHead({ group, date, today }: { group: DayGroup; date: string; today: string }) {
  const { schedule, bookings } = group;
  return (
    <div className="day-head">
      <h2>
        {schedule.providerDisplay}
        <span className="muted"> · {schedule.officeName}</span>
        {bookings.length > 0 && <span className="muted"> · {bookings.length}</span>}
      </h2>
      <Freshness group={group} date={date} today={today} />
    </div>
  );
}

/** One booking. Read alone, as a screen reader does, it names its provider and office as well. */
function BookingRow({
  booking,
  schedule,
  today,
  open,
  onOpen,
}: {
  booking: ListedBooking;
  schedule: ListedSchedule;
  today: string;
  open: boolean;
  onOpen: (bookingId: string) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { patient, start, end, type } = booking;
  return (
    <div className={open ? 'day-row open' : 'day-row'}>
      <span className="time">
        {start}
        <span className="vh"> – {end}</span>
      </span>
      <span className="patient">
        {patient ? (
          <button
            type="button"
            className="as-link patient-link"
            aria-expanded={open}
            aria-label={t('portal.panel.open', { patient: patient.display, time: start })}
            onClick={() => onOpen(booking.bookingId)}
          >
            {patient.display}
          </button>
        ) : (
          <strong>{t('portal.list.no-patient')}</strong>
        )}
        {patient?.birthDate != null && (
          <span className="small faint nowrap">
            {' '}
            {t('portal.list.born', { date: formatDate(language, patient.birthDate, 'day') })}
          </span>
        )}
      </span>
      <span className="type">{type ?? '–'}</span>
      <span className="status">
        <span className="row wrap">
          <BookingStatus booking={booking} />
          <MessageStateChip state={booking.message} />
        </span>
      </span>
      <span className="acts">
        <BookingActions booking={booking} />
      </span>
      <span className="said">
        <WriteBackSign booking={booking} today={today} />
      </span>
      <span className="vh">
        {schedule.providerDisplay}, {schedule.officeName}
      </span>
    </div>
  );
}

const estimated: Readonly<Record<Item['kind'], number>> = { head: 40, notices: 8, booking: 33 };

/** The day's bookings under their providers. Only what is near the window is in the document: a day may have thousands. */
export function DayList({
  groups,
  date,
  today,
  searching,
  open,
  onOpen,
}: {
  groups: readonly DayGroup[];
  date: string;
  today: string;
  searching: boolean;
  /** The booking whose patient stands in the panel. */
  open: string | undefined;
  onOpen: (bookingId: string) => void;
}) {
  const t = useT();
  const list = useRef<HTMLOListElement>(null);
  const [top, setTop] = useState(0);
  // What stands above the list can grow: a banner, a wrapped line.
  useLayoutEffect(() => {
    const measured = (list.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    setTop((before) => (Math.abs(before - measured) > 1 ? measured : before));
  });
  const items = itemsOf(groups);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => estimated[items[index]!.kind],
    getItemKey: (index) => items[index]!.key,
    overscan: 12,
    scrollMargin: top,
  });
  const opened = open === undefined ? -1 : items.findIndex((item) => item.kind === 'booking' && item.key === open);
  // Moved by keys, the open row comes into sight; what was clicked is in sight already.
  const { scrollToIndex } = virtual;
  useEffect(() => {
    if (opened >= 0 && window.innerWidth > 900) scrollToIndex(opened, { align: 'auto' });
  }, [opened, scrollToIndex]);
  return (
    <div className="card day-list">
      <div className="day-row day-columns small muted" aria-hidden>
        <span>{t('portal.list.time')}</span>
        <span>{t('portal.list.patient')}</span>
        <span>{t('portal.list.type')}</span>
        <span>{t('portal.list.status')}</span>
      </div>
      <ol
        ref={list}
        aria-label={t('portal.list.rows')}
        className="day-items"
        style={{ height: virtual.getTotalSize() }}
      >
        {virtual.getVirtualItems().map((place) => {
          const item = items[place.index]!;
          return (
            <li
              key={place.key}
              ref={virtual.measureElement}
              data-index={place.index}
              aria-setsize={items.length}
              aria-posinset={place.index + 1}
              className="day-item"
              style={{ transform: `translateY(${place.start - top}px)` }}
            >
              {item.kind === 'head' && <GroupHead group={item.group} date={date} today={today} />}
              {item.kind === 'notices' && (
                <div className="day-notices">
                  <ScheduleNotices group={item.group} date={date} today={today} searching={searching} />
                </div>
              )}
              {item.kind === 'booking' && (
                <BookingRow
                  booking={item.booking}
                  schedule={item.schedule}
                  today={today}
                  open={item.booking.bookingId === open}
                  onOpen={onOpen}
                />
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
