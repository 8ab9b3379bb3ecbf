import { IconCheck, IconExclamationMark, IconMinus, IconPlus, type TablerIcon } from '@tabler/icons-react';
import type { KeyboardEvent, Ref } from 'react';
import { useT } from './language.tsx';

/**
 * `held`, `not-held` · `needed` a feature asks for it and it is not held · `will-grant`, `will-take` pending until *Save* ·
 * `lapsed` ticked, but *Access Until* is over · `proposed` a fix request asks for it.
 */
export const cellStates = ['held', 'not-held', 'needed', 'will-grant', 'will-take', 'lapsed', 'proposed'] as const;
export type CellState = (typeof cellStates)[number];

const icons: Readonly<Record<CellState, TablerIcon | undefined>> = {
  held: IconCheck,
  'not-held': undefined,
  needed: IconExclamationMark,
  'will-grant': IconPlus,
  'will-take': IconMinus,
  lapsed: IconCheck,
  proposed: IconPlus,
};

/** Whether the tick is there as the form stands now: what *Save* would write. */
const ticked: Readonly<Record<CellState, boolean>> = {
  held: true,
  'not-held': false,
  needed: false,
  'will-grant': true,
  'will-take': false,
  lapsed: true,
  proposed: false,
};

function CellIcon({ state }: { state: CellState }) {
  const Icon = icons[state];
  return Icon ? <Icon size={16} stroke={2.25} aria-hidden /> : null;
}

/** One cell of the matrix. `name` says which: "Scheduling, Dr. Fern Wobbleton, Lantern Hill"; the state is added in words. */
export function PermissionCell({
  state,
  name,
  onToggle,
  disabled = false,
  tabIndex,
  onFocus,
  onKeyDown,
  ref,
}: {
  state: CellState;
  name: string;
  onToggle?: (() => void) | undefined;
  disabled?: boolean;
  /** 0 for the one cell of the table that Tab reaches, -1 for the rest: arrow keys move between them. */
  tabIndex?: 0 | -1;
  onFocus?: (() => void) | undefined;
  onKeyDown?: ((event: KeyboardEvent<HTMLButtonElement>) => void) | undefined;
  ref?: Ref<HTMLButtonElement>;
}) {
  const t = useT();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native checkbox cannot show the seven states, and a button takes Space as well
    <button
      ref={ref}
      type="button"
      role="checkbox"
      className={`cell ${state}`}
      data-state={state}
      aria-checked={ticked[state]}
      aria-disabled={disabled || undefined}
      aria-label={`${name}: ${t(`frame.cell.${state}`)}`}
      tabIndex={tabIndex}
      onClick={disabled ? undefined : onToggle}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      <CellIcon state={state} />
    </button>
  );
}

/** What the marks of the cells mean, in words. */
export function CellLegend({ states = cellStates }: { states?: readonly CellState[] }) {
  const t = useT();
  return (
    <ul className="legend" aria-label={t('frame.cell.legend')}>
      {states.map((state) => (
        <li key={state}>
          <span className={`cell ${state}`}>
            <CellIcon state={state} />
          </span>
          {t(`frame.cell.${state}`)}
        </li>
      ))}
    </ul>
  );
}
