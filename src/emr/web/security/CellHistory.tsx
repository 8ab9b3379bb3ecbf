import { Modal } from '@mantine/core';
import { IconCalendar, IconMinus, IconPlus } from '@tabler/icons-react';
import { bitOf, columns } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { formatDate } from '../../../language/dates.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { RowChangeMade } from '../../contract/permission-history.ts';
import { useWallClock } from '../office-time.ts';
import type { FocusedCell } from './FocusLine.tsx';
import { useRowHistory } from './permissions.queries.ts';

/** What a saved change did to the cell: its column, and Access Until, which holds for the whole row. */
function partOf({ before, after }: RowChangeMade, field: FocusedCell['field']) {
  const cells = columns.filter(
    (column) => (field === 'row' || field === column) && ((before.columns ^ after.columns) & bitOf[column]) !== 0,
  );
  return { cells, until: before.accessUntilDay !== after.accessUntilDay };
}

function Change({ change, field, zone }: { change: RowChangeMade; field: FocusedCell['field']; zone: string }) {
  const t = useT();
  const language = useLanguage();
  const wall = useWallClock();
  const { cells, until } = partOf(change, field);
  const dayOf = (day: string | null) => (day === null ? t('emr.until.none') : formatDate(language, day, 'day'));
  return (
    <li className="stack g1">
      <p className="s13">
        <strong>{wall(change.at, zone)}</strong> · {change.by ?? t('emr.permissions.somebody')}
      </p>
      <ul className="diff no-undo">
        {cells.map((column) => {
          const granted = (change.after.columns & bitOf[column]) !== 0;
          return (
            <li key={column} className={granted ? 'granted' : 'taken'}>
              {granted ? <IconPlus size={14} stroke={2} aria-hidden /> : <IconMinus size={14} stroke={2} aria-hidden />}
              <span>
                <strong>{t(columnName(column))}</strong>{' '}
                {t(granted ? 'emr.permissions.not-held-to-held' : 'emr.permissions.held-to-not-held')}
              </span>
            </li>
          );
        })}
        {until && (
          <li>
            <IconCalendar size={14} stroke={2} aria-hidden />
            <span>
              <strong>{t('emr.permissions.access-until')}</strong> {dayOf(change.before.accessUntilDay)} →{' '}
              {dayOf(change.after.accessUntilDay)}
            </span>
          </li>
        )}
      </ul>
      {change.reason !== null && (
        <p className="small muted">{t('security.history.reason', { reason: change.reason })}</p>
      )}
    </li>
  );
}

/** Who changed a cell, when, from what to what: by the audit log, latest first. The focus goes back to the cell. */
export function CellHistory({ cell, userId, onClose }: { cell: FocusedCell; userId: string; onClose: () => void }) {
  const t = useT();
  const { place, field } = cell;
  const { office, row } = place;
  const history = useRowHistory(userId, office.officeId, row.providerId);
  const named = { until: 'emr.permissions.access-until', row: 'emr.permissions.whole-row' } as const;
  const what = t(field === 'until' || field === 'row' ? named[field] : columnName(field));
  const changes = (history.data?.changes ?? []).filter((change) => {
    const { cells, until } = partOf(change, field);
    return cells.length > 0 || until;
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('security.history.title', { what, provider: row.display, office: office.name })}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      {history.error && <ErrorState problem={history.error} onRetry={() => void history.refetch()} />}
      {history.isPending && <LoadingBlock />}
      {history.data && (
        <div className="stack g3">
          {changes.length === 0 && <p className="muted">{t('security.history.none')}</p>}
          <ul className="stack g3">
            {changes.map((change) => (
              <Change key={change.at} change={change} field={field} zone={office.zone} />
            ))}
          </ul>
          {history.data.more && <p className="small muted">{t('security.history.more')}</p>}
          <p className="small muted">{t('security.history.what')}</p>
        </div>
      )}
    </Modal>
  );
}
