import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { allColumns, bitOf, type ColumnSet, columns } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { Sentence, useT } from '../../../ui/language.tsx';
import { TriStateToggle } from '../../../ui/TriStateToggle.tsx';
import { triStateOf } from '../../../ui/tri-state.ts';
import type { PermissionOffice } from '../../contract/security.ts';
import { heldIn, keyOf, type Pending, type Place, targetOf } from './pending-changes.ts';
import { ScheduleRow } from './ScheduleRow.tsx';

/** An office: its heading with toggles for all of it and for each column in it, and its provider schedules. */
export function OfficeRows({
  office,
  places,
  pending,
  asked,
  userName,
  onToggle,
  onToggleMany,
  onUntil,
  onMembership,
  folded,
  onFold,
}: {
  office: PermissionOffice;
  places: readonly Place[];
  pending: Pending;
  asked: boolean;
  userName: string;
  onToggle: (place: Place, set: ColumnSet) => void;
  onToggleMany: (places: readonly Place[], set: ColumnSet) => void;
  onUntil: (place: Place, day: string | null) => void;
  onMembership: () => void;
  folded: boolean;
  onFold: () => void;
}) {
  const t = useT();
  const held = columns.reduce((sum, column) => sum + heldIn(pending, places, bitOf[column]), 0);
  const all = triStateOf(held, places.length * columns.length);
  return (
    <tbody>
      <tr className={office.member ? 'group' : 'group has-note'} data-row={office.officeId}>
        <th scope="rowgroup">
          <span className="who">
            <span data-col="fold">
              <button
                type="button"
                className="fold"
                tabIndex={-1}
                aria-expanded={!folded}
                aria-label={t('emr.permissions.fold', { office: office.name })}
                onClick={onFold}
              >
                {folded ? <IconChevronRight size={16} aria-hidden /> : <IconChevronDown size={16} aria-hidden />}
              </button>
            </span>
            <span data-col="row">
              <TriStateToggle
                state={all}
                name={t('emr.permissions.all-of-office', { office: office.name })}
                tabIndex={-1}
                onToggle={() => onToggleMany(places, allColumns)}
              />
            </span>
            <span>
              {office.name}{' '}
              <span className="small muted">
                {t('emr.permissions.schedules', { count: places.length })}
                {all === 'all' && ` · ${t('emr.permissions.all-ticked')}`}
              </span>
            </span>
          </span>
        </th>
        {columns.map((column) => (
          <td key={column} data-col={column}>
            <TriStateToggle
              state={triStateOf(heldIn(pending, places, bitOf[column]), places.length)}
              name={t('emr.permissions.column-in-office', { column: t(columnName(column)), office: office.name })}
              tabIndex={-1}
              onToggle={() => onToggleMany(places, bitOf[column])}
            />
          </td>
        ))}
        <td />
      </tr>
      {!office.member && (
        <tr className="row-note no-member">
          <td colSpan={8}>
            <Sentence of="emr.permissions.no-member" params={{ name: userName }} />{' '}
            <button type="button" className="as-link" onClick={onMembership}>
              {t('emr.offices.make-member')}
              <span className="vh"> {office.name}</span>
            </button>
          </td>
        </tr>
      )}
      {!folded &&
        places.map((place) => (
          <ScheduleRow
            key={keyOf(place)}
            place={place}
            target={targetOf(pending, place)}
            asked={asked}
            onToggle={onToggle}
            onUntil={onUntil}
          />
        ))}
    </tbody>
  );
}
