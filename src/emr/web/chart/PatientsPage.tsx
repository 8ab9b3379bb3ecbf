import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { DataTable } from '../../../ui/DataTable.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import { type FoundPatient, patientsFound } from '../../contract/patients.ts';
import { usePatients } from '../scheduler/scheduler.queries.ts';

/** Kept with what was read, and so gone with the session; never in the address: what is typed is a person's name. */
const searchKey = ['patient-search'];

export function PatientsPage() {
  const t = useT();
  const queries = useQueryClient();
  const [search, setSearch] = useState(() => queries.getQueryData<string>(searchKey) ?? '');
  const [asked] = useDebouncedValue(search, 200);
  const patients = usePatients(asked);
  return (
    <Page title={t('chart-page.patients')}>
      <TextInput
        label={t('chart-page.search')}
        description={t('chart-page.search-hint')}
        leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
        value={search}
        maxLength={200}
        type="search"
        autoComplete="off"
        data-autofocus
        className="patient-search"
        onChange={({ currentTarget: { value } }) => {
          queries.setQueryData(searchKey, value);
          setSearch(value);
        }}
      />
      <div role="status" className="vh">
        {patients.data && asked.trim().length > 1 && t('chart-page.found', { count: patients.data.length })}
      </div>
      {patients.isError && <ErrorState problem={patients.error} onRetry={() => void patients.refetch()} />}
      {asked.trim().length > 1 && patients.isPending && !patients.isError && <LoadingBlock />}
      {asked.trim().length > 1 && patients.data && <Found patients={patients.data} />}
    </Page>
  );
}

function Found({ patients }: { patients: readonly FoundPatient[] }) {
  const t = useT();
  const language = useLanguage();
  if (patients.length === 0) {
    return <EmptyState reason={t('chart-page.none-found')} who={t('emr.scheduler.administrator')} />;
  }
  return (
    <>
      <div className="card rows-table">
        <DataTable label={t('chart-page.patients')}>
          <thead>
            <tr>
              <th>{t('chart-page.name')}</th>
              <th>{t('chart-page.born')}</th>
              <th>{t('chart-page.chart-number')}</th>
            </tr>
          </thead>
          <tbody>
            {patients.map(({ patientId, display, birthDate, chartNumber }) => (
              <tr key={patientId}>
                <th scope="row">
                  <Link to="/patients/$patientId" params={{ patientId }} search={{ tab: 'summary' }}>
                    {display}
                  </Link>
                </th>
                <td data-label={t('chart-page.born')}>
                  {birthDate === null ? '–' : formatDate(language, birthDate, 'day')}
                </td>
                <td data-label={t('chart-page.chart-number')}>{chartNumber ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      </div>
      {patients.length === patientsFound && <p className="s13 muted">{t('chart-page.more-may-be')}</p>}
    </>
  );
}
