import { Button, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../ui/api.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { DateField } from '../../ui/DateField.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import type { AppointmentStatus, DayAppointment, DaySchedule, MyOffice, SchedulerDay } from '../contract/scheduler.ts';
import { BookDialog } from './BookDialog.tsx';

const tones: Partial<Record<AppointmentStatus, ChipTone>> = {
  booked: 'neutral',
  arrived: 'blue',
  fulfilled: 'neutral',
  cancelled: 'hatch',
  noshow: 'amber',
};

/** One office's day, a column for each schedule that the signed-in user may see. */
export function SchedulerPage() {
  const t = useT();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { office?: string; date?: string };
  const offices = useQuery({ queryKey: ['offices'], queryFn: () => api<MyOffice[]>('/api/offices') });
  const office = offices.data?.find((one) => one.officeId === search.office) ?? offices.data?.[0];
  const date = search.date ?? office?.today;
  const day = useQuery({
    queryKey: ['day', office?.officeId, date],
    queryFn: () =>
      api<SchedulerDay>(`/api/scheduler/day?${new URLSearchParams({ office: office!.officeId, date: date! })}`),
    enabled: office !== undefined,
    refetchInterval: 15_000,
  });
  const [booking, setBooking] = useState(false);
  if (offices.isPending) return <LoadingBlock />;
  if (offices.isError) return <ErrorState problem={offices.error} onRetry={() => void offices.refetch()} />;
  if (!office || !date)
    return (
      <Page title={t('emr.nav.scheduler')}>
        <EmptyState reason={t('emr.scheduler.no-office')} who={t('emr.scheduler.administrator')} />
      </Page>
    );
  const go = (next: { office?: string; date?: string }) =>
    void navigate({ to: '/', search: { office: office.officeId, date, ...next } });
  return (
    <Page
      title={t('emr.nav.scheduler')}
      actions={
        <Button variant="filled" onClick={() => setBooking(true)}>
          {t('emr.scheduler.book')}
        </Button>
      }
    >
      <div className="row wrap">
        <Select
          label={t('emr.scheduler.office')}
          value={office.officeId}
          allowDeselect={false}
          data={offices.data.map((one) => ({ value: one.officeId, label: one.name }))}
          onChange={(chosen) => chosen && go({ office: chosen })}
        />
        <DateField label={t('emr.scheduler.date')} value={date} steps onChange={(next) => next && go({ date: next })} />
        <Button onClick={() => go({ date: office.today })}>{t('emr.scheduler.today')}</Button>
      </div>
      {day.isPending && <LoadingBlock />}
      {day.isError && <ErrorState problem={day.error} onRetry={() => void day.refetch()} />}
      {day.data && day.data.schedules.length === 0 && (
        <EmptyState reason={t('emr.scheduler.nothing-visible')} who={t('emr.scheduler.administrator')} withheld />
      )}
      <div className="day-columns">
        {day.data?.schedules.map((schedule) => (
          <ScheduleColumn key={schedule.providerId} schedule={schedule} />
        ))}
      </div>
      {booking && day.data && <BookDialog day={day.data} onClose={() => setBooking(false)} />}
    </Page>
  );
}

function ScheduleColumn({ schedule }: { schedule: DaySchedule }) {
  const t = useT();
  return (
    <section className="card pad" aria-label={schedule.display}>
      <h2>{schedule.display}</h2>
      {schedule.bookingsWithheld ? (
        <EmptyState reason={t('emr.scheduler.withheld')} who={t('emr.scheduler.administrator')} withheld />
      ) : schedule.appointments.length === 0 ? (
        <p className="muted">{t('emr.scheduler.free-day')}</p>
      ) : (
        <ul className="stack g1">
          {schedule.appointments.map((appointment) => (
            <Booking key={appointment.appointmentId} appointment={appointment} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Booking({ appointment }: { appointment: DayAppointment }) {
  const t = useT();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () =>
      api(`/api/appointments/${appointment.appointmentId}/cancel`, {
        method: 'POST',
        ifMatch: `"${appointment.version}"`,
      }),
    onSuccess: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: ['day'] });
    },
  });
  const { patient, status, participation } = appointment;
  const confirmed = status === 'booked' && participation === 'accepted';
  return (
    <li className="row wrap s13">
      <span className="mono">
        {appointment.start}–{appointment.end}
      </span>
      <span className="grow">
        {patient === 'masked'
          ? t('emr.scheduler.patient-withheld')
          : (patient?.display ?? t('emr.scheduler.no-patient'))}{' '}
        · {appointment.type}
      </span>
      <StatusChip
        tone={confirmed ? 'green' : (tones[status] ?? 'neutral')}
        label={t(confirmed ? 'emr.status.confirmed' : `emr.status.${status}`)}
      />
      {status === 'booked' && (
        <Button variant="subtle" onClick={() => setAsking(true)}>
          {t('emr.scheduler.cancel')}
        </Button>
      )}
      <ConfirmDialog
        opened={asking}
        title={t('emr.scheduler.cancel')}
        confirmLabel={t('emr.scheduler.cancel')}
        danger
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('emr.scheduler.cancel-detail', { start: appointment.start })}</p>
        {cancel.isError && <ErrorState problem={cancel.error} />}
      </ConfirmDialog>
    </li>
  );
}
