import { IconEyeOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Column } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { useT } from '../../../ui/language.tsx';
import type { NamedCell } from '../../contract/chart.ts';
import { useMe } from '../session.ts';
import { pairOf } from './chart-words.ts';

interface Line {
  readonly key: string;
  readonly office: string;
  readonly columns: readonly Column[];
  readonly providers: readonly string[];
}

/** One line for each office and what is missing there, with the providers of whom it is. */
export function linesOf(cells: readonly NamedCell[]): Line[] {
  const pairs = Map.groupBy(cells, pairOf);
  const lines = Map.groupBy(pairs.values(), (ofPair) =>
    JSON.stringify([ofPair[0]!.officeId, ...ofPair.map(({ column }) => column)]),
  );
  return [...lines].map(([key, ofLine]) => ({
    key,
    office: ofLine[0]![0]!.office,
    columns: ofLine[0]!.map(({ column }) => column),
    providers: ofLine.map(([first]) => first!.provider),
  }));
}

export function CellLines({ lines }: { lines: readonly Line[] }) {
  const t = useT();
  return (
    <ul className="withheld-cells">
      {lines.map(({ key, office, columns, providers }) => (
        <li key={key}>
          <strong>{columns.map((column) => t(columnName(column))).join(', ')}</strong> · {office} ·{' '}
          {providers.join(', ')}
        </li>
      ))}
    </ul>
  );
}

/** What of a tab is not shown, cell by cell, and who can change that. Nothing is drawn where nothing is withheld. */
export function Withheld({ cells, empty }: { cells: readonly NamedCell[]; empty: boolean }) {
  const t = useT();
  const me = useMe();
  if (cells.length === 0) return null;
  const lines = linesOf(cells);
  const list = <CellLines lines={lines} />;
  return (
    <section className="empty hatch withheld-note">
      <IconEyeOff size={20} stroke={1.75} aria-hidden />
      <div className="stack g1 grow">
        <p>{empty ? t('chart-page.withheld.nothing') : t('chart-page.withheld.some')}</p>
        {lines.length <= 4 ? (
          list
        ) : (
          <details open={empty}>
            <summary>{t('chart-page.withheld.cells', { count: cells.length })}</summary>
            {list}
          </details>
        )}
        <p className="s13 muted">
          {me.data?.abilities.manageSecurity ? (
            <Link to="/security" search={{ user: me.data.userId }}>
              {t('chart-page.withheld.manage')}
            </Link>
          ) : (
            t('frame.empty.who', { who: t('emr.scheduler.administrator') })
          )}
        </p>
      </div>
    </section>
  );
}
