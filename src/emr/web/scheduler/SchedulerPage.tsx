import { useState } from 'react';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import type { Carried } from './grid-column.ts';
import { OfficeView } from './OfficeView.tsx';
import { useOffices } from './scheduler.queries.ts';

export interface SchedulerPlace {
  readonly officeId: string;
  readonly date: string;
  readonly view: 'day' | 'week';
  /** Whose week; undefined: everybody's, in figures. */
  readonly providerId: string | undefined;
}

/** The scheduler: one office's day or week. Without an office in the address, the first; without a date, the office's today. */
export function SchedulerPage({
  officeId,
  date,
  view,
  providerId,
  chosen,
  onGo,
}: {
  officeId: string | undefined;
  date: string | undefined;
  view: SchedulerPlace['view'];
  providerId: string | undefined;
  /** A booking whose panel is open at first. */
  chosen: string | undefined;
  onGo: (place: SchedulerPlace) => void;
}) {
  const t = useT();
  const offices = useOffices();
  // Here, and not with the day: what is picked up in one office may be put down in another.
  const [carried, setCarried] = useState<Carried>();
  if (offices.isPending) return <LoadingBlock />;
  const office = offices.data?.find((one) => one.officeId === officeId) ?? offices.data?.[0];
  if (!office) {
    return (
      <Page title={t('emr.nav.scheduler')}>
        {offices.isError ? (
          <ErrorState problem={offices.error} onRetry={() => void offices.refetch()} />
        ) : (
          <EmptyState reason={t('emr.scheduler.no-office')} who={t('emr.scheduler.administrator')} />
        )}
      </Page>
    );
  }
  return (
    <OfficeView
      key={office.officeId}
      offices={offices.data ?? []}
      office={office}
      place={{ officeId: office.officeId, date: date ?? office.today, view, providerId }}
      chosenFirst={chosen}
      carried={carried}
      onCarry={setCarried}
      onGo={onGo}
    />
  );
}
