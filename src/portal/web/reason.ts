import { formatDate } from '../../language/dates.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { ListedSchedule } from '../contract/patients.ts';
import { useColumnNames } from './column-names.ts';

/** Why a schedule cannot be read, in one sentence: its cells by name. Empty when no cell is missing. */
export function useReason(): (schedule: ListedSchedule) => string {
  const t = useT();
  const language = useLanguage();
  const columnNames = useColumnNames();
  return ({ outcome, missingColumns, lapsedOn }) => {
    if (outcome === 'not-selected') return t('portal.notice.not-selected');
    // Of a row that has lapsed nothing holds: to list its columns as well says no more.
    if (lapsedOn !== null) return t('portal.notice.lapsed', { day: formatDate(language, lapsedOn, 'day') });
    return missingColumns === 0 ? '' : t('portal.notice.missing', { columns: columnNames(missingColumns) });
  };
}
