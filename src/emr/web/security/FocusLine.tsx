import { IconKeyboard } from '@tabler/icons-react';
import { bitOf, type Column } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { Sentence, useT } from '../../../ui/language.tsx';
import { columnOpens } from '../columns.ts';
import { useWallClock } from '../office-time.ts';
import type { Place } from './pending-changes.ts';

export interface FocusedCell {
  readonly place: Place;
  readonly field: Column | 'until' | 'row';
}

function Described({ cell: { place, field } }: { cell: FocusedCell }) {
  const t = useT();
  const wall = useWallClock();
  const { office, row } = place;
  const named = { until: 'emr.permissions.access-until', row: 'emr.permissions.whole-row' } as const;
  const opens = { until: 'emr.permissions.until-means', row: 'emr.permissions.whole-row-means' } as const;
  const isColumn = field !== 'until' && field !== 'row';
  return (
    <>
      <strong>
        {t(isColumn ? columnName(field) : named[field])} · {row.display} · {office.name}.
      </strong>{' '}
      {isColumn ? t(columnOpens(field)) : t(opens[field], { zone: office.zone })}{' '}
      {isColumn && `${t(row.columns & bitOf[field] ? 'emr.permissions.is-ticked' : 'emr.permissions.is-not-ticked')} `}
      {row.changedAt === null
        ? t('emr.permissions.never-changed')
        : t('emr.permissions.last-changed', {
            when: wall(row.changedAt, office.zone),
            who: row.changedBy ?? t('emr.permissions.somebody'),
          })}
    </>
  );
}

/** Under the table: the cell that has the focus, what it opens and its history. Nothing floats over other cells. */
export function FocusLine({
  cell,
  pending,
  onHistory,
}: {
  cell: FocusedCell | undefined;
  pending: number;
  onHistory: (cell: FocusedCell) => void;
}) {
  const t = useT();
  return (
    <div className="inspect">
      <IconKeyboard size={20} stroke={1.75} aria-hidden />
      <p className="grow" role="status">
        {cell ? <Described cell={cell} /> : t('emr.permissions.nothing-focused')}
      </p>
      {cell && (
        <button type="button" className="as-link" onClick={() => onHistory(cell)}>
          {t('security.history')}
        </button>
      )}
      {pending > 0 && (
        <button
          type="button"
          className="as-link to-pending"
          onClick={() => document.getElementById('pending')?.scrollIntoView()}
        >
          {t('emr.permissions.to-pending', { count: pending })}
        </button>
      )}
      <p className="keys-hint">
        <Sentence of="emr.permissions.keys" />
      </p>
    </div>
  );
}
