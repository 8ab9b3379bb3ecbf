import { ActionIcon, TextInput } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { dayAfter } from './day-after.ts';
import { useT } from './language.tsx';

/** A calendar date, 'YYYY-MM-DD' or '' for none, in the browser's own date input. `steps` adds the day before and after. */
export function DateField({
  label,
  value,
  onChange,
  min,
  max,
  steps = false,
  hideLabel = false,
  description,
  error,
  disabled = false,
}: {
  label: string;
  value: string;
  onChange: (date: string) => void;
  min?: string | undefined;
  max?: string | undefined;
  steps?: boolean;
  /** The label is then there for screen readers alone: a table's column head says it to the eye. */
  hideLabel?: boolean;
  description?: ReactNode;
  error?: ReactNode;
  disabled?: boolean;
}) {
  const t = useT();
  const step = (days: 1 | -1) => {
    const next = dayAfter(value, days);
    return {
      disabled: disabled || next === undefined || (days < 0 ? next < (min ?? '') : max !== undefined && next > max),
      next,
    };
  };
  const [before, after] = [step(-1), step(1)];
  return (
    <div className="date-field">
      {steps && (
        <ActionIcon
          aria-label={t('frame.date.previous')}
          disabled={before.disabled}
          onClick={() => before.next !== undefined && onChange(before.next)}
        >
          <IconChevronLeft size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      )}
      <TextInput
        type="date"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        disabled={disabled}
        {...(hideLabel ? { 'aria-label': label } : { label })}
        {...(min !== undefined && { min })}
        {...(max !== undefined && { max })}
        {...(description !== undefined && { description })}
        {...(error !== undefined && { error })}
      />
      {steps && (
        <ActionIcon
          aria-label={t('frame.date.next')}
          disabled={after.disabled}
          onClick={() => after.next !== undefined && onChange(after.next)}
        >
          <IconChevronRight size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}
