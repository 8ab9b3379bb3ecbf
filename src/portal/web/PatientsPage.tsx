import { Checkbox, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { columnsIn } from '../../fhir/columns.ts';
import { api } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { DateField } from '../../ui/DateField.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { ListedBooking, ListedSchedule, PatientsPage as PageData } from '../contract/patients.ts';

export interface PatientsSearch {
  readonly date?: string | undefined;
  readonly office?: string | undefined;
  readonly providers?: string | undefined;
  readonly search?: string | undefined;
}

/** All bookings of the day, page after page, and the schedules; read again when the site's data moved. */
export function usePatientsPage(asked: PatientsSearch, path: '/api/patients' | '/api/day-sheet') {
  const query = new URLSearchParams();
  if (asked.date) query.set('date', asked.date);
  if (asked.office) query.set('office', asked.office);
  if (asked.search) query.set('search', asked.search);
  for (const provider of asked.providers?.split(',').filter(Boolean) ?? []) query.append('provider', provider);
  const page = useQuery({
    queryKey: ['patients', path, query.toString()],
    queryFn: async () => {
      const first = await api<PageData>(`${path}?${query}`);
      const bookings = [...first.bookings];
      for (let next = first.next; next !== null; ) {
        const more = await api<PageData>(`${path}?${query}&after=${encodeURIComponent(next)}`);
        bookings.push(...more.bookings);
        next = more.next;
      }
      return { ...first, bookings };
    },
    placeholderData: (before) => before,
  });
  const revision = useQuery({
    queryKey: ['revision'],
    queryFn: () => api<{ revision: number }>('/api/revision'),
    refetchInterval: 2500,
  });
  const { refetch } = page;
  const stale = revision.data !== undefined && page.data !== undefined && revision.data.revision !== page.data.revision;
  useEffect(() => {
    if (stale) void refetch();
  }, [stale, refetch]);
  return page;
}

export function PatientsPage() {
  const t = useT();
  const navigate = useNavigate();
  const asked = useSearch({ strict: false }) as PatientsSearch;
  const page = usePatientsPage(asked, '/api/patients');
  if (page.isPending) return <LoadingBlock />;
  if (page.isError) return <ErrorState problem={page.error} onRetry={() => void page.refetch()} />;
  const { data } = page;
  const go = (next: PatientsSearch) => void navigate({ to: '/', search: { ...asked, ...next } });
  const chosen = new Set(asked.providers?.split(',').filter(Boolean));
  const shown = data.schedules.filter(
    (one) => (!asked.office || one.officeId === asked.office) && (chosen.size === 0 || chosen.has(one.providerId)),
  );
  // The filter is built from what was synced: a provider whom the EMR never showed is not among them.
  const providers = [
    ...new Map(data.schedules.filter((one) => one.visibility !== 'never').map((one) => [one.providerId, one])).values(),
  ];
  return (
    <Page title={t('portal.nav.patients')}>
      <div className="row wrap top">
        <TextInput
          label={t('portal.search')}
          defaultValue={asked.search}
          onBlur={(event) => go({ search: event.currentTarget.value || undefined })}
          onKeyDown={(event) => event.key === 'Enter' && go({ search: event.currentTarget.value || undefined })}
        />
        <DateField
          label={t('portal.nav.day-sheet')}
          value={data.date}
          steps
          onChange={(date) => date && go({ date })}
        />
        <Select
          label={t('portal.office')}
          clearable
          value={asked.office ?? null}
          data={data.offices.map((one) => ({ value: one.officeId, label: one.name }))}
          onChange={(office) => go({ office: office ?? undefined })}
        />
      </div>
      <fieldset>
        <legend>{t('portal.provider')}</legend>
        <div className="row wrap">
          {providers.map((one) => (
            <Checkbox
              key={one.providerId}
              label={one.providerDisplay}
              checked={chosen.size === 0 || chosen.has(one.providerId)}
              onChange={() => {
                const next = new Set(chosen.size === 0 ? providers.map((other) => other.providerId) : chosen);
                if (!next.delete(one.providerId)) next.add(one.providerId);
                go({ providers: next.size === providers.length ? undefined : [...next].join(',') });
              }}
            />
          ))}
        </div>
      </fieldset>
      {shown
        .filter((one) => one.visibility !== 'readable' || one.outcome !== 'complete')
        .map((one) => (
          <ScheduleNote key={`${one.officeId}/${one.providerId}`} schedule={one} />
        ))}
      {data.bookings.length === 0 ? (
        <EmptyState reason={t('portal.no-bookings')} />
      ) : (
        <BookingList bookings={data.bookings} schedules={data.schedules} />
      )}
    </Page>
  );
}

/** What a schedule lacks, without any patient's data. */
export function ScheduleNote({ schedule }: { schedule: ListedSchedule }) {
  const t = useT();
  const where = { provider: schedule.providerDisplay, office: schedule.officeName };
  const columns = columnsIn(schedule.missingColumns)
    .map((column) => t(`frame.column.${column.toLowerCase()}` as 'frame.column.patient'))
    .join(', ');
  return (
    <Banner tone="amber">
      <b>{t('portal.schedule', where)}</b>{' '}
      {schedule.visibility === 'lost' &&
        t('portal.lost', { since: schedule.visibilitySince, count: schedule.keptInvisible })}
      {schedule.visibility === 'never' &&
        t(schedule.outcome === 'not-selected' ? 'portal.not-selected' : 'portal.never')}
      {schedule.visibility === 'withheld' && t('portal.withheld', { count: schedule.withheld })}
      {schedule.outcome === 'needs-full' && ` ${t('portal.needs-full')}`}
      {schedule.outcome !== 'not-selected' && columns !== '' && ` ${t('portal.missing', { columns })}`}
    </Banner>
  );
}

function BookingList({
  bookings,
  schedules,
}: {
  bookings: readonly ListedBooking[];
  schedules: readonly ListedSchedule[];
}) {
  const t = useT();
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: bookings.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => 36,
    overscan: 20,
  });
  const nameOf = new Map(schedules.map((one) => [`${one.officeId}/${one.providerId}`, one]));
  return (
    <section aria-label={t('portal.bookings')}>
      <p className="s13 muted" role="status">
        {t('portal.count', { count: bookings.length })}
      </p>
      <div
        ref={scroll}
        className="card"
        style={{ height: '60vh', overflowY: 'auto' }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
      >
        <ul style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const booking = bookings[item.index]!;
            const schedule = nameOf.get(`${booking.officeId}/${booking.providerId}`);
            return (
              <li
                key={booking.bookingId}
                data-booking={booking.bookingId}
                className="row wrap pad s13"
                style={{ position: 'absolute', top: item.start, width: '100%' }}
                data-index={item.index}
                ref={virtual.measureElement}
              >
                <span className="mono">{booking.start}</span>
                <b className="grow">{booking.patient?.display ?? t('portal.no-patient')}</b>
                <span>{schedule?.providerDisplay}</span>
                <span className="muted">{schedule?.officeName}</span>
                <span>{booking.type}</span>
                <StatusChip
                  tone={
                    booking.status === 'cancelled'
                      ? 'hatch'
                      : booking.participation === 'accepted'
                        ? 'green'
                        : 'neutral'
                  }
                  label={t(
                    booking.status === 'booked' && booking.participation === 'accepted'
                      ? 'portal.status.confirmed'
                      : statusKey(booking.status),
                  )}
                />
                {booking.unconfirmed && <StatusChip tone="amber" label={t('portal.unconfirmed')} />}
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}

const known = ['booked', 'arrived', 'fulfilled', 'cancelled', 'noshow', 'checked-in'] as const;
export const statusKey = (status: string) =>
  (known as readonly string[]).includes(status)
    ? (`portal.status.${status}` as 'portal.status.booked')
    : 'portal.status.other';
