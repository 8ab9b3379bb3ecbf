import { Button } from '@mantine/core';
import { IconArrowsMove, IconCalendarX, IconCopy } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { Sentence, useLanguage, useT } from '../../../ui/language.tsx';
import { SidePanel } from '../../../ui/SidePanel.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import { signs, wordOf } from './booking-signs.ts';
import { canBeCancelled } from './day-layout.ts';
import type { Carried, PlacedInGrid } from './grid-column.ts';
import { usePatientName } from './patient-name.ts';
import { StateMenu } from './StateMenu.tsx';
import { useCancelBooking } from './scheduler.queries.ts';

/** The chosen booking, what becomes of it, and where it goes. */
export function BookingPanel({
  placed,
  onPlace,
  onCarry,
  onClose,
}: {
  placed: PlacedInGrid;
  /** By a dialog. */
  onPlace: (carried: Carried) => void;
  /** By hand: the next time that is chosen in the grid is where it goes. */
  onCarry: (carried: Carried) => void;
  onClose: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const nameOf = usePatientName();
  const [asking, setAsking] = useState(false);
  const cancel = useCancelBooking();
  const { booking, column } = placed;
  const provider = column.schedule.display;
  const state = stateOf(booking);
  const { Icon, tone } = signs[state];
  const facts = [
    [t('emr.scheduler.date'), formatDate(language, column.date)],
    [
      t('emr.booking.time'),
      t('emr.booking.time-is', { start: booking.start, end: booking.end, minutes: booking.minutes }),
    ],
    [t('emr.book.provider'), provider],
    [t('emr.scheduler.office'), column.office.name],
    [t('emr.book.type'), booking.type ?? '–'],
    [t('scheduler.reason'), booking.reason ?? '–'],
    ...(booking.reminded === null ? [] : [[t('scheduler.reminded'), booking.reminded] as const]),
  ];
  const { patient } = booking;
  return (
    <SidePanel title={nameOf(booking)} onClose={onClose}>
      <div className="row wrap">
        <StatusChip tone={tone} icon={Icon} label={t(wordOf(state))} />
        {booking.clinicStatus && <StatusChip tone="accent" label={booking.clinicStatus.display} />}
        {booking.again && <StatusChip tone="amber" label={t('scheduler.again')} />}
      </div>
      <dl className="facts">
        {facts.map(([term, fact]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      {patient !== null && patient !== 'masked' && (
        <p className="s13">
          <Link to="/patients/$patientId" params={{ patientId: patient.patientId }} search={{ tab: 'summary' }}>
            {t('chart-page.open')}
          </Link>
        </p>
      )}
      {patient === 'masked' && <p className="s13 muted">{t('emr.scheduler.patient-withheld-why')}</p>}
      <StateMenu booking={booking} />
      <div className="row wrap">
        {booking.movable && (
          <Button
            leftSection={<IconArrowsMove size={16} stroke={1.75} aria-hidden />}
            onClick={() => onPlace({ ...placed, as: 'move' })}
          >
            {t('scheduler.move.first')}
          </Button>
        )}
        <Button
          leftSection={<IconCopy size={16} stroke={1.75} aria-hidden />}
          onClick={() => onPlace({ ...placed, as: 'copy' })}
        >
          {t('scheduler.copy.first')}
        </Button>
      </div>
      <div className="stack g1 s13">
        {booking.movable && (
          <div>
            <button type="button" className="as-link" onClick={() => onCarry({ ...placed, as: 'move' })}>
              {t('scheduler.move.by-hand')}
            </button>
          </div>
        )}
        <div>
          <button type="button" className="as-link" onClick={() => onCarry({ ...placed, as: 'copy' })}>
            {t('scheduler.copy.by-hand')}
          </button>
        </div>
        <p className="muted">
          <Sentence of="scheduler.keys" />
        </p>
      </div>
      {cancel.isError && <ErrorState problem={cancel.error} />}
      <p className="vh" role="status">
        {cancel.isSuccess && t('emr.booking.cancelled')}
      </p>
      {canBeCancelled(booking) && (
        <div>
          <Button
            color="red"
            leftSection={<IconCalendarX size={16} stroke={1.75} aria-hidden />}
            onClick={() => {
              cancel.reset();
              setAsking(true);
            }}
          >
            {t('emr.booking.cancel-first')}
          </Button>
        </div>
      )}
      <ConfirmDialog
        opened={asking}
        title={t('emr.scheduler.cancel')}
        confirmLabel={t('emr.scheduler.cancel')}
        cancelLabel={t('emr.booking.keep')}
        danger
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate(booking, { onSettled: () => setAsking(false) })}
        onCancel={() => setAsking(false)}
      >
        <p>{t('emr.scheduler.cancel-detail', { start: booking.start, patient: nameOf(booking), provider })}</p>
      </ConfirmDialog>
    </SidePanel>
  );
}
