import { Select } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { type ComponentProps, useState } from 'react';
import { Banner } from '../../../ui/Banner.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { useT } from '../../../ui/language.tsx';
import { DayGrid } from './DayGrid.tsx';
import type { GridColumn } from './grid-column.ts';

/** What the grid does, whatever its columns are. */
export type GridActs = Omit<ComponentProps<typeof DayGrid>, 'label' | 'columns'>;

/** The day by provider. On a phone one provider at a time. */
export function DayView({
  columns,
  hidden,
  narrow,
  grid,
}: {
  columns: readonly GridColumn[];
  hidden: ReadonlySet<string>;
  narrow: boolean;
  grid: GridActs;
}) {
  const t = useT();
  const [key, setKey] = useState(columns[0]?.key);
  if (columns.length === 0) {
    return <EmptyState reason={t('emr.scheduler.nothing-visible')} who={t('emr.scheduler.administrator')} withheld />;
  }
  const one = columns.find((column) => column.key === key) ?? columns[0]!;
  const shown = narrow ? [one] : columns.filter((column) => !hidden.has(column.key));
  return (
    <>
      {one.clockChange && (
        <Banner tone="amber" icon={IconClockExclamation}>
          <p>{t('scheduler.clock-change', { ...one.clockChange })}</p>
        </Banner>
      )}
      {narrow && (
        <Select
          label={t('emr.book.provider')}
          allowDeselect={false}
          value={one.key}
          data={columns.map((column) => ({ value: column.key, label: column.heading }))}
          onChange={(picked) => picked !== null && setKey(picked)}
        />
      )}
      {shown.length === 0 && <EmptyState reason={t('emr.scheduler.all-hidden')} />}
      {shown.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className="day-scroll" aria-label={t('emr.scheduler.day')} tabIndex={0}>
          <DayGrid label={t('emr.scheduler.day')} columns={shown} {...grid} />
        </section>
      )}
    </>
  );
}
