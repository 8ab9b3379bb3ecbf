import { IconEyeOff, IconPlus } from '@tabler/icons-react';
import type { CSSProperties } from 'react';
import { useT } from '../../../ui/language.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import type { DayAppointment, DaySchedule } from '../../contract/scheduler.ts';
import { signs, wordOf } from './booking-signs.ts';
import { gapsIn, type PlacedBooking, placeBookings, quarterAt, type Span, takesTime, timeOf } from './day-layout.ts';
import { usePatientName } from './patient-name.ts';

export interface Time {
  readonly start: string;
  readonly minutes: number;
}

type Variables = CSSProperties & Readonly<Record<`--${string}`, number>>;

/** Heights are minutes; the style sheet says how many pixels a minute has. */
const at = ({ from, to }: Span, hours: Span): Variables => ({
  '--from': from - hours.from,
  '--minutes': to - from,
});

const inLane = ({ lane, lanes }: PlacedBooking): Variables => ({ '--lane': lane, '--lanes': lanes });

function Block({
  place,
  hours,
  chosen,
  onChoose,
}: {
  place: PlacedBooking;
  hours: Span;
  chosen: boolean;
  onChoose: () => void;
}) {
  const t = useT();
  const nameOf = usePatientName();
  const { booking } = place;
  const state = stateOf(booking);
  const { Icon, look } = signs[state];
  const words = [booking.type, t(wordOf(state))].filter((word) => word !== null).join(' · ');
  return (
    <button
      type="button"
      className={`block ${look}`}
      aria-pressed={chosen}
      style={{ ...at(place, hours), ...inLane(place) }}
      data-status={state}
      data-short={place.to - place.from < 25 || undefined}
      tabIndex={-1}
      onClick={onChoose}
    >
      <Icon size={14} stroke={1.75} aria-hidden />
      <span className="block-words">
        <strong>{nameOf(booking)}</strong>{' '}
        <span>
          {booking.start}
          <span className="vh">–{booking.end}</span> · {words}
        </span>
      </span>
    </button>
  );
}

function Gap({
  gap,
  hours,
  provider,
  onBook,
}: {
  gap: Span;
  hours: Span;
  provider: string;
  onBook: (time: Time) => void;
}) {
  const t = useT();
  return (
    <button
      type="button"
      className="gap"
      style={at(gap, hours)}
      tabIndex={-1}
      aria-label={t('emr.scheduler.book-gap', { provider, from: timeOf(gap.from), to: timeOf(gap.to) })}
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

/** A provider's day. A schedule whose bookings are withheld offers nothing to book: it must never look free. */
export function ScheduleColumn({
  schedule,
  hours,
  chosenId,
  onChoose,
  onBook,
}: {
  schedule: DaySchedule;
  hours: Span;
  chosenId: string | undefined;
  onChoose: (booking: DayAppointment) => void;
  onBook: (time: Time) => void;
}) {
  const t = useT();
  const { display, appointments, bookingsWithheld } = schedule;
  const taken = appointments.filter(takesTime).length;
  const items = [
    ...gapsIn(appointments, hours).map((gap) => ({ key: `gap ${gap.from}`, from: gap.from, gap, place: undefined })),
    ...placeBookings(appointments).map((place) => ({
      key: place.booking.appointmentId,
      from: place.from,
      gap: undefined,
      place,
    })),
  ].sort((one, other) => one.from - other.from);
  return (
    <section className="schedule" aria-label={display}>
      <header>
        <h2>{display}</h2>
        <p className="small muted">
          {bookingsWithheld ? t('emr.scheduler.withheld-short') : t('emr.scheduler.booked', { count: taken })}
        </p>
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
        <ol className="schedule-body" data-column>
          {items.map(({ key, gap, place }) => (
            <li key={key}>
              {gap && <Gap gap={gap} hours={hours} provider={display} onBook={onBook} />}
              {place && (
                <Block
                  place={place}
                  hours={hours}
                  chosen={place.booking.appointmentId === chosenId}
                  onChoose={() => onChoose(place.booking)}
                />
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
