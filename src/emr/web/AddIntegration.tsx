import { Button, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useT } from '../../ui/language.tsx';
import type { IntegrationCredentials, RosterOffice } from '../contract/security.ts';

/** *Add integration*: the integration user in every office, its credentials shown once, and no grant. */
export function AddIntegration() {
  const t = useT();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(false);
  const offices = useQuery({
    queryKey: ['roster'],
    queryFn: () => api<RosterOffice[]>('/api/roster'),
    enabled: opened,
  });
  const add = useMutation({
    mutationFn: () =>
      api<IntegrationCredentials>('/api/integrations', {
        method: 'POST',
        body: { name: 'Cloud Connect', officeIds: (offices.data ?? []).map((office) => office.officeId) },
      }),
  });
  const close = () => {
    setOpened(false);
    if (add.isSuccess) void queries.invalidateQueries({ queryKey: ['users'] });
  };
  return (
    <>
      <Button mt="lg" onClick={() => setOpened(true)}>
        {t('emr.integration.add')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t('emr.integration.add')}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        <div className="stack g3">
          {!add.data && <p>{t('emr.integration.what')}</p>}
          {add.isError && <ErrorState problem={add.error} />}
          {add.data ? (
            <>
              <p>{t('emr.integration.once')}</p>
              <TextInput label={t('emr.integration.client-id')} readOnly value={add.data.clientId} />
              <TextInput label={t('emr.integration.secret')} readOnly value={add.data.clientSecret} />
              <TextInput label={t('emr.integration.base-url')} readOnly value={add.data.fhirBaseUrl} />
              <p>{t('emr.integration.next', { name: add.data.user.username })}</p>
            </>
          ) : (
            <Button variant="filled" loading={add.isPending} disabled={!offices.data} onClick={() => add.mutate()}>
              {t('emr.integration.add')}
            </Button>
          )}
        </div>
      </Modal>
    </>
  );
}
