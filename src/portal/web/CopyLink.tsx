import { Button, CopyButton, Modal, TextInput } from '@mantine/core';
import { useT } from '../../ui/language.tsx';

/** A link to give to a patient. Selected when it is focused, for a browser that copies nothing by itself. */
export function CopyLink({ url, patient, onClose }: { url: string | null; patient: string; onClose: () => void }) {
  const t = useT();
  return (
    <Modal
      opened={url !== null}
      onClose={onClose}
      title={t('link.copy.title', { patient })}
      closeButtonProps={{ 'aria-label': t('link.copy.close') }}
    >
      {url !== null && (
        <div className="stack g3">
          <p>{t('link.copy.means')}</p>
          <TextInput
            label={t('link.copy.field')}
            value={url}
            readOnly
            data-autofocus
            onFocus={(event) => event.currentTarget.select()}
          />
          <div className="row">
            <CopyButton value={url}>
              {({ copied, copy }) => (
                <Button variant="filled" onClick={copy}>
                  <span aria-live="polite">{t(copied ? 'link.copy.done' : 'link.copy.act')}</span>
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>{t('link.copy.close')}</Button>
          </div>
        </div>
      )}
    </Modal>
  );
}
