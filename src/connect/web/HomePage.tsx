import { Button, Select } from '@mantine/core';
import { IconLogout, IconPlugConnected, IconSettings } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import { GapsCard } from './GapsCard.tsx';
import { HistoryCard } from './HistoryCard.tsx';
import { NewProvidersCard } from './NewProvidersCard.tsx';
import { RunsCard } from './RunsCard.tsx';
import { SchedulesCard } from './SchedulesCard.tsx';
import { SettingsInUse } from './SettingsInUse.tsx';
import { SyncStatusCard } from './SyncStatusCard.tsx';
import { useMe, useSessionActs } from './session.ts';
import { useSettingsInUse, useSyncStatus } from './sync-queries.ts';
import { WaitingCard } from './WaitingCard.tsx';

function HomeActions() {
  const t = useT();
  const me = useMe();
  const acts = useSessionActs();
  const sites = me.data?.sites ?? [];
  return (
    <>
      {sites.length > 1 && (
        <Select
          aria-label={t('connect.site')}
          data={sites.map((site) => ({ value: String(site.siteId), label: site.name }))}
          value={String(me.data?.siteId)}
          allowDeselect={false}
          onChange={(value) => value !== null && void acts.switchSite(Number(value))}
        />
      )}
      <Button leftSection={<IconLogout size={16} stroke={1.75} aria-hidden />} onClick={() => void acts.signOut()}>
        {t('frame.sign-out')}
      </Button>
    </>
  );
}

/** Cloud Connect's start page: what the last run did, what it could not see, and who can change that. */
export function HomePage() {
  const t = useT();
  const { data: status, error, refetch } = useSyncStatus();
  const settings = useSettingsInUse();
  if (!status) {
    return (
      <Page title={t('connect.nav.home')} actions={<HomeActions />}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
      </Page>
    );
  }
  const { connection } = status;
  return (
    <Page
      windowTitle={t('connect.nav.home')}
      title={
        <span className="row wrap">
          {status.siteName}
          {connection && (
            <span className="s13 muted connect-where">
              {t('connect.home.where', {
                user: settings.data?.integrationUser ?? connection.name,
                host: new URL(connection.baseUrl).host,
              })}
            </span>
          )}
          {connection && status.last && status.last.state !== 'failed' && (
            <StatusChip tone="green" icon={IconPlugConnected} label={t('connect.home.connected')} />
          )}
        </span>
      }
      actions={<HomeActions />}
    >
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {connection ? (
        <div className="connect-home">
          <div className="stack g3">
            <NewProvidersCard status={status} />
            <SyncStatusCard status={status} />
            {status.waiting && <WaitingCard status={status} waiting={status.waiting} />}
            <GapsCard status={status} />
            <SchedulesCard status={status} />
          </div>
          <div className="stack g3 connect-side">
            <RunsCard status={status} />
            <HistoryCard />
            <SettingsInUse />
          </div>
        </div>
      ) : (
        <EmptyState
          reason={t('connect.home.none')}
          who={t('connect.home.none.who')}
          action={
            <Button
              component={Link}
              to="/settings"
              variant="filled"
              leftSection={<IconSettings size={16} stroke={1.75} aria-hidden />}
            >
              {t('connect.settings')}
            </Button>
          }
        />
      )}
    </Page>
  );
}
