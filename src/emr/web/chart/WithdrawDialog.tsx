import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import { type EntryToWithdraw, useWithdraw } from './chart.queries.ts';
import { EntryForm } from './EntryForm.tsx';

/** Marks an entry as entered in error. It stays in the record and says so; the reason is kept in the audit log. */
export function WithdrawDialog({
  patientId,
  entry,
  onClose,
}: {
  patientId: string;
  entry: EntryToWithdraw;
  onClose: () => void;
}) {
  const t = useT();
  const [reason, setReason] = useState('');
  const withdraw = useWithdraw(patientId);
  return (
    <EntryForm
      title={t('chart-page.withdraw.title')}
      act={t('chart-page.withdraw.act')}
      busy={withdraw.isPending}
      complete={reason.trim() !== ''}
      problem={withdraw.error}
      onSubmit={() => withdraw.mutate({ ...entry, reason }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{t('chart-page.withdraw.what', { title: entry.title })}</p>
      <TextInput
        label={t('chart-page.withdraw.reason')}
        required
        maxLength={500}
        value={reason}
        onChange={({ currentTarget: { value } }) => setReason(value)}
      />
    </EntryForm>
  );
}
