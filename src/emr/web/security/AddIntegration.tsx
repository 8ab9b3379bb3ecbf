import { Button, Checkbox, Modal } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import type { RosterOffice } from '../../contract/security.ts';
import { useMe } from '../session.ts';
import { Credentials } from './Credentials.tsx';
import { useAddIntegration, useRoster } from './permissions.queries.ts';
import { useRereadUsers } from './users.queries.ts';

function ChooseOffices({
  offices,
  busy,
  problem,
  onAdd,
}: {
  offices: readonly RosterOffice[];
  busy: boolean;
  problem: unknown;
  onAdd: (officeIds: readonly string[]) => void;
}) {
  const t = useT();
  const tenantId = useMe().data?.tenantId ?? '';
  const [chosen, setChosen] = useState(offices.map(({ officeId }) => officeId));
  return (
    <div className="stack g3">
      <p>
        <Sentence of="emr.integration.what" params={{ name: `OceanAPI${tenantId}` }} />
      </p>
      <Checkbox.Group
        label={t('emr.integration.offices')}
        description={t('emr.integration.offices-what')}
        value={chosen}
        onChange={setChosen}
      >
        <div className="stack choices">
          {offices.map(({ officeId, name }) => (
            <Checkbox key={officeId} value={officeId} label={name} />
          ))}
        </div>
      </Checkbox.Group>
      {problem != null && <ErrorState problem={problem} />}
      <div className="row">
        <Button variant="filled" disabled={busy || chosen.length === 0} onClick={() => onAdd(chosen)}>
          {t('emr.integration.make')}
        </Button>
      </div>
    </div>
  );
}

/** *Add integration*: the integration user, its offices and its credentials, and no grant; then on to its permissions. */
export function AddIntegration({ onAdded }: { onAdded: (userId: string) => void }) {
  const t = useT();
  const rereadUsers = useRereadUsers();
  const [opened, setOpened] = useState(false);
  const roster = useRoster(opened);
  const add = useAddIntegration();
  const finish = async () => {
    const userId = add.data?.user.userId;
    await rereadUsers();
    setOpened(false);
    add.reset();
    if (userId !== undefined) onAdded(userId);
  };
  return (
    <>
      <Button leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />} onClick={() => setOpened(true)}>
        {t('emr.integration.add')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('emr.integration.add')}
        size="lg"
        // The secret is shown once: a stray key or click must not take it away.
        closeOnEscape={!add.data}
        closeOnClickOutside={!add.data}
        withCloseButton={!add.data}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        {roster.isError && <ErrorState problem={roster.error} onRetry={() => void roster.refetch()} />}
        {roster.isPending && <LoadingBlock />}
        {roster.data && !add.data && (
          <ChooseOffices
            offices={roster.data}
            busy={add.isPending}
            problem={add.error ?? undefined}
            onAdd={(officeIds) => add.mutate({ name: 'Cloud Connect', officeIds: [...officeIds] })}
          />
        )}
        {add.data && <Credentials credentials={add.data} replaced={false} onDone={() => void finish()} />}
      </Modal>
    </>
  );
}
