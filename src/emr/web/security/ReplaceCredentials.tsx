import { Button, Modal } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import { Credentials } from './Credentials.tsx';
import { useReplaceCredentials } from './permissions.queries.ts';

/** A new secret for the integration user; the old one ends at once, so it is asked for twice. */
export function ReplaceCredentials({ userId }: { userId: string }) {
  const t = useT();
  const [opened, setOpened] = useState(false);
  const replace = useReplaceCredentials(userId);
  const close = () => {
    setOpened(false);
    replace.reset();
  };
  return (
    <>
      <Button leftSection={<IconKey size={16} stroke={1.75} aria-hidden />} onClick={() => setOpened(true)}>
        {t('emr.integration.replace')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t('emr.integration.replace')}
        size="lg"
        closeOnEscape={!replace.data}
        closeOnClickOutside={!replace.data}
        withCloseButton={!replace.data}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        {replace.data ? (
          <Credentials credentials={replace.data} replaced onDone={close} />
        ) : (
          <div className="stack g3">
            <p>{t('emr.integration.replace-what')}</p>
            {replace.isError && <ErrorState problem={replace.error} />}
            <div className="row wrap">
              <Button variant="filled" color="red" disabled={replace.isPending} onClick={() => replace.mutate()}>
                {t('emr.integration.replace-act')}
              </Button>
              <Button onClick={close} data-autofocus>
                {t('frame.cancel')}
              </Button>
            </div>
          </div>
        )}
      </Modal>
    </>
  );
}
