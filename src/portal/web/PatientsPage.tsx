import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconEyeOff, IconPrinter } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatDate } from '../../language/dates.ts';
import { Banner } from '../../ui/Banner.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import { DayFilters } from './DayFilters.tsx';
import { DayList } from './DayList.tsx';
import { type DayFilter, writeDayFilter } from './day-filter.ts';
import { type DayGroup, groupsOf, isDayKnown, isReadInFull, notShownOf } from './day-groups.ts';
import { useDay } from './day-queries.ts';
import { NotShown } from './NotShown.tsx';
import { SiteSwitch } from './SiteSwitch.tsx';

function Summary({
  groups,
  notShown,
  date,
  today,
}: {
  groups: readonly DayGroup[];
  notShown: number;
  date: string;
  today: string;
}) {
  const t = useT();
  const whole = groups.filter(({ schedule }) => isReadInFull(schedule));
  const matching = whole.filter((group) => isDayKnown(group, date, today)).length;
  const total = groups.length + notShown;
  return (
    <div className="row wrap">
      {matching > 0 && <StatusChip tone="green" label={t('portal.summary.matching', { matching, total })} />}
      {total > whole.length && (
        <StatusChip
          tone="amber"
          icon={IconEyeOff}
          label={t('portal.summary.unreadable', { count: total - whole.length })}
        />
      )}
    </div>
  );
}

/** *Patients*: the bookings of a day that can be listed, and for every schedule what cannot. */
export function PatientsPage({
  filter,
  onChange,
}: {
  filter: DayFilter;
  onChange: (change: Partial<DayFilter>) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const narrow = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false });
  const { data: page, error, refetch, isPlaceholderData } = useDay(filter);
  if (!page) {
    return (
      <Page title={t('portal.nav.patients')}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
      </Page>
    );
  }
  // While another day is being read, what stands there is still the day before: its own date heads it.
  const groups = groupsOf(page, filter);
  const notShown = notShownOf(page, filter);
  const office = page.offices.find((one) => one.officeId === filter.office)?.name;
  const filters = <DayFilters page={page} filter={filter} onChange={onChange} />;
  return (
    <div className="with-filters">
      <aside className="side filters-side" aria-label={t('portal.filters')}>
        {narrow ? (
          <details>
            <summary>{t('portal.filters')}</summary>
            {filters}
          </details>
        ) : (
          filters
        )}
        <SiteSwitch />
      </aside>
      <Page
        windowTitle={t('portal.nav.patients')}
        title={
          <span className="row wrap">
            {t('portal.nav.patients')}
            <span className="s13 muted day-of">
              {formatDate(language, page.date)} · {office ?? t('portal.office.all')}
            </span>
          </span>
        }
        actions={
          <Button
            component={Link}
            to="/day-sheet"
            // Without TanStack's Register the search of an address is not typed here; `readDayFilter` reads it either way.
            search={writeDayFilter(filter) as never}
            leftSection={<IconPrinter size={16} stroke={1.75} aria-hidden />}
          >
            {t('portal.nav.day-sheet')}
          </Button>
        }
      >
        {error && (
          <Banner tone="amber" announce="status">
            {t('portal.stale')}
          </Banner>
        )}
        {groups.length === 0 && notShown.length === 0 ? (
          <EmptyState withheld reason={t('portal.empty')} who={t('portal.empty.who')} />
        ) : (
          <div className="stack" aria-busy={isPlaceholderData}>
            <Summary groups={groups} notShown={notShown.length} date={page.date} today={page.today} />
            <NotShown schedules={notShown} />
            {groups.length > 0 && (
              <DayList groups={groups} date={page.date} today={page.today} searching={filter.search !== undefined} />
            )}
          </div>
        )}
      </Page>
    </div>
  );
}
