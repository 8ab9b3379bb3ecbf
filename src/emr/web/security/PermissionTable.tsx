import {
  type FocusEvent,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { bitOf, type Column, type ColumnSet, columns } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { useT } from '../../../ui/language.tsx';
import { TriStateToggle } from '../../../ui/TriStateToggle.tsx';
import { triStateOf } from '../../../ui/tri-state.ts';
import type { ProviderPermissions } from '../../contract/security.ts';
import { CellHistory } from './CellHistory.tsx';
import { type FocusedCell, FocusLine } from './FocusLine.tsx';
import { focusCell, isHistoryKey, keepOneStop, moveFocus } from './grid-keys.ts';
import { OfficeRows } from './OfficeRows.tsx';
import {
  heldIn,
  keyOf,
  type Pending,
  type Place,
  placesOf,
  targetOf,
  toggled,
  withTargets,
} from './pending-changes.ts';

const fields: ReadonlySet<string> = new Set([...columns, 'until', 'row']);

const flipped = (set: ReadonlySet<string>, member: string): ReadonlySet<string> =>
  set.has(member) ? new Set([...set].filter((one) => one !== member)) : new Set([...set, member]);

/** The matrix of the places shown. Header toggles are about what is shown: a change that nobody sees is none that a person made. */
export function PermissionTable({
  matrix,
  pending,
  shows,
  filtered,
  onChange,
  onMembership,
  cell,
}: {
  matrix: ProviderPermissions;
  pending: Pending;
  shows: (place: Place) => boolean;
  filtered: boolean;
  onChange: (next: (pending: Pending) => Pending) => void;
  onMembership: (officeId: string) => void;
  /** `office/provider/field`: the cell that has the focus at first. */
  cell?: string | undefined;
}) {
  const t = useT();
  const grid = useRef<HTMLTableElement>(null);
  const [focused, setFocused] = useState<FocusedCell | undefined>();
  const [history, setHistory] = useState<FocusedCell | undefined>();
  const opener = useRef<Element | null>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  // The same objects for as long as the matrix is the same, so that rows that did not change are not drawn again.
  const places = useMemo(() => placesOf(matrix), [matrix]);
  const byKey = useMemo(() => new Map(places.map((place) => [keyOf(place), place])), [places]);
  const shown = places.filter(shows);

  const onToggleMany = useCallback(
    (some: readonly Place[], set: ColumnSet) => onChange((now) => toggled(now, some, set)),
    [onChange],
  );
  const onToggle = useCallback((place: Place, set: ColumnSet) => onToggleMany([place], set), [onToggleMany]);
  const onUntil = useCallback(
    (place: Place, accessUntilDay: string | null) =>
      onChange((now) => withTargets(now, [[place, { ...targetOf(now, place), accessUntilDay }]])),
    [onChange],
  );
  useLayoutEffect(() => {
    if (grid.current) keepOneStop(grid.current);
  });
  useEffect(() => {
    if (grid.current && cell !== undefined) focusCell(grid.current, cell);
  }, [cell]);
  const now = focused && byKey.get(keyOf(focused.place));
  const inFocus = focused && now ? { place: now, field: focused.field } : undefined;
  const openHistory = (of: FocusedCell) => {
    opener.current = document.activeElement;
    setHistory(of);
  };
  const closeHistory = () => {
    setHistory(undefined);
    // Once the dialog is gone: as long as it is there, it keeps the focus.
    setTimeout(() => opener.current instanceof HTMLElement && opener.current.focus());
  };
  const onFocus = ({ target }: FocusEvent<HTMLTableElement>) => {
    const field = target.closest<HTMLElement>('[data-col]')?.dataset['col'];
    if (!grid.current || field === undefined) return;
    keepOneStop(grid.current, target);
    const place = byKey.get(target.closest<HTMLElement>('[data-row]')?.dataset['row'] ?? '');
    setFocused(place && fields.has(field) ? { place, field: field as FocusedCell['field'] } : undefined);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>) => {
    if (grid.current && moveFocus(grid.current, event)) event.preventDefault();
    else if (inFocus && isHistoryKey(event)) openHistory(inFocus);
  };
  const allName = (column: Column) =>
    filtered
      ? t('emr.permissions.all-of-shown', { column: t(columnName(column)), count: shown.length })
      : t('emr.permissions.all-of-column', { column: t(columnName(column)) });
  return (
    <div className="card matrix-card">
      <table
        ref={grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of toggles, walked with arrow keys
        role="grid"
        className="data matrix"
        aria-labelledby="provider-permissions"
        onFocus={onFocus}
        onKeyDown={onKeyDown}
      >
        <colgroup>
          <col />
          {columns.map((column) => (
            <col key={column} className="column" />
          ))}
          <col className="until" />
        </colgroup>
        <thead>
          <tr data-row="all">
            <th scope="col">{t('emr.permissions.schedule')}</th>
            {columns.map((column) => (
              <th key={column} scope="col" data-col={column}>
                <span className="column-name">{t(columnName(column))}</span>
                <TriStateToggle
                  state={triStateOf(heldIn(pending, shown, bitOf[column]), shown.length)}
                  name={allName(column)}
                  tabIndex={-1}
                  onToggle={() => onToggleMany(shown, bitOf[column])}
                />
              </th>
            ))}
            <th scope="col">{t('emr.permissions.access-until')}</th>
          </tr>
        </thead>
        {matrix.offices.map((office) => {
          const here = shown.filter((place) => place.office === office);
          if (here.length === 0 && filtered) return null;
          return (
            <OfficeRows
              key={office.officeId}
              office={office}
              places={here}
              pending={pending}
              asked={matrix.isIntegrationUser}
              userName={matrix.user.displayName}
              onToggle={onToggle}
              onToggleMany={onToggleMany}
              onUntil={onUntil}
              onMembership={() => onMembership(office.officeId)}
              folded={folded.has(office.officeId)}
              onFold={() => setFolded((before) => flipped(before, office.officeId))}
            />
          );
        })}
      </table>
      {shown.length === 0 && <p className="pad muted">{t('emr.permissions.none-shown')}</p>}
      <FocusLine cell={inFocus} pending={pending.size} onHistory={openHistory} />
      {history && <CellHistory cell={history} userId={matrix.user.userId} onClose={closeHistory} />}
    </div>
  );
}
