import { IconCheck, IconMinus } from '@tabler/icons-react';
import type { KeyboardEvent, Ref } from 'react';
import type { TriState } from './tri-state.ts';

const checked = { all: true, some: 'mixed', none: false } as const;

/** A header toggle: for a column, an office, a column in an office, or a row. `name` says what all it toggles. */
export function TriStateToggle({
  state,
  name,
  onToggle,
  disabled = false,
  tabIndex,
  onKeyDown,
  ref,
}: {
  state: TriState;
  name: string;
  onToggle: () => void;
  disabled?: boolean;
  tabIndex?: 0 | -1;
  onKeyDown?: ((event: KeyboardEvent<HTMLButtonElement>) => void) | undefined;
  ref?: Ref<HTMLButtonElement>;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native checkbox has no "some" that HTML alone can set
    <button
      ref={ref}
      type="button"
      role="checkbox"
      className="check"
      aria-checked={checked[state]}
      aria-disabled={disabled || undefined}
      aria-label={name}
      tabIndex={tabIndex}
      onClick={disabled ? undefined : onToggle}
      onKeyDown={onKeyDown}
    >
      {state === 'all' && <IconCheck size={12} stroke={3} aria-hidden />}
      {state === 'some' && <IconMinus size={12} stroke={3} aria-hidden />}
    </button>
  );
}
