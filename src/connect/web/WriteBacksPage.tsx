import { IconCircleCheck, IconClock, IconLock, IconRefreshAlert, IconUser, type TablerIcon } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatNumber } from '../../language/dates.ts';
import { Banner } from '../../ui/Banner.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import type { UndeliveredState, UndeliveredWriteBack, WriteBacks } from '../contract/write-backs.ts';
import { timeAt } from './site-time.ts';
import { useWriteBacks } from './write-back-queries.ts';

const signs: Readonly<Record<UndeliveredState, { readonly tone: ChipTone; readonly icon: TablerIcon }>> = {
  parked: { tone: 'amber', icon: IconLock },
  task: { tone: 'red', icon: IconUser },
  retrying: { tone: 'amber', icon: IconRefreshAlert },
  waiting: { tone: 'blue', icon: IconClock },
};

function Rows({ item, page }: { item: UndeliveredWriteBack; page: WriteBacks }) {
  const t = useT();
  const language = useLanguage();
  const { tone, icon } = signs[item.state];
  const sentences = [
    item.reason?.text,
    item.nextAttemptAt === null
      ? undefined
      : t('write-back.connect.next', { time: timeAt(language, item.nextAttemptAt, page) }),
  ].filter((one) => one !== undefined);
  return (
    <tbody>
      <tr className={sentences.length > 0 ? 'with-reason' : undefined}>
        <th scope="row" className="who">
          <strong>{t(`write-back.act.${item.kind}`)}</strong> {item.providerDisplay}, {item.officeName}
          <span className="small faint run-by">{t('write-back.connect.booking', { id: item.bookingId })}</span>
        </th>
        <td data-label={t('write-back.connect.pressed')}>
          {timeAt(language, item.requestedAt, page)}
          <span className="small faint run-by">{item.requestedBy ?? t('write-back.connect.by-patient')}</span>
        </td>
        <td data-label={t('write-back.connect.since')}>{timeAt(language, item.since, page)}</td>
        <td data-label={t('write-back.connect.tries')} className="num">
          {formatNumber(language, item.failures)}
        </td>
        <td className="outcome">
          <StatusChip tone={tone} label={t(`write-back.connect.state.${item.state}`)} icon={icon} />
        </td>
      </tr>
      {sentences.length > 0 && (
        <tr className="reason">
          <td colSpan={5} className="small muted">
            {sentences.join(' ')}
            {item.gapIds.map((gapId) => (
              <span key={gapId}>
                {' '}
                <Link to="/doctor" hash={gapId}>
                  {gapId}
                </Link>
              </span>
            ))}
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** *Write-backs*: what of the portal has not reached the EMR, why, and who can change that. */
export function WriteBacksPage() {
  const t = useT();
  const language = useLanguage();
  const { data: page, error, refetch } = useWriteBacks(true);
  const title = t('write-back.connect');
  if (!page) {
    return (
      <Page title={title}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
      </Page>
    );
  }
  const { parked, retrying, waiting, tasks } = page.counts;
  const unlisted = parked + retrying + waiting + tasks - page.items.length;
  return (
    <Page title={title}>
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      <p className="muted">{t('write-back.connect.intro')}</p>
      {page.heldUntil !== null && (
        <Banner tone="amber" announce="status">
          {t('write-back.connect.held', { time: timeAt(language, page.heldUntil, page) })}
        </Banner>
      )}
      {page.items.length === 0 ? (
        <EmptyState
          icon={<IconCircleCheck size={20} stroke={1.75} aria-hidden />}
          reason={t('write-back.connect.none')}
        />
      ) : (
        <section className="card" aria-label={title}>
          <table className="data connect-schedules" aria-label={title}>
            <thead>
              <tr>
                <th scope="col">{t('write-back.connect.what')}</th>
                <th scope="col">{t('write-back.connect.pressed')}</th>
                <th scope="col">{t('write-back.connect.since')}</th>
                <th scope="col" className="num">
                  {t('write-back.connect.tries')}
                </th>
                <th scope="col">{t('write-back.connect.state')}</th>
              </tr>
            </thead>
            {page.items.map((item) => (
              <Rows key={item.writeBackId} item={item} page={page} />
            ))}
          </table>
          {unlisted > 0 && <p className="pad muted">{t('write-back.connect.more', { count: unlisted })}</p>}
        </section>
      )}
    </Page>
  );
}
