import { columnsIn } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { listOf } from '../../language/lists.ts';
import { useLanguage, useT } from '../../ui/language.tsx';

/** The columns of a set by their names, as a list in the page's language. */
export function useColumnNames(): (columns: number) => string {
  const t = useT();
  const language = useLanguage();
  return (columns) =>
    listOf(
      language,
      columnsIn(columns).map((one) => t(columnName(one))),
    );
}
