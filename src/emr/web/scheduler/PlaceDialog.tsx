import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { ApiProblem } from '../../../ui/api.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { DateField } from '../../../ui/DateField.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import type { MyOffice } from '../../contract/scheduler.ts';
import type { Carried, Target } from './grid-column.ts';
import { MinutesInput } from './MinutesInput.tsx';
import { usePatientName } from './patient-name.ts';
import { useDay, usePlaceBooking } from './scheduler.queries.ts';

/** Where a booking goes: said before it is done, whether it was dragged there, placed by keys, or is typed here. */
export function PlaceDialog({
  carried: { booking, column: from, as },
  target,
  offices,
  onDone,
  onClose,
}: {
  carried: Carried;
  target: Partial<Target>;
  offices: readonly MyOffice[];
  onDone: () => void;
  onClose: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const nameOf = usePatientName();
  const [officeId, setOffice] = useState(target.officeId ?? from.office.officeId);
  const [providerId, setProvider] = useState<string | null>(target.providerId ?? from.schedule.providerId);
  const [date, setDate] = useState(target.date ?? from.date);
  const [start, setStart] = useState(target.start ?? booking.start);
  const [minutes, setMinutes] = useState<number | string>(booking.minutes);
  const day = useDay(officeId, date);
  const place = usePlaceBooking();
  const taken =
    place.error instanceof ApiProblem && place.error.status === 409 && place.error.key === 'emr.problem.time-taken';
  const open = (day.data?.schedules ?? []).filter((one) => !one.bookingsWithheld);
  const chosen = open.find((one) => one.providerId === providerId)?.providerId ?? null;
  const complete = chosen !== null && date !== '' && start !== '' && minutes !== '';
  const isSame =
    as === 'move' &&
    officeId === from.office.officeId &&
    chosen === from.schedule.providerId &&
    date === from.date &&
    start === booking.start &&
    Number(minutes) === booking.minutes;
  const loses =
    as === 'move' &&
    stateOf(booking) === 'confirmed' &&
    (officeId !== from.office.officeId ||
      chosen !== from.schedule.providerId ||
      date !== from.date ||
      start !== booking.start);
  const submit = (doubleBook: boolean) => {
    if (chosen === null || !complete) return;
    const to = { officeId, providerId: chosen, date, start, minutes: Number(minutes), doubleBook };
    place.mutate({ booking, as, to }, { onSuccess: onDone });
  };
  // An answer of "taken" is about the place that was asked for.
  const asking =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      place.reset();
      set(value);
    };
  return (
    <Modal
      opened
      onClose={onClose}
      title={as === 'move' ? t('scheduler.move.title') : t('scheduler.copy.title')}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      <form
        className="stack g3"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isSame) submit(false);
        }}
      >
        <p>
          {t('scheduler.place.of', {
            patient: nameOf(booking),
            date: formatDate(language, from.date),
            start: booking.start,
            provider: from.schedule.display,
            office: from.office.name,
          })}
        </p>
        <div className="row top wrap">
          <Select
            label={t('emr.scheduler.office')}
            allowDeselect={false}
            value={officeId}
            data={offices.map((one) => ({ value: one.officeId, label: one.name }))}
            onChange={(picked) => picked !== null && asking(setOffice)(picked)}
          />
          <Select
            label={t('emr.book.provider')}
            allowDeselect={false}
            required
            value={chosen}
            data={open.map((one) => ({ value: one.providerId, label: one.display }))}
            onChange={asking(setProvider)}
          />
        </div>
        <div className="row top wrap">
          <DateField label={t('emr.scheduler.date')} value={date} onChange={asking(setDate)} />
          <TextInput
            label={t('emr.book.time')}
            type="time"
            required
            data-autofocus
            value={start}
            onChange={(event) => asking(setStart)(event.currentTarget.value)}
          />
          <MinutesInput value={minutes} onChange={asking(setMinutes)} w={96} />
        </div>
        {day.isError && <ErrorState problem={day.error} onRetry={() => void day.refetch()} />}
        {loses && (
          <Banner tone="amber">
            <p>{t('scheduler.move.unconfirms')}</p>
          </Banner>
        )}
        {place.isError && (
          <ErrorState
            problem={place.error}
            action={
              taken && (
                <Button disabled={place.isPending} onClick={() => submit(true)}>
                  {as === 'move' ? t('scheduler.move.anyway') : t('emr.book.anyway')}
                </Button>
              )
            }
          />
        )}
        <div className="row wrap">
          <Button type="submit" variant="filled" disabled={!complete || isSame || place.isPending || taken}>
            {as === 'move' ? t('scheduler.move') : t('scheduler.copy')}
          </Button>
          <Button onClick={onClose}>{t('frame.cancel')}</Button>
        </div>
      </form>
    </Modal>
  );
}
