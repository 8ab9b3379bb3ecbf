import { Button } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconEyeOff, IconHelpCircle, IconPrinter } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { Banner } from '../../ui/Banner.tsx';
import { dayAfter } from '../../ui/day-after.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import { useKeys } from '../../ui/use-keys.ts';
import { ComposeDialog } from './ComposeDialog.tsx';
import { DayFilters, searchFieldId } from './DayFilters.tsx';
import { DayList } from './DayList.tsx';
import { type DayFilter, isNarrowed, writeDayFilter } from './day-filter.ts';
import { type DayGroup, groupsOf, isDayKnown, isReadInFull, notShownOf } from './day-groups.ts';
import { useDay } from './day-queries.ts';
import { NotShown } from './NotShown.tsx';
import { PatientPanel } from './PatientPanel.tsx';
import { PatientsActions } from './PatientsActions.tsx';
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
  /** Of whom a message is being written to. */
  const [composing, setComposing] = useState<{ readonly bookingId: string; readonly patient: string }>();
  const [chooseFirst, setChooseFirst] = useState(false);
  const groups = page ? groupsOf(page, filter) : [];
  const shown = groups.flatMap(({ bookings }) => bookings);
  const opened = shown.find(({ bookingId }) => bookingId === filter.booking);
  const open = (bookingId: string | undefined) => {
    setChooseFirst(false);
    onChange({ booking: bookingId });
  };
  const composeOpen = () => {
    const patient = opened?.patient?.display;
    if (opened && patient !== undefined) setComposing({ bookingId: opened.bookingId, patient });
    else setChooseFirst(true);
  };
  const move = (step: 1 | -1) => {
    const withPatient = shown.filter(({ patient }) => patient !== null);
    const at = withPatient.findIndex(({ bookingId }) => bookingId === filter.booking);
    const next = at < 0 ? withPatient.at(step > 0 ? 0 : -1) : withPatient[at + step];
    if (next) open(next.bookingId);
  };
  const turn = (days: 1 | -1) => {
    if (!page) return;
    const date = dayAfter(filter.date ?? page.today, days);
    onChange({ date: date === page.today ? undefined : date, booking: undefined });
  };
  useKeys({
    '/': () => {
      const field = document.getElementById(searchFieldId);
      field?.closest('details')?.setAttribute('open', '');
      field?.focus();
    },
    j: () => move(1),
    k: () => move(-1),
    '[': () => turn(-1),
    ']': () => turn(1),
    m: composeOpen,
  });
  if (!page) {
    return (
      <Page title={t('portal.nav.patients')}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
      </Page>
    );
  }
  // While another day is being read, what stands there is still the day before: its own date heads it.
  const notShown = notShownOf(page, filter);
  const office = page.offices.find((one) => one.officeId === filter.office)?.name;
  const filters = <DayFilters page={page} filter={filter} onChange={onChange} />;
  return (
    <div className={filter.booking === undefined ? 'with-filters' : 'with-filters with-panel'}>
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
          <span className="row wrap">
            <PatientsActions filter={filter} onCompose={composeOpen} />
            <Button
              component={Link}
              to="/why"
              search={{ date: filter.date, office: filter.office, name: filter.search } as never}
              leftSection={<IconHelpCircle size={16} stroke={1.75} aria-hidden />}
            >
              {t('portal.why')}
            </Button>
            <Button
              component={Link}
              to="/day-sheet"
              // Without TanStack's Register the search of an address is not typed here; `readDayFilter` reads it either way.
              search={writeDayFilter({ ...filter, booking: undefined }) as never}
              leftSection={<IconPrinter size={16} stroke={1.75} aria-hidden />}
            >
              {t('portal.nav.day-sheet')}
            </Button>
          </span>
        }
      >
        {chooseFirst && (
          <Banner tone="blue" announce="status">
            {t('portal.actions.message.choose')}
          </Banner>
        )}
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
              <DayList
                groups={groups}
                date={page.date}
                today={page.today}
                searching={isNarrowed(filter)}
                open={filter.booking}
                onOpen={open}
              />
            )}
          </div>
        )}
      </Page>
      {filter.booking !== undefined && (
        <PatientPanel
          key={filter.booking}
          bookingId={filter.booking}
          onCompose={(patient) => setComposing({ bookingId: filter.booking!, patient })}
          onClose={() => open(undefined)}
        />
      )}
      {composing && <ComposeDialog kind="patient" {...composing} onClose={() => setComposing(undefined)} />}
    </div>
  );
}
