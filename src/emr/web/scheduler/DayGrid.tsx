import { type CSSProperties, useLayoutEffect, useRef, useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import { keepOneStop, moveFocus } from './day-keys.ts';
import { droppedAt, hoursOf, minutesOf, timeOf } from './day-layout.ts';
import type { Carried, GridColumn, PlacedInGrid } from './grid-column.ts';
import { type Held, ScheduleColumn, type Time } from './ScheduleColumn.tsx';

/** Hours down, columns across, and a line where it is now: a day by provider, or a provider's week by day. */
export function DayGrid({
  label,
  columns,
  chosenId,
  carriedId,
  onChoose,
  onCarry,
  onBook,
  onDrop,
}: {
  label: string;
  columns: readonly GridColumn[];
  chosenId: string | undefined;
  /** The booking that was picked up, and is marked where it still stands. */
  carriedId: string | undefined;
  onChoose: (appointmentId: string) => void;
  onCarry: (carried: Carried) => void;
  onBook: (column: GridColumn, time?: Time) => void;
  /** A block was let go over a column. */
  onDrop: (carried: Carried, column: GridColumn, start: string) => void;
}) {
  const t = useT();
  const day = useRef<HTMLFieldSetElement>(null);
  const [held, setHeld] = useState<Held>();
  useLayoutEffect(() => {
    if (day.current) keepOneStop(day.current);
  });
  const hours = hoursOf(columns.map(({ schedule }) => schedule));
  const marks = Array.from({ length: (hours.to - hours.from) / 60 }, (_, hour) => hours.from + hour * 60);
  // A day has one time for all of its columns; in a week only today has one.
  const [first] = columns;
  const now = columns.every((column) => column.now === first?.now) ? (first?.now ?? null) : null;
  const minute = now === null ? undefined : minutesOf(now);
  const style: CSSProperties & Record<`--${string}`, number> = {
    '--minutes': hours.to - hours.from,
    '--schedules': columns.length,
  };
  const find = (id: string | undefined): PlacedInGrid | undefined =>
    columns
      .flatMap((column) => column.schedule.appointments.map((booking) => ({ booking, column })))
      .find(({ booking }) => booking.appointmentId === id);
  return (
    <fieldset
      ref={day}
      className="card day-grid"
      aria-label={label}
      style={style}
      onFocus={({ target }) => day.current && target.closest('[data-column]') && keepOneStop(day.current, target)}
      onKeyDown={(event) => {
        const { key, target, ctrlKey, metaKey } = event;
        const cut = key.toLowerCase() === 'x';
        if ((ctrlKey || metaKey) && (cut || key.toLowerCase() === 'c') && target instanceof HTMLElement) {
          const placed = find(target.dataset['booking']);
          if (!placed || (cut && !placed.booking.movable)) return;
          event.preventDefault();
          onCarry({ ...placed, as: cut ? 'move' : 'copy' });
          return;
        }
        if (day.current && moveFocus(day.current, event)) event.preventDefault();
      }}
    >
      <div className="gutter" aria-hidden>
        {marks.map((mark) => (
          <span key={mark} style={{ '--from': mark - hours.from } as CSSProperties}>
            {timeOf(mark)}
          </span>
        ))}
      </div>
      {columns.map((column) => (
        <ScheduleColumn
          key={column.key}
          column={column}
          hours={hours}
          chosenId={chosenId}
          carriedId={carriedId}
          held={held}
          ownNow={now === null}
          onChoose={onChoose}
          onBook={(time) => onBook(column, time)}
          onHold={setHeld}
          onDrop={(minuteOfDay, copies) => {
            if (!held) return;
            setHeld(undefined);
            // What may not be moved is copied, whichever way it was dragged.
            const as = copies || !held.booking.movable ? 'copy' : 'move';
            onDrop({ booking: held.booking, column: held.column, as }, column, timeOf(droppedAt(hours, minuteOfDay)));
          }}
        />
      ))}
      {minute !== undefined && minute >= hours.from && minute < hours.to && (
        <div className="now-line" style={{ '--from': minute - hours.from } as CSSProperties}>
          <span>
            <span className="vh">{t('emr.scheduler.now')} </span>
            {now}
          </span>
        </div>
      )}
    </fieldset>
  );
}
