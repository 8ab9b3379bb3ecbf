import { Select, Tabs } from '@mantine/core';
import { useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import type { ClinicStatus } from '../../contract/scheduler.ts';
import type { ProviderPermissions } from '../../contract/security.ts';
import { useAppointmentTypes, useClinicStatuses } from '../scheduler/scheduler.queries.ts';
import { useProviderPermissions } from '../security/permissions.queries.ts';
import { useMe } from '../session.ts';
import { OpenHoursEditor } from './OpenHoursEditor.tsx';
import { useSetStatuses, useSetTypes } from './settings.queries.ts';
import { WordsEditor } from './WordsEditor.tsx';

/** What the clinic sets for its scheduler: when providers may be booked, what people come for, and its own statuses. */
export function SchedulerSettingsPage() {
  const t = useT();
  const me = useMe();
  return (
    <Page title={t('scheduler.settings')} width="narrow">
      <Tabs defaultValue="hours" keepMounted={false}>
        <Tabs.List aria-label={t('scheduler.settings')}>
          <Tabs.Tab value="hours">{t('scheduler.hours')}</Tabs.Tab>
          <Tabs.Tab value="types">{t('scheduler.types')}</Tabs.Tab>
          <Tabs.Tab value="statuses">{t('scheduler.statuses')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="hours" pt="md">
          {me.data && <Hours userId={me.data.userId} />}
        </Tabs.Panel>
        <Tabs.Panel value="types" pt="md">
          <Types />
        </Tabs.Panel>
        <Tabs.Panel value="statuses" pt="md">
          <Statuses />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Every schedule of the clinic stands in the matrix of whoever may open it. */
function Hours({ userId }: { userId: string }) {
  const matrix = useProviderPermissions(userId);
  if (matrix.isError) return <ErrorState problem={matrix.error} onRetry={() => void matrix.refetch()} />;
  if (!matrix.data) return <LoadingBlock />;
  return <HoursOf offices={matrix.data.offices} />;
}

function HoursOf({ offices }: { offices: ProviderPermissions['offices'] }) {
  const t = useT();
  const [officeId, setOffice] = useState(offices[0]?.officeId ?? null);
  const [providerId, setProvider] = useState<string | null>(null);
  const office = offices.find((one) => one.officeId === officeId);
  const provider = office?.rows.find((one) => one.providerId === providerId) ?? office?.rows[0];
  return (
    <div className="stack g3">
      <div className="row top wrap">
        <Select
          label={t('emr.scheduler.office')}
          allowDeselect={false}
          value={officeId}
          data={offices.map((one) => ({ value: one.officeId, label: one.name }))}
          onChange={setOffice}
        />
        <Select
          label={t('emr.book.provider')}
          allowDeselect={false}
          value={provider?.providerId ?? null}
          data={(office?.rows ?? []).map((one) => ({ value: one.providerId, label: one.display }))}
          onChange={setProvider}
        />
      </div>
      {office && provider && (
        <OpenHoursEditor
          key={`${office.officeId} ${provider.providerId}`}
          pair={{ officeId: office.officeId, providerId: provider.providerId }}
        />
      )}
    </div>
  );
}

function Types() {
  const t = useT();
  const types = useAppointmentTypes();
  const save = useSetTypes();
  if (types.isError) return <ErrorState problem={types.error} onRetry={() => void types.refetch()} />;
  if (!types.data) return <LoadingBlock />;
  return (
    <WordsEditor
      latest={types.data}
      save={save}
      wordsOf={(whole) => whole.types}
      wholeOf={(words) => ({ types: words.map(({ code, display }) => ({ code, display })) })}
      meaning={false}
      what={t('scheduler.types.what')}
      empty={t('scheduler.types.none')}
    />
  );
}

function Statuses() {
  const t = useT();
  const statuses = useClinicStatuses();
  const save = useSetStatuses();
  if (statuses.isError) return <ErrorState problem={statuses.error} onRetry={() => void statuses.refetch()} />;
  if (!statuses.data) return <LoadingBlock />;
  return (
    <WordsEditor
      latest={statuses.data}
      save={save}
      wordsOf={(whole) => whole.statuses}
      wholeOf={(words) => ({
        statuses: words.flatMap(({ code, display, means }): ClinicStatus[] =>
          means ? [{ code, display, means }] : [],
        ),
      })}
      meaning
      what={t('scheduler.statuses.what')}
      empty={t('scheduler.statuses.none')}
    />
  );
}
