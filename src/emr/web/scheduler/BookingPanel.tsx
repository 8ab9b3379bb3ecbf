import { Button } from '@mantine/core';
import { IconCalendarX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import { SidePanel } from '../../../ui/SidePanel.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import type { DayAppointment } from '../../contract/scheduler.ts';
import { signs, wordOf } from './booking-signs.ts';
import { canBeCancelled } from './day-layout.ts';
import { usePatientName } from './patient-name.ts';
import { useCancelBooking } from './scheduler.queries.ts';

/** The chosen booking, and cancelling it. */
export function BookingPanel({
  booking,
  provider,
  office,
  onClose,
}: {
  booking: DayAppointment;
  provider: string;
  office: string;
  onClose: () => void;
}) {
  const t = useT();
  const nameOf = usePatientName();
  const [asking, setAsking] = useState(false);
  const cancel = useCancelBooking();
  const state = stateOf(booking);
  const { Icon, tone } = signs[state];
  const facts = [
    [
      t('emr.booking.time'),
      t('emr.booking.time-is', { start: booking.start, end: booking.end, minutes: booking.minutes }),
    ],
    [t('emr.book.provider'), provider],
    [t('emr.scheduler.office'), office],
    [t('emr.book.type'), booking.type ?? '–'],
  ];
  return (
    <SidePanel title={nameOf(booking)} onClose={onClose}>
      <div>
        <StatusChip tone={tone} icon={Icon} label={t(wordOf(state))} />
      </div>
      <dl className="facts">
        {facts.map(([term, fact]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      {booking.patient !== null && booking.patient !== 'masked' && (
        <p className="s13">
          <Link to="/patients/$patientId" params={{ patientId: booking.patient.patientId }} search={{ tab: 'summary' }}>
            {t('chart-page.open')}
          </Link>
        </p>
      )}
      {booking.patient === 'masked' && <p className="s13 muted">{t('emr.scheduler.patient-withheld-why')}</p>}
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
