import { Button, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem, api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useT } from '../../ui/language.tsx';
import type { DayAppointment, FoundPatient, SchedulerDay } from '../contract/scheduler.ts';

export function BookDialog({ day, onClose }: { day: SchedulerDay; onClose: () => void }) {
  const t = useT();
  const queries = useQueryClient();
  const [providerId, setProvider] = useState<string | null>(
    day.schedules.find((one) => !one.bookingsWithheld)?.providerId ?? null,
  );
  const [search, setSearch] = useState('');
  const [patientId, setPatient] = useState<string | null>(null);
  const [start, setStart] = useState('');
  const [minutes, setMinutes] = useState(15);
  const [type, setType] = useState('');
  const patients = useQuery({
    queryKey: ['patients', search],
    queryFn: () => api<FoundPatient[]>(`/api/patients?${new URLSearchParams({ search })}`),
    enabled: search.trim().length > 1,
  });
  const book = useMutation({
    mutationFn: (doubleBook: boolean) =>
      api<DayAppointment>('/api/appointments', {
        method: 'POST',
        body: {
          officeId: day.office.officeId,
          providerId,
          patientId,
          date: day.date,
          start,
          minutes,
          ...(type ? { type } : {}),
          doubleBook,
        },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['day'] });
      onClose();
    },
  });
  const taken = book.error instanceof ApiProblem && book.error.status === 409;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('emr.scheduler.book')}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      <form
        className="stack g3"
        onSubmit={(event) => {
          event.preventDefault();
          book.mutate(false);
        }}
      >
        <Select
          label={t('emr.book.provider')}
          required
          value={providerId}
          data={day.schedules.map((one) => ({ value: one.providerId, label: one.display }))}
          onChange={setProvider}
        />
        <Select
          label={t('emr.book.patient')}
          description={t('emr.book.patient-hint')}
          required
          searchable
          searchValue={search}
          onSearchChange={setSearch}
          filter={({ options }) => options}
          value={patientId}
          data={(patients.data ?? []).map((one) => ({
            value: one.patientId,
            label: `${one.display} (${one.birthDate ?? '–'})`,
          }))}
          onChange={setPatient}
        />
        <TextInput
          label={t('emr.book.time')}
          type="time"
          required
          value={start}
          onChange={(event) => setStart(event.currentTarget.value)}
        />
        <NumberInput
          label={t('emr.book.minutes')}
          min={5}
          max={720}
          step={5}
          value={minutes}
          onChange={(value) => setMinutes(Number(value))}
        />
        <TextInput
          label={t('emr.book.type')}
          value={type}
          maxLength={200}
          onChange={(event) => setType(event.currentTarget.value)}
        />
        {book.isError && <ErrorState problem={book.error} />}
        <div className="row wrap">
          <Button
            type="submit"
            variant="filled"
            loading={book.isPending}
            disabled={!providerId || !patientId || !start}
          >
            {t('emr.scheduler.book')}
          </Button>
          {taken && <Button onClick={() => book.mutate(true)}>{t('emr.book.anyway')}</Button>}
        </div>
      </form>
    </Modal>
  );
}
