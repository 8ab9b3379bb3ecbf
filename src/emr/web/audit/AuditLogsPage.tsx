import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useAuditCsv } from '../../../ui/audit/audit.queries.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { SecuritySide } from '../security/SecuritySide.tsx';
import { useUsers } from '../security/users.queries.ts';
import { AuditFilters } from './AuditFilters.tsx';
import { type AuditFilter, useAuditLog } from './audit.queries.ts';
import { EmrAuditEntries } from './EmrAuditEntries.tsx';

/** *Users > Manage Security > Audit Logs*. The filters stay out of the address: one of them may name a patient. */
export function AuditLogsPage() {
  const t = useT();
  const users = useUsers();
  const [filter, setFilter] = useState<AuditFilter>({});
  const log = useAuditLog(filter);
  const csv = useAuditCsv();
  const pages = log.data?.pages ?? [];
  const entries = pages.flatMap((page) => page.entries);
  return (
    <div className="security">
      <title>{`${t('audit.title')} · ${t('frame.brand')}`}</title>
      <SecuritySide />
      <div className="security-top audit-head">
        <div>
          <h2>{t('audit.title')}</h2>
          <p className="muted s13">{t('audit.lead')}</p>
        </div>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} stroke={1.75} aria-hidden />}
          loading={csv.isPending}
          onClick={() => csv.mutate(filter)}
        >
          {t('audit.csv')}
        </Button>
      </div>
      <div className="security-main">
        <AuditFilters users={users.data ?? []} filter={filter} onShow={setFilter} />
        {csv.isError && (
          <Banner tone="red" announce="alert">
            {t('audit.csv-failed')}
          </Banner>
        )}
        {log.isPending && <LoadingBlock />}
        {log.isError && <ErrorState problem={log.error} onRetry={() => void log.refetch()} />}
        {pages[0]?.listsUnknown && (
          <Banner tone="amber" announce="status">
            {t('audit.lists-unknown')}
          </Banner>
        )}
        {pages[0] && entries.length === 0 && !log.hasNextPage && (
          <EmptyState
            reason={
              <>
                <strong>{t('audit.none')}</strong> {t('audit.none-why')}
              </>
            }
          />
        )}
        {entries.length > 0 && (
          <>
            <p className="muted s13">{t('audit.zone', { zone: pages[0]!.zone })}</p>
            <EmrAuditEntries entries={entries} busy={log.isFetching} />
          </>
        )}
        {log.hasNextPage && (
          <div className="row">
            <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              {t(log.isFetchingNextPage ? 'audit.loading-more' : 'audit.more')}
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}
