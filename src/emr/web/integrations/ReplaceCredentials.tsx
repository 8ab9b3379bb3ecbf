import { Button, Modal, Select } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { Banner } from '../../../ui/Banner.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import { useWallClock } from '../office-time.ts';
import { CredentialFields, credentialOf, noCredential } from './CredentialFields.tsx';
import { Credentials } from './Credentials.tsx';
import { useRotate } from './integrations.queries.ts';

const keeping = [
  { value: '24', label: 'integrations.rotate.keep.day' },
  { value: '1', label: 'integrations.rotate.keep.hour' },
  { value: '168', label: 'integrations.rotate.keep.week' },
  { value: '0', label: 'integrations.rotate.keep.none' },
] as const;

/** What an integration proves itself with, made anew; the old goes on for as long as is said here. */
export function ReplaceCredentials({ userId, name }: { userId: string; name?: string }) {
  const t = useT();
  const wall = useWallClock();
  const [opened, setOpened] = useState(false);
  const [typed, setTyped] = useState(noCredential);
  const [keep, setKeep] = useState<string>(keeping[0].value);
  const rotate = useRotate(userId);
  const close = () => {
    setOpened(false);
    setTyped(noCredential);
    rotate.reset();
  };
  const credential = credentialOf(typed);
  const done = rotate.data;
  const former = done?.formerUntil
    ? t('integrations.rotate.until', { when: wall(done.formerUntil) })
    : t('integrations.rotate.ended');
  return (
    <>
      <Button
        {...(name === undefined
          ? { leftSection: <IconKey size={16} stroke={1.75} aria-hidden /> }
          : { size: 'xs', 'aria-label': t('integrations.rotate-of', { name }) })}
        onClick={() => setOpened(true)}
      >
        {t('emr.integration.replace')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t('emr.integration.replace')}
        size="lg"
        closeOnEscape={!done}
        closeOnClickOutside={!done}
        withCloseButton={!done}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        {done && 'clientSecret' in done && (
          <Credentials credentials={done} what="replaced" former={former} onDone={close} />
        )}
        {done && 'keyIds' in done && (
          <div className="stack g3">
            <Banner tone="green" announce="status">
              {t('integrations.rotate.keys-kept', { count: done.keyIds.length })} {former}
            </Banner>
            <div className="row">
              <Button variant="filled" onClick={close} data-autofocus>
                {t('emr.integration.close')}
              </Button>
            </div>
          </div>
        )}
        {!done && (
          <div className="stack g3">
            <CredentialFields label={t('integrations.rotate.kind')} value={typed} onChange={setTyped} />
            <Select
              label={t('integrations.rotate.keep')}
              description={t('integrations.rotate.keep-what')}
              allowDeselect={false}
              data={keeping.map(({ value, label }) => ({ value, label: t(label) }))}
              value={keep}
              onChange={(value) => setKeep(value ?? '0')}
            />
            {rotate.isError && <ErrorState problem={rotate.error} />}
            <div className="row wrap">
              <Button
                variant="filled"
                {...(keep === '0' && { color: 'red' })}
                disabled={rotate.isPending || !credential}
                onClick={() => credential && rotate.mutate({ ...credential, keepHours: Number(keep) })}
              >
                {t(typed.proof === 'secret' ? 'integrations.rotate.secret-act' : 'integrations.rotate.keys-act')}
              </Button>
              <Button onClick={close}>{t('frame.cancel')}</Button>
            </div>
          </div>
        )}
      </Modal>
    </>
  );
}
