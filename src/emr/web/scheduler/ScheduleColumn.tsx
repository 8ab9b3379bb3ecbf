import { IconClockExclamation, IconEyeOff, IconPlus } from '@tabler/icons-react';
import { type CSSProperties, type DragEvent, useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import type { DayAppointment } from '../../contract/scheduler.ts';
import { signs, wordOf } from './booking-signs.ts';
import {
  closedIn,
  droppedAt,
  gapsIn,
  minutesOf,
  type PlacedBooking,
  placeBookings,
  quarterAt,
  type Span,
  skippedIn,
  takesTime,
  timeOf,
} from './day-layout.ts';
import type { GridColumn, PlacedInGrid } from './grid-column.ts';
import { usePatientName } from './patient-name.ts';

export interface Time {
  readonly start: string;
  readonly minutes: number;
}

/** A block under the hand, and how many minutes below its beginning it was taken. */
export interface Held extends PlacedInGrid {
  readonly grabbed: number;
}

type Variables = CSSProperties & Readonly<Record<`--${string}`, number>>;

/** Heights are minutes; the style sheet says how many pixels a minute has. */
const at = ({ from, to }: Span, hours: Span): Variables => ({
  '--from': from - hours.from,
  '--minutes': to - from,
});

const inLane = ({ lane, lanes }: PlacedBooking): Variables => ({ '--lane': lane, '--lanes': lanes });

/** What a booking says beside its name, in words and not by colour alone. */
export function useBookingWords(): (booking: DayAppointment) => string {
  const t = useT();
  return (booking) =>
    [booking.again && t('scheduler.again'), booking.type, booking.clinicStatus?.display ?? t(wordOf(stateOf(booking)))]
      .filter(Boolean)
      .join(' · ');
}

function Block({
  place,
  hours,
  chosen,
  carried,
  onChoose,
  onGrab,
  onLetGo,
}: {
  place: PlacedBooking;
  hours: Span;
  chosen: boolean;
  carried: boolean;
  onChoose: () => void;
  onGrab: (minutes: number) => void;
  onLetGo: () => void;
}) {
  const nameOf = usePatientName();
  const wordsOf = useBookingWords();
  const { booking } = place;
  const state = stateOf(booking);
  const { Icon, look } = signs[state];
  return (
    <button
      type="button"
      className={`block ${look}`}
      aria-pressed={chosen}
      style={{ ...at(place, hours), ...inLane(place) }}
      data-booking={booking.appointmentId}
      data-status={state}
      data-carried={carried || undefined}
      data-short={place.to - place.from < 25 || undefined}
      tabIndex={-1}
      draggable
      onDragStart={(event) => {
        const { top, height } = event.currentTarget.getBoundingClientRect();
        // Some browsers drag nothing without data. It says nothing of anybody: what is dragged can be dropped into any window.
        event.dataTransfer.setData('text/plain', '');
        event.dataTransfer.effectAllowed = 'copyMove';
        onGrab(((event.clientY - top) / height) * (place.to - place.from));
      }}
      onDragEnd={onLetGo}
      onClick={onChoose}
    >
      <Icon size={14} stroke={1.75} aria-hidden />
      <span className="block-words">
        <strong>{nameOf(booking)}</strong>{' '}
        <span>
          {booking.start}
          <span className="vh">–{booking.end}</span> · {wordsOf(booking)}
        </span>
      </span>
    </button>
  );
}

function Gap({
  gap,
  hours,
  heading,
  onBook,
}: {
  gap: Span;
  hours: Span;
  heading: string;
  onBook: (time: Time) => void;
}) {
  const t = useT();
  return (
    <button
      type="button"
      className="gap"
      style={at(gap, hours)}
      tabIndex={-1}
      aria-label={t('emr.scheduler.book-gap', { provider: heading, from: timeOf(gap.from), to: timeOf(gap.to) })}
      onClick={({ currentTarget, clientY, detail }) => {
        const { top, height } = currentTarget.getBoundingClientRect();
        // A key has no place in the gap: it means its beginning.
        const from = detail === 0 ? gap.from : quarterAt(gap, (clientY - top) / height);
        onBook({ start: timeOf(from), minutes: Math.min(15, gap.to - from) });
      }}
    >
      <span className="gap-words" aria-hidden>
        <IconPlus size={14} stroke={1.75} /> {t('emr.scheduler.book')}
      </span>
    </button>
  );
}

/** What stands over a column about its clock: on the one night of the year it has an hour less or one more. */
function ClockNote({ column: { clockChange } }: { column: GridColumn }) {
  const t = useT();
  if (!clockChange) return null;
  return (
    <p className="small clock-note">
      <IconClockExclamation size={14} stroke={1.75} aria-hidden /> {t('scheduler.clock-change', { ...clockChange })}
    </p>
  );
}

/** A provider's day. A schedule whose bookings are withheld offers nothing to book: it must never look free. */
export function ScheduleColumn({
  column,
  hours,
  chosenId,
  carriedId,
  held,
  ownNow,
  onChoose,
  onBook,
  onHold,
  onDrop,
}: {
  column: GridColumn;
  hours: Span;
  chosenId: string | undefined;
  carriedId: string | undefined;
  held: Held | undefined;
  /** The column draws the line of now by itself. */
  ownNow: boolean;
  onChoose: (appointmentId: string) => void;
  onBook: (time: Time) => void;
  onHold: (held: Held | undefined) => void;
  onDrop: (minuteOfDay: number, copies: boolean) => void;
}) {
  const t = useT();
  const [over, setOver] = useState<number>();
  const { heading, now, schedule, clockChange } = column;
  const { appointments, bookingsWithheld, open } = schedule;
  const taken = appointments.filter(takesTime).length;
  const skipped = skippedIn(clockChange, hours);
  const minute = ownNow && now !== null ? minutesOf(now) : undefined;
  const items = [
    ...gapsIn(appointments, hours).map((gap) => ({ key: `gap ${gap.from}`, from: gap.from, gap, place: undefined })),
    ...placeBookings(appointments).map((place) => ({
      key: place.booking.appointmentId,
      from: place.from,
      gap: undefined,
      place,
    })),
  ].sort((one, other) => one.from - other.from);
  const minuteUnder = ({ currentTarget, clientY }: DragEvent<HTMLElement>, { grabbed }: Held): number => {
    const { top, height } = currentTarget.getBoundingClientRect();
    return hours.from + ((clientY - top) / height) * (hours.to - hours.from) - grabbed;
  };
  return (
    <section className="schedule" aria-label={heading}>
      <header>
        <h2>{heading}</h2>
        <p className="small muted">
          {bookingsWithheld ? t('emr.scheduler.withheld-short') : t('emr.scheduler.booked', { count: taken })}
        </p>
        <ClockNote column={column} />
      </header>
      {bookingsWithheld ? (
        <div className="schedule-body withheld hatch">
          <p className="withheld-words">
            <IconEyeOff size={20} stroke={1.75} aria-hidden />
            {t('emr.scheduler.withheld')}
            <span className="muted">{t('frame.empty.who', { who: t('emr.scheduler.administrator') })}</span>
          </p>
        </div>
      ) : (
        <ol
          className="schedule-body"
          data-column
          onDragOver={(event) => {
            if (!held) return;
            event.preventDefault();
            event.dataTransfer.dropEffect = event.ctrlKey || !held.booking.movable ? 'copy' : 'move';
            setOver(droppedAt(hours, minuteUnder(event, held)));
          }}
          onDragLeave={({ currentTarget, relatedTarget }) => {
            if (!(relatedTarget instanceof Node) || !currentTarget.contains(relatedTarget)) setOver(undefined);
          }}
          onDrop={(event) => {
            if (!held) return;
            event.preventDefault();
            setOver(undefined);
            onDrop(minuteUnder(event, held), event.ctrlKey);
          }}
        >
          {closedIn(open, hours).map((span) => (
            <li key={`closed ${span.from}`} className="closed" style={at(span, hours)}>
              {span.to - span.from >= 30 && t('scheduler.not-in')}
              <span className="vh">
                {' '}
                {timeOf(span.from)}–{timeOf(span.to)}
              </span>
            </li>
          ))}
          {skipped && (
            <li className="closed hatch" style={at(skipped, hours)}>
              {t('scheduler.skipped')}
            </li>
          )}
          {items.map(({ key, gap, place }) => (
            <li key={key}>
              {gap && <Gap gap={gap} hours={hours} heading={heading} onBook={onBook} />}
              {place && (
                <Block
                  place={place}
                  hours={hours}
                  chosen={place.booking.appointmentId === chosenId}
                  carried={place.booking.appointmentId === carriedId}
                  onChoose={() => onChoose(place.booking.appointmentId)}
                  onGrab={(grabbed) => onHold({ booking: place.booking, column, grabbed })}
                  onLetGo={() => onHold(undefined)}
                />
              )}
            </li>
          ))}
          {over !== undefined && held && (
            <li className="drop-mark" aria-hidden style={at({ from: over, to: over + held.booking.minutes }, hours)}>
              {timeOf(over)}
            </li>
          )}
          {minute !== undefined && minute >= hours.from && minute < hours.to && (
            <li className="now-line in-column" style={{ '--from': minute - hours.from } as CSSProperties}>
              <span>
                <span className="vh">{t('emr.scheduler.now')} </span>
                {now}
              </span>
            </li>
          )}
        </ol>
      )}
    </section>
  );
}
