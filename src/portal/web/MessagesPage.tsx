import { SegmentedControl } from '@mantine/core';
import { IconMail, IconStethoscope } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Banner } from '../../ui/Banner.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { ListedThread } from '../contract/messages.ts';
import { type MessageFilter, useThreads } from './message-queries.ts';
import './messages.css';
import { momentIn } from './day-groups.ts';

function Row({ thread, today }: { thread: ListedThread; today: string }) {
  const t = useT();
  const language = useLanguage();
  const { kind, unread, recipientName } = thread;
  return (
    <li className={unread > 0 ? 'thread-row unread' : 'thread-row'}>
      <div className="grow">
        <p>
          <Link to={`/messages/${thread.threadId}` as never}>{thread.subject}</Link>
        </p>
        <p className="s13">
          {thread.patientDisplay}
          {recipientName !== null && ` · ${t('messages.list.to', { name: recipientName })}`}
          <span className="muted">
            {' · '}
            {t('messages.list.row', { provider: thread.providerDisplay, office: thread.officeName })}
          </span>
        </p>
      </div>
      <div className="row wrap">
        {unread > 0 && <StatusChip tone="accent" label={t('messages.unread', { count: unread })} />}
        <StatusChip
          tone="neutral"
          icon={kind === 'referral' ? IconStethoscope : IconMail}
          label={t(`messages.kind.${kind}`)}
        />
        <span className="small muted nowrap">{momentIn(language, thread.lastAt, today)}</span>
      </div>
    </li>
  );
}

/** *Messages*: threads with patients and other providers, the last one first. */
export function MessagesPage({
  filter,
  onChange,
}: {
  filter: MessageFilter;
  onChange: (change: Partial<MessageFilter>) => void;
}) {
  const t = useT();
  const { data, error, refetch } = useThreads(filter.booking);
  const threads = data?.threads.filter(({ unread }) => filter.show === 'all' || unread > 0) ?? [];
  return (
    <Page
      title={t('messages.title')}
      actions={
        <SegmentedControl
          aria-label={t('messages.filter')}
          value={filter.show}
          onChange={(show) => onChange({ show: show === 'unread' ? 'unread' : 'all' })}
          data={[
            { value: 'all', label: t('messages.filter.all') },
            { value: 'unread', label: t('messages.filter.unread') },
          ]}
        />
      }
    >
      {error && !data && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!error && !data && <LoadingBlock />}
      {data && (
        <div className="stack">
          {filter.booking !== undefined && (
            <p>
              <button type="button" className="as-link" onClick={() => onChange({ booking: undefined })}>
                {t('messages.back')}
              </button>
            </p>
          )}
          {data.hidden > 0 && <Banner tone="amber">{t('messages.hidden', { count: data.hidden })}</Banner>}
          {threads.length === 0 ? (
            <EmptyState reason={t(filter.show === 'unread' ? 'messages.none.unread' : 'messages.none')} />
          ) : (
            <ul className="threads">
              {threads.map((thread) => (
                <Row key={thread.threadId} thread={thread} today={data.today} />
              ))}
            </ul>
          )}
          {data.more && <p className="small muted">{t('messages.more')}</p>}
        </div>
      )}
    </Page>
  );
}
