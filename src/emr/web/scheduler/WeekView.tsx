import { useT } from '../../../ui/language.tsx';
import { DayGrid } from './DayGrid.tsx';
import type { GridActs } from './DayView.tsx';
import type { GridColumn } from './grid-column.ts';
import { WeekList } from './WeekList.tsx';

/** A provider's week, Monday to Sunday, by the clock of the office. */
export function WeekView({
  columns,
  narrow,
  grid,
}: {
  columns: readonly GridColumn[];
  narrow: boolean;
  grid: GridActs;
}) {
  const t = useT();
  const label = t('scheduler.week-of', { provider: columns[0]?.schedule.display ?? '' });
  if (narrow) {
    return <WeekList columns={columns} chosenId={grid.chosenId} onChoose={grid.onChoose} onBook={grid.onBook} />;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="day-scroll week-scroll" aria-label={label} tabIndex={0}>
      <DayGrid label={label} columns={columns} {...grid} />
    </section>
  );
}
