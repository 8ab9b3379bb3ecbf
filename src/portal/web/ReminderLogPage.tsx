import { Button, NativeSelect } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import { mailStates } from '../contract/mails.ts';
import type { LogEntry } from '../contract/reminders.ts';
import { useDecideMail, useReminderLog, useReminders } from './reminder-queries.ts';
import { WhyMissing } from './WhyMissing.tsx';
import './reminders.css';

const tones: Readonly<Record<LogEntry['outcome'], ChipTone>> = {
  due: 'neutral',
  sending: 'neutral',
  accepted: 'green',
  uncertain: 'amber',
  failed: 'red',
  cancelled: 'neutral',
  skipped: 'neutral',
  invisible: 'hatch',
};

function Uncertain({ mailId }: { mailId: string }) {
  const t = useT();
  const decide = useDecideMail();
  return (
    <>
      <p className="small">{t('reminders.uncertain.means')}</p>
      <div className="row wrap">
        <Button
          size="compact-xs"
          disabled={decide.isPending}
          onClick={() => decide.mutate({ mailId, decision: 'send-again' })}
        >
          {t('reminders.uncertain.again')}
        </Button>
        <Button
          size="compact-xs"
          disabled={decide.isPending}
          onClick={() => decide.mutate({ mailId, decision: 'was-sent' })}
        >
          {t('reminders.uncertain.was-sent')}
        </Button>
      </div>
      {decide.error && (
        <p role="alert" className="small t-red">
          {decide.error.message}
        </p>
      )}
    </>
  );
}

function Entry({ entry }: { entry: LogEntry }) {
  const t = useT();
  const language = useLanguage();
  const start =
    entry.start && `${formatDate(language, entry.start.slice(0, 10), 'short')}, ${entry.start.slice(11, 16)}`;
  return (
    <li>
      <span className="small">{formatDate(language, entry.day, 'short')}</span>
      <span>
        <b>{entry.patientDisplay ?? t('reminders.log.bookings', { count: entry.bookings })}</b>
        {start && <span className="small muted"> · {start}</span>}
      </span>
      <span className="small">
        {entry.providerDisplay}, {entry.officeName}
        <br />
        <span className="muted">{entry.ruleName}</span>
        {entry.kind !== 'reminder' && (
          <>
            <br />
            <span>{t(`reminders.log.${entry.kind}`)}</span>
          </>
        )}
      </span>
      <div className="stack g1">
        <span>
          <StatusChip tone={tones[entry.outcome]} label={t(`reminders.outcome.${entry.outcome}`)} />{' '}
          {entry.reason && <span className="small">{t(`reminders.reason.${entry.reason}`)}</span>}
        </span>
        {entry.outcome === 'invisible' && (
          <span className="small">
            <WhyMissing schedule={entry} feature="reminders" />
          </span>
        )}
        {entry.outcome === 'uncertain' && entry.mailId && <Uncertain mailId={entry.mailId} />}
      </div>
    </li>
  );
}

/** What became of every booking that a rule was about. */
export function ReminderLogPage() {
  const t = useT();
  const [filter, setFilter] = useState({ rule: '', outcome: '' });
  const reminders = useReminders();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useReminderLog(filter);
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <Page
      title={t('reminders.log')}
      windowTitle={`${t('reminders.log')} · ${t('reminders.title')}`}
      actions={
        <Button component={Link} to="/reminders">
          {t('reminders.back')}
        </Button>
      }
    >
      <div className="stack g3">
        <div className="row wrap">
          <NativeSelect
            label={t('reminders.log.rule')}
            value={filter.rule}
            onChange={(event) => setFilter({ ...filter, rule: event.currentTarget.value })}
            data={[
              { value: '', label: t('reminders.log.all-rules') },
              ...(reminders.data?.rules ?? []).map(({ ruleId, name }) => ({ value: ruleId, label: name })),
            ]}
          />
          <NativeSelect
            label={t('reminders.log.outcome')}
            value={filter.outcome}
            onChange={(event) => setFilter({ ...filter, outcome: event.currentTarget.value })}
            data={[
              { value: '', label: t('reminders.log.all') },
              ...[...mailStates, 'skipped' as const, 'invisible' as const].map((value) => ({
                value,
                label: t(`reminders.outcome.${value}`),
              })),
            ]}
          />
        </div>
        {error && !data && <ErrorState problem={error} onRetry={() => void refetch()} />}
        {!error && !data && <LoadingBlock />}
        {data && entries.length === 0 && <EmptyState reason={t('reminders.log.empty')} />}
        {entries.length > 0 && (
          <section className="card" aria-label={t('reminders.log')}>
            <ul className="reminder-rows log">
              {entries.map((entry) => (
                <Entry key={entry.entryId} entry={entry} />
              ))}
            </ul>
          </section>
        )}
        {hasNextPage && (
          <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('reminders.log.more')}
          </Button>
        )}
      </div>
    </Page>
  );
}
