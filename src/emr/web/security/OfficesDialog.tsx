import { Button, Checkbox, Modal } from '@mantine/core';
import { useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import type { ProviderPermissions } from '../../contract/security.ts';
import { BlastRadius } from './BlastRadius.tsx';
import { useSetOffices } from './permissions.queries.ts';

/** The offices that the user belongs to. It holds at once: membership is no tick of the matrix, and does not wait for *Save*. */
export function OfficesDialog({
  matrix,
  propose,
  onClose,
}: {
  matrix: ProviderPermissions;
  /** An office to tick when the dialog opens. */
  propose?: string | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const { user, offices } = matrix;
  const [chosen, setChosen] = useState(
    offices.filter(({ officeId, member }) => member || officeId === propose).map(({ officeId }) => officeId),
  );
  const set = useSetOffices(user.userId);
  const left = offices.filter(({ officeId, member }) => member && !chosen.includes(officeId));
  const moved = offices.some(({ officeId, member }) => member !== chosen.includes(officeId));
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('emr.offices.title', { name: user.displayName })}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      <div className="stack g3">
        <p>{t('emr.offices.what')}</p>
        <Checkbox.Group label={t('emr.offices.belongs')} value={chosen} onChange={setChosen}>
          <div className="stack">
            {offices.map(({ officeId, name }) => (
              <Checkbox key={officeId} value={officeId} label={name} />
            ))}
          </div>
        </Checkbox.Group>
        {left.length > 0 && (
          <p className="s13 t-red">{t('emr.offices.leaves', { offices: left.map(({ name }) => name).join(', ') })}</p>
        )}
        {moved && <BlastRadius matrix={matrix} asked={{ changes: [], officeIds: chosen }} />}
        {set.isError && <ErrorState problem={set.error} />}
        <div className="row wrap">
          <Button
            variant="filled"
            disabled={!moved || set.isPending}
            onClick={() => set.mutate(chosen, { onSuccess: onClose })}
          >
            {t('emr.offices.save')}
          </Button>
          <Button onClick={onClose}>{t('frame.cancel')}</Button>
        </div>
      </div>
    </Modal>
  );
}
