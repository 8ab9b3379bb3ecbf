import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from './language.tsx';

/** Asks before an act. The button says what happens; focus begins on the way out when the act takes something away. */
export function ConfirmDialog({
  opened,
  title,
  confirmLabel,
  cancelLabel,
  danger = false,
  busy = false,
  onConfirm,
  onCancel,
  children,
}: {
  opened: boolean;
  title: string;
  confirmLabel: string;
  cancelLabel?: string | undefined;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onCancel: () => void;
  children: ReactNode;
}) {
  const t = useT();
  return (
    <Modal opened={opened} onClose={onCancel} title={title} closeButtonProps={{ 'aria-label': t('frame.close') }}>
      <div className="stack g3">
        <div>{children}</div>
        <div className="row wrap">
          <Button
            variant="filled"
            {...(danger && { color: 'red' })}
            loading={busy}
            onClick={onConfirm}
            data-autofocus={danger ? undefined : true}
          >
            {confirmLabel}
          </Button>
          <Button onClick={onCancel} data-autofocus={danger ? true : undefined}>
            {cancelLabel ?? t('frame.cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
