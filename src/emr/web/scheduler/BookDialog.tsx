import { Autocomplete, Button, Modal, Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { ApiProblem } from '../../../ui/api.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { FoundPatient } from '../../contract/patients.ts';
import type { MyOffice } from '../../contract/scheduler.ts';
import { MinutesInput } from './MinutesInput.tsx';
import type { Time } from './ScheduleColumn.tsx';
import { useAppointmentTypes, useBook, usePatients } from './scheduler.queries.ts';

function PatientPicker({
  patientId,
  onPick,
}: {
  patientId: string | null;
  onPick: (patientId: string | null) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 200);
  const patients = usePatients(asked);
  const labelOf = ({ display, birthDate }: FoundPatient) =>
    birthDate === null ? display : t('emr.book.born', { name: display, date: formatDate(language, birthDate, 'day') });
  return (
    <Select
      label={t('emr.book.patient')}
      description={t('emr.book.patient-hint')}
      required
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      // The server has searched already, in ways that a comparison of letters here would undo.
      filter={({ options }) => options}
      nothingFoundMessage={search.trim().length > 1 && !patients.isFetching && t('emr.book.no-patient')}
      error={patients.isError && patients.error instanceof ApiProblem && patients.error.title}
      value={patientId}
      data={(patients.data ?? []).map((one) => ({ value: one.patientId, label: labelOf(one) }))}
      onChange={onPick}
    />
  );
}

/** Books on a day. Where the time is taken the server says so, and a person may book it all the same. */
export function BookDialog({
  office,
  date,
  providers: open,
  providerId: first,
  time,
  onClose,
}: {
  office: MyOffice;
  date: string;
  /** Those with whom may be booked there. */
  providers: readonly { readonly providerId: string; readonly display: string }[];
  providerId: string | undefined;
  time: Time | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const [providerId, setProvider] = useState<string | null>(first ?? open[0]?.providerId ?? null);
  const [patientId, setPatient] = useState<string | null>(null);
  const [start, setStart] = useState(time?.start ?? '');
  const [minutes, setMinutes] = useState<number | string>(Math.max(5, time?.minutes ?? 15));
  const [type, setType] = useState('');
  const [reason, setReason] = useState('');
  const book = useBook();
  const types = useAppointmentTypes();
  const taken = book.error instanceof ApiProblem && book.error.status === 409;
  const complete = providerId !== null && patientId !== null && start !== '' && minutes !== '';
  const submit = (doubleBook: boolean) => {
    if (!complete) return;
    book.mutate(
      {
        officeId: office.officeId,
        providerId,
        patientId,
        date,
        start,
        minutes: Number(minutes),
        ...(type.trim() && { type }),
        ...(reason.trim() && { reason }),
        doubleBook,
      },
      { onSuccess: onClose },
    );
  };
  // An answer of "taken" is about the time that was asked for.
  const asking =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      book.reset();
      set(value);
    };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('emr.book.title', { date: formatDate(language, date), office: office.name })}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      <form
        className="stack g3"
        onSubmit={(event) => {
          event.preventDefault();
          submit(false);
        }}
      >
        <PatientPicker patientId={patientId} onPick={asking(setPatient)} />
        <Select
          label={t('emr.book.provider')}
          required
          allowDeselect={false}
          value={providerId}
          data={open.map((one) => ({ value: one.providerId, label: one.display }))}
          onChange={asking(setProvider)}
        />
        <div className="row top wrap">
          <TextInput
            label={t('emr.book.time')}
            type="time"
            required
            value={start}
            onChange={(event) => asking(setStart)(event.currentTarget.value)}
          />
          <MinutesInput value={minutes} onChange={asking(setMinutes)} w={120} />
        </div>
        <Autocomplete
          label={t('emr.book.type')}
          value={type}
          maxLength={200}
          data={[...new Set((types.data?.types ?? []).map(({ display }) => display))]}
          onChange={setType}
        />
        <TextInput
          label={t('emr.book.reason')}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {book.isError && (
          <ErrorState
            problem={book.error}
            action={
              taken && (
                <Button disabled={book.isPending} onClick={() => submit(true)}>
                  {t('emr.book.anyway')}
                </Button>
              )
            }
          />
        )}
        <div className="row wrap">
          <Button type="submit" variant="filled" disabled={!complete || book.isPending || taken}>
            {t('emr.scheduler.book')}
          </Button>
          <Button onClick={onClose}>{t('frame.cancel')}</Button>
        </div>
      </form>
    </Modal>
  );
}
