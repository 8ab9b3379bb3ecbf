import { TextInput } from '@mantine/core';
import { IconClock, IconClockX } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import { endOf, type Place, type Target } from './pending-changes.ts';

/**
 * *Access Until*. Without a date a button that says so; with one a date field. A half-typed date, or one that has passed, is not taken:
 * read as "no date" it would open the row for ever.
 */
export function UntilCell({
  place,
  target,
  name,
  onChange,
}: {
  place: Place;
  target: Target;
  name: string;
  onChange: (day: string | null) => void;
}) {
  const t = useT();
  const [editing, setEditing] = useState(false);
  const [draft, setDraft] = useState<{ readonly value: string; readonly wrong: boolean } | undefined>();
  const day = target.accessUntilDay;
  if (day === null && !editing) {
    return (
      <button
        type="button"
        className="until-none"
        tabIndex={-1}
        aria-label={t('emr.until.none-for', { name })}
        onClick={() => setEditing(true)}
      >
        {t('emr.until.none')}
      </button>
    );
  }
  const end = endOf(place, target);
  const type = (value: string, partial: boolean) => {
    const passed = value !== '' && value < place.office.today && value !== place.row.accessUntilDay;
    const wrong = partial || passed;
    setDraft({ value, wrong });
    if (!wrong) onChange(value === '' ? null : value);
  };
  return (
    <TextInput
      type="date"
      className={`until ${end ?? ''}`}
      aria-label={name}
      tabIndex={-1}
      autoFocus={editing}
      value={draft?.value ?? day ?? ''}
      error={draft?.wrong && t('emr.until.wrong')}
      leftSection={end === 'lapsed' ? <IconClockX size={14} aria-hidden /> : end && <IconClock size={14} aria-hidden />}
      onFocus={() => setEditing(true)}
      onChange={({ currentTarget: { value, validity } }) => type(value, validity.badInput)}
      // A date half deleted has the value '' already: the browser says nothing when its last part goes as well.
      onKeyUp={({ currentTarget: { value, validity } }) => {
        if (draft?.wrong) type(value, validity.badInput);
      }}
      onBlur={() => {
        setEditing(false);
        setDraft(undefined);
      }}
    />
  );
}
