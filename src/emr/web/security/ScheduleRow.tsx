import { memo } from 'react';
import { allColumns, bitOf, type ColumnSet, columns } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { formatDate } from '../../../language/dates.ts';
import { dayAfter } from '../../../ui/day-after.ts';
import { Sentence, useLanguage, useT } from '../../../ui/language.tsx';
import { PermissionCell } from '../../../ui/PermissionCell.tsx';
import { TriStateToggle } from '../../../ui/TriStateToggle.tsx';
import { triStateOf } from '../../../ui/tri-state.ts';
import { cellStateOf, endOf, keyOf, type Place, type Target } from './pending-changes.ts';
import { UntilCell } from './UntilCell.tsx';

const focusDate = (button: HTMLElement) =>
  button.closest('tr')?.previousElementSibling?.querySelector<HTMLElement>('[data-col="until"] input')?.focus();

/** When the row ends, in words: the colour of its date is not enough. */
function EndNote({ place, target }: { place: Place; target: Target }) {
  const t = useT();
  const language = useLanguage();
  const end = endOf(place, target);
  const day = target.accessUntilDay;
  if (!end || day === null) return null;
  return (
    <tr className="row-note">
      <td colSpan={8}>
        {end === 'lapsed' ? (
          <Sentence
            of="emr.permissions.lapsed"
            params={{ since: formatDate(language, dayAfter(day, 1) ?? day, 'day') }}
          />
        ) : (
          <Sentence of="emr.permissions.lapses-soon" params={{ day: formatDate(language, day, 'day') }} />
        )}{' '}
        <button type="button" className="as-link" onClick={(event) => focusDate(event.currentTarget)}>
          {t('emr.permissions.new-date')}
          <span className="vh">
            {' '}
            {place.row.display}, {place.office.name}
          </span>
        </button>
      </td>
    </tr>
  );
}

/** One provider schedule. Drawn again only when its own target changes: a clinic may have hundreds. */
export const ScheduleRow = memo(function ScheduleRow({
  place,
  target,
  asked,
  onToggle,
  onUntil,
}: {
  place: Place;
  target: Target;
  asked: boolean;
  onToggle: (place: Place, set: ColumnSet) => void;
  onUntil: (place: Place, day: string | null) => void;
}) {
  const t = useT();
  const { office, row } = place;
  const end = endOf(place, target);
  return (
    <>
      <tr data-row={keyOf(place)} className={end && `has-note ${end}-row`}>
        <th scope="row" data-col="row">
          <span className="who">
            <TriStateToggle
              state={triStateOf(columns.filter((column) => target.columns & bitOf[column]).length, columns.length)}
              name={t('emr.permissions.all-of-row', { provider: row.display, office: office.name })}
              tabIndex={-1}
              onToggle={() => onToggle(place, allColumns)}
            />
            {row.display}
          </span>
        </th>
        {columns.map((column) => {
          const state = cellStateOf(place, target, column, asked);
          return (
            <td key={column} data-col={column} data-cell={state}>
              <PermissionCell
                state={state}
                name={`${t(columnName(column))}, ${row.display}, ${office.name}`}
                tabIndex={-1}
                onToggle={() => onToggle(place, bitOf[column])}
              />
            </td>
          );
        })}
        <td data-col="until">
          <UntilCell
            place={place}
            target={target}
            name={`${t('emr.permissions.access-until')}, ${row.display}, ${office.name}`}
            onChange={(day) => onUntil(place, day)}
          />
        </td>
      </tr>
      <EndNote place={place} target={target} />
    </>
  );
});
