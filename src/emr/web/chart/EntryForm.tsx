import { Button, Modal, Select, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { DateField } from '../../../ui/DateField.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import type { LocalTime, PlaceToAdd } from '../../contract/chart.ts';
import { pairOf, placeWords } from './chart-words.ts';

/** What every dialog that adds something to the chart is made of: its fields, what was refused, and one button that does it. */
export function EntryForm({
  title,
  act,
  busy,
  complete,
  problem,
  size,
  onSubmit,
  onClose,
  children,
}: {
  title: string;
  act: string;
  busy: boolean;
  complete: boolean;
  problem: unknown;
  size?: 'lg';
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const t = useT();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (complete && !busy) onSubmit();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
      {...(size && { size })}
      // What was typed is not lost by a click beside the dialog.
      closeOnClickOutside={false}
    >
      <form className="stack g3" onSubmit={submit}>
        {children}
        {problem ? <ErrorState problem={problem} /> : null}
        <div className="row wrap">
          <Button type="submit" variant="filled" disabled={!complete || busy}>
            {act}
          </Button>
          <Button onClick={onClose}>{t('frame.cancel')}</Button>
        </div>
      </form>
    </Modal>
  );
}

/** The schedule that the new entry belongs to: it decides who may see it. */
export function usePlace(places: readonly PlaceToAdd[], prefer?: PlaceToAdd | undefined) {
  const [pair, setPair] = useState(() => {
    const first = prefer ?? (places.length === 1 ? places[0] : undefined);
    return first ? pairOf(first) : null;
  });
  return { place: places.find((one) => pairOf(one) === pair), pair, setPair };
}

export function PlaceField({
  places,
  pair,
  onPick,
  disabled = false,
}: {
  places: readonly PlaceToAdd[];
  pair: string | null;
  onPick: (pair: string | null) => void;
  disabled?: boolean;
}) {
  const t = useT();
  return (
    <Select
      label={t('chart-page.place')}
      description={t('chart-page.place-hint')}
      required
      searchable={places.length > 8}
      allowDeselect={false}
      disabled={disabled}
      value={pair}
      data={places.map((one) => ({ value: pairOf(one), label: placeWords(one) }))}
      onChange={onPick}
    />
  );
}

/** A time on the wall of the entry's office; until somebody types one, what its clock says now. */
export function useTime(place: PlaceToAdd | undefined) {
  const [typed, setTyped] = useState<Partial<LocalTime>>({});
  const time: LocalTime = { date: typed.date ?? place?.now.date ?? '', time: typed.time ?? place?.now.time ?? '' };
  const fields = (labels: { readonly date: string; readonly time: string }) => (
    <div className="row top wrap">
      <DateField
        label={labels.date}
        value={time.date}
        onChange={(date) => setTyped((before) => ({ ...before, date }))}
        max={place?.now.date}
      />
      <TextInput
        type="time"
        label={labels.time}
        value={time.time}
        onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, time: value }))}
      />
    </div>
  );
  return { time, complete: time.date !== '' && time.time !== '', fields };
}
