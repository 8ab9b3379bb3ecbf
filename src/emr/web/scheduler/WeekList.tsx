import { Button } from '@mantine/core';
import { IconClockExclamation, IconEyeOff, IconPlus } from '@tabler/icons-react';
import { useT } from '../../../ui/language.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import { signs } from './booking-signs.ts';
import { takesTime } from './day-layout.ts';
import type { GridColumn } from './grid-column.ts';
import { usePatientName } from './patient-name.ts';
import { useBookingWords } from './ScheduleColumn.tsx';

/** A provider's week where there is no room for seven columns: day under day. */
export function WeekList({
  columns,
  chosenId,
  onChoose,
  onBook,
}: {
  columns: readonly GridColumn[];
  chosenId: string | undefined;
  onChoose: (appointmentId: string) => void;
  onBook: (column: GridColumn) => void;
}) {
  const t = useT();
  const nameOf = usePatientName();
  const wordsOf = useBookingWords();
  return (
    <div className="stack g3">
      {columns.map((column) => {
        const { appointments, bookingsWithheld } = column.schedule;
        return (
          <section key={column.key} className="card" aria-label={column.heading}>
            <header>
              <h2 className="grow">{column.heading}</h2>
              <span className="small muted">
                {bookingsWithheld
                  ? t('emr.scheduler.withheld-short')
                  : t('emr.scheduler.booked', { count: appointments.filter(takesTime).length })}
              </span>
            </header>
            {column.clockChange && (
              <p className="small clock-note week-line">
                <IconClockExclamation size={14} stroke={1.75} aria-hidden />{' '}
                {t('scheduler.clock-change', { ...column.clockChange })}
              </p>
            )}
            {bookingsWithheld ? (
              <p className="week-line s13">
                <IconEyeOff size={16} stroke={1.75} aria-hidden /> {t('emr.scheduler.withheld')}
              </p>
            ) : (
              <>
                <ul>
                  {appointments.map((booking) => {
                    const { Icon, look } = signs[stateOf(booking)];
                    return (
                      <li key={booking.appointmentId}>
                        <button
                          type="button"
                          className="week-line week-booking"
                          aria-pressed={booking.appointmentId === chosenId}
                          onClick={() => onChoose(booking.appointmentId)}
                        >
                          <span className={`sign ${look}`}>
                            <Icon size={16} stroke={1.75} aria-hidden />
                          </span>
                          <span className="grow">
                            {booking.start}–{booking.end} <strong>{nameOf(booking)}</strong>
                            <br />
                            <span className="muted">{wordsOf(booking)}</span>
                          </span>
                        </button>
                      </li>
                    );
                  })}
                </ul>
                <div className="week-line">
                  <Button
                    leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
                    onClick={() => onBook(column)}
                    aria-label={t('scheduler.book-on', { date: column.heading })}
                  >
                    {t('emr.scheduler.book')}
                  </Button>
                </div>
              </>
            )}
          </section>
        );
      })}
    </div>
  );
}
