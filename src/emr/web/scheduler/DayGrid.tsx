import { type CSSProperties, useLayoutEffect, useRef } from 'react';
import { useT } from '../../../ui/language.tsx';
import type { DayAppointment, DaySchedule } from '../../contract/scheduler.ts';
import { keepOneStop, moveFocus } from './day-keys.ts';
import { hoursOf, minutesOf, timeOf } from './day-layout.ts';
import { ScheduleColumn, type Time } from './ScheduleColumn.tsx';

/** The day by provider: hours down, schedules across, and a line where it is now. */
export function DayGrid({
  schedules,
  now,
  chosenId,
  onChoose,
  onBook,
}: {
  schedules: readonly DaySchedule[];
  /** HH:MM, when the day shown is today in the office. */
  now: string | null;
  chosenId: string | undefined;
  onChoose: (booking: DayAppointment) => void;
  onBook: (providerId: string, time: Time) => void;
}) {
  const t = useT();
  const day = useRef<HTMLFieldSetElement>(null);
  useLayoutEffect(() => {
    if (day.current) keepOneStop(day.current);
  });
  const hours = hoursOf(schedules);
  const marks = Array.from({ length: (hours.to - hours.from) / 60 }, (_, hour) => hours.from + hour * 60);
  const minute = now === null ? undefined : minutesOf(now);
  const style: CSSProperties & Record<`--${string}`, number> = {
    '--minutes': hours.to - hours.from,
    '--schedules': schedules.length,
  };
  return (
    <fieldset
      ref={day}
      className="card day-grid"
      aria-label={t('emr.scheduler.day')}
      style={style}
      onFocus={({ target }) => day.current && target.closest('[data-column]') && keepOneStop(day.current, target)}
      onKeyDown={(event) => {
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
      {schedules.map((schedule) => (
        <ScheduleColumn
          key={schedule.providerId}
          schedule={schedule}
          hours={hours}
          chosenId={chosenId}
          onChoose={onChoose}
          onBook={(time) => onBook(schedule.providerId, time)}
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
