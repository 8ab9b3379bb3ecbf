import { Button } from '@mantine/core';
import { IconCalendarEvent, IconRefresh, IconSettings } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../ui/api.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { SplitButton } from '../../ui/SplitButton.tsx';
import { StatusBar, type StatusBarTone } from '../../ui/StatusBar.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import type { BarState, SliceOutcome, StartedRun, SyncMode, SyncStatus } from '../contract/sync.ts';

/** Never blue or green with gaps. */
const tones: Readonly<Record<BarState, StatusBarTone>> = {
  'no-connection': 'blue',
  idle: 'blue',
  running: 'green',
  gaps: 'amber',
  waiting: 'amber',
  failed: 'red',
};
const chips: Readonly<Record<SliceOutcome, ChipTone>> = {
  complete: 'green',
  partly: 'amber',
  'cannot-be-read': 'red',
  'needs-full': 'amber',
  waiting: 'amber',
  failed: 'red',
  'not-selected': 'neutral',
};

/** An instant in the site's zone; the server says the offset, the browser does no zone arithmetic. */
function local(status: SyncStatus, instant: string): string {
  return new Date(Date.parse(instant) + status.offsetMinutes * 60_000).toISOString().slice(11, 19);
}

export function HomePage() {
  const t = useT();
  const queries = useQueryClient();
  const status = useQuery({
    queryKey: ['sync-status'],
    queryFn: () => api<SyncStatus>('/api/sync-status'),
    refetchInterval: (query) => (query.state.data?.live || (query.state.data?.queued.length ?? 0) > 0 ? 500 : 5000),
  });
  const start = useMutation({
    mutationFn: (mode: SyncMode) => api<StartedRun>('/api/sync-runs', { method: 'POST', body: { mode } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sync-status'] }),
  });
  if (status.isPending) return <LoadingBlock />;
  if (status.isError) return <ErrorState problem={status.error} onRetry={() => void status.refetch()} />;
  const { data } = status;
  const gapsFirst = [...data.schedules].sort((a, b) => Number(b.reason !== null) - Number(a.reason !== null));
  return (
    <Page title={data.siteName}>
      <section className="card" aria-labelledby="sync-status">
        <header>
          <h2 id="sync-status">{t('connect.sync')}</h2>
        </header>
        <StatusBar
          tone={tones[data.bar]}
          words={data.live ? t(`connect.running.${data.live.mode}`) : t(`connect.bar.${data.bar}`)}
          detail={
            data.live
              ? t('connect.read', { count: data.live.progress.bookingsRead })
              : data.last?.endedAt
                ? t('connect.last-run', { time: local(data, data.last.endedAt) })
                : undefined
          }
          progress={data.live ? (data.live.progress.fraction ?? 0) : undefined}
        />
        <div className="pad stack g3">
          {data.bar === 'no-connection' ? (
            <EmptyState reason={t('connect.no-connection')} />
          ) : (
            <>
              <p>
                {t('connect.books', {
                  shown: data.books.shown,
                  skipped: data.books.skipped,
                  invisible: data.books.invisibleAtLeast,
                })}
              </p>
              {data.books.gaps > 0 && <p className="t-amber">{t('connect.gaps', { count: data.books.gaps })}</p>}
              {data.last?.problem && <p className="t-red">{data.last.problem.text}</p>}
              {data.queued.map((mode) => (
                <p key={mode}>{t(`connect.queued.${mode}`)}</p>
              ))}
            </>
          )}
          {start.isError && <ErrorState problem={start.error} />}
          <div className="row wrap">
            {data.connection && (
              <SplitButton
                label={t('connect.sync.recent')}
                icon={<IconRefresh size={16} aria-hidden />}
                onClick={() => start.mutate('recent')}
                moreLabel={t('connect.sync.more')}
                actions={[
                  {
                    label: t('connect.sync.full'),
                    description: t('connect.sync.full-what'),
                    icon: <IconCalendarEvent size={16} aria-hidden />,
                    onClick: () => start.mutate('full'),
                  },
                ]}
              />
            )}
            <Button component={Link} to="/settings" leftSection={<IconSettings size={16} aria-hidden />}>
              {t('connect.settings')}
            </Button>
          </div>
        </div>
      </section>
      <section className="card" aria-labelledby="schedules">
        <header>
          <h2 id="schedules">{t('connect.schedules')}</h2>
        </header>
        <div className="scroll-x">
          <DataTable label={t('connect.schedules')}>
            <thead>
              <tr>
                <th scope="col">{t('connect.provider-office')}</th>
                <th scope="col">{t('connect.matches')}</th>
                <th scope="col" className="num">
                  {t('connect.shown')}
                </th>
                <th scope="col">{t('connect.outcome')}</th>
              </tr>
            </thead>
            <tbody>
              {gapsFirst.map((row) => (
                <tr key={`${row.officeId}/${row.providerId}`}>
                  <th scope="row">
                    {row.providerDisplay} <span className="muted">{row.officeName}</span>
                    {row.reason && <p className="small muted">{row.reason.text}</p>}
                    {row.keptInvisible > 0 && (
                      <p className="small muted">{t('connect.kept', { count: row.keptInvisible })}</p>
                    )}
                    {row.withheld > 0 && (
                      <p className="small muted">{t('connect.withheld', { count: row.withheld })}</p>
                    )}
                  </th>
                  <td>{row.matchedAsOf ? local(data, row.matchedAsOf) : t('connect.never')}</td>
                  <td className="num">{row.outcome === 'cannot-be-read' ? '?' : row.shown}</td>
                  <td>
                    <StatusChip tone={chips[row.outcome]} label={t(`connect.outcome.${row.outcome}`)} />
                  </td>
                </tr>
              ))}
            </tbody>
          </DataTable>
        </div>
      </section>
    </Page>
  );
}
