import { Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import type { PlaceToAdd } from '../../contract/chart.ts';
import { useWriteNote } from './chart.queries.ts';
import { EntryForm, PlaceField, usePlace, useTime } from './EntryForm.tsx';

export function AddNote({
  patientId,
  places,
  prefer,
  onClose,
}: {
  patientId: string;
  places: readonly PlaceToAdd[];
  prefer: PlaceToAdd | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const { place, pair, setPair } = usePlace(places, prefer);
  const { time, complete, fields } = useTime(place);
  const [type, setType] = useState('');
  const [note, setNote] = useState('');
  const write = useWriteNote(patientId);
  return (
    <EntryForm
      title={t('chart-page.note.add')}
      act={t('chart-page.note.save')}
      size="lg"
      busy={write.isPending}
      complete={place !== undefined && complete && note.trim() !== ''}
      problem={write.error}
      onSubmit={() => {
        if (!place) return;
        const { officeId, providerId } = place;
        write.mutate({ officeId, providerId, ...time, note, ...(type.trim() && { type }) }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <PlaceField places={places} pair={pair} onPick={setPair} />
      {fields({ date: t('chart-page.note.date'), time: t('chart-page.note.time') })}
      <TextInput
        label={t('chart-page.note.type')}
        maxLength={200}
        value={type}
        onChange={({ currentTarget: { value } }) => setType(value)}
      />
      <Textarea
        label={t('chart-page.note.note')}
        required
        autosize
        minRows={6}
        maxRows={16}
        maxLength={100_000}
        value={note}
        onChange={({ currentTarget: { value } }) => setNote(value)}
      />
    </EntryForm>
  );
}
