import { Button, Select } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { wordOr } from '../../language/messages.ts';
import { AuditEntries, recorded } from '../../ui/audit/AuditEntries.tsx';
import { useAuditCsv, useAuditPages } from '../../ui/audit/audit.queries.ts';
import { Banner } from '../../ui/Banner.tsx';
import { DateField } from '../../ui/DateField.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import {
  type AuditAbout,
  type AuditLog,
  type AuditLogEntry,
  type AuditLogQuery,
  auditAbouts,
} from '../contract/audit-log.ts';
import { useUsers } from './user-queries.ts';

type AuditFilter = Omit<AuditLogQuery, 'before'>;

/** Of signing in: which of the two apps. */
function InApp({ after }: { after: unknown }) {
  const t = useT();
  const app = (after as { readonly app?: unknown } | null)?.app;
  if (app !== 'portal' && app !== 'connect') return null;
  return <span className="muted second">{t(`frame.app.${app}`)}</span>;
}

function Entries({ entries, busy }: { entries: readonly AuditLogEntry[]; busy: boolean }) {
  const t = useT();
  return (
    <AuditEntries
      label={t('users.audit.title')}
      entries={entries}
      busy={busy}
      columns={[t('audit.column.user'), t('audit.column.what'), t('users.audit.of-what')]}
      cells={({ user, action, entity, after }) => (
        <>
          <td>{user ? (user.name ?? user.id) : <span className="muted">{t('users.audit.nobody')}</span>}</td>
          <td>
            {wordOr(t, `users.audit.action.${action}`, action)}
            <InApp after={after} />
          </td>
          <td>
            {wordOr(t, `users.audit.entity.${entity.type}`, entity.type)}
            {entity.name !== null && <span className="muted second">{entity.name}</span>}
          </td>
        </>
      )}
      facts={({ entity, before, after, requestId }) => [
        [t('audit.csv.entity'), `${entity.type}/${entity.id}`],
        [t('audit.before'), recorded(before)],
        [t('audit.after'), recorded(after)],
        [t('audit.request'), requestId],
      ]}
    />
  );
}

function Filters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const t = useT();
  const users = useUsers();
  const set = (change: { [K in keyof AuditFilter]?: AuditFilter[K] | null | '' }) =>
    onChange(
      Object.fromEntries(
        Object.entries({ ...filter, ...change }).filter(([, value]) => value !== null && value !== ''),
      ) as AuditFilter,
    );
  return (
    <search className="card audit-filters" aria-label={t('audit.filter')}>
      <Select
        label={t('audit.filter.user')}
        placeholder={t('audit.filter.any-user')}
        searchable
        clearable
        value={filter.user ?? null}
        data={(users.data?.users ?? []).map(({ userId, displayName, email }) => ({
          value: userId,
          label: `${displayName} (${email})`,
        }))}
        onChange={(user) => set({ user })}
      />
      <Select
        label={t('audit.filter.kind')}
        placeholder={t('audit.filter.any-kind')}
        clearable
        value={filter.about ?? null}
        data={auditAbouts.map((about) => ({ value: about, label: t(`users.audit.about.${about}`) }))}
        onChange={(about) => set({ about: about as AuditAbout | null })}
      />
      <DateField label={t('audit.filter.from')} value={filter.from ?? ''} onChange={(from) => set({ from })} />
      <DateField label={t('audit.filter.until')} value={filter.until ?? ''} onChange={(until) => set({ until })} />
    </search>
  );
}

/** *Audit log*: who signed in, was invited and changed what at the site. For its Site Admins. */
export function AuditPage() {
  const t = useT();
  const [filter, setFilter] = useState<AuditFilter>({});
  const log = useAuditPages<AuditLog>(filter);
  const csv = useAuditCsv();
  const pages = log.data?.pages ?? [];
  const entries = pages.flatMap((page) => page.entries);
  return (
    <Page
      title={t('users.audit.title')}
      actions={
        pages[0] && (
          <Button
            leftSection={<IconDownload size={16} stroke={1.75} aria-hidden />}
            loading={csv.isPending}
            onClick={() => csv.mutate(filter)}
          >
            {t('audit.csv')}
          </Button>
        )
      }
    >
      <div className="stack g3">
        {csv.isError && (
          <Banner tone="red" announce="alert">
            {t('audit.csv-failed')}
          </Banner>
        )}
        {pages[0] && <Filters filter={filter} onChange={setFilter} />}
        {log.isPending && <LoadingBlock />}
        {log.isError && <ErrorState problem={log.error} onRetry={() => void log.refetch()} />}
        {pages[0] && entries.length === 0 && <EmptyState reason={t('audit.none')} />}
        {entries.length > 0 && (
          <>
            <p className="muted s13">{t('audit.zone', { zone: pages[0]!.zone })}</p>
            <Entries entries={entries} busy={log.isFetching} />
          </>
        )}
        {log.hasNextPage && (
          <div className="row">
            <Button loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              {t(log.isFetchingNextPage ? 'audit.loading-more' : 'audit.more')}
            </Button>
          </div>
        )}
      </div>
    </Page>
  );
}
