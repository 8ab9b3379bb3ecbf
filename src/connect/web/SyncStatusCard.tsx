import { Button } from '@mantine/core';
import { IconCalendar, IconRefresh, IconSettings } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatNumber } from '../../language/dates.ts';
import type { Language } from '../../language/messages.ts';
import { ApiProblem } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Sentence, type Translate, useLanguage, useT } from '../../ui/language.tsx';
import { SplitButton } from '../../ui/SplitButton.tsx';
import { StatusBar, type StatusBarTone } from '../../ui/StatusBar.tsx';
import type { BarState, StartedRun, SyncMode, SyncStatus } from '../contract/sync.ts';
import { Books } from './Books.tsx';
import { secondsBetween, timeAt } from './site-time.ts';
import { useStartRun } from './sync-queries.ts';

const tones: Readonly<Record<BarState, StatusBarTone>> = {
  'no-connection': 'blue',
  idle: 'blue',
  running: 'green',
  gaps: 'amber',
  waiting: 'amber',
  failed: 'red',
};

function wordsOf({ bar, live }: SyncStatus, t: Translate): string {
  if (bar === 'running' && live) return t('connect.bar.running', { mode: t(`connect.sync.${live.mode}`) });
  return t(`connect.bar.${bar}`);
}

function detailOf(status: SyncStatus, t: Translate, language: Language): string | undefined {
  const { bar, live, last } = status;
  if (live) {
    const { schedulesDone, schedulesTotal, secondsLeft } = live.progress;
    if (schedulesTotal === 0) return undefined;
    return [
      t('connect.progress.schedules', { done: schedulesDone, total: schedulesTotal }),
      secondsLeft !== null && t('connect.progress.left', { seconds: secondsLeft }),
    ]
      .filter(Boolean)
      .join(' · ');
  }
  if (!last?.endedAt) return bar === 'no-connection' ? undefined : t('connect.last.none');
  const at = timeAt(language, last.endedAt, status);
  if (bar === 'idle') return t('connect.last.complete', { at });
  if (!last.startedAt) return t('connect.last', { at });
  const seconds = formatNumber(language, secondsBetween(last.startedAt, last.endedAt));
  return t(bar === 'failed' ? 'connect.last.stopped' : 'connect.last.took', { at, seconds });
}

/** The moment that everything which can be read matches the EMR as of: that of the schedule read longest ago. */
function matchedAt({ schedules }: SyncStatus): string | undefined {
  return schedules
    .filter(({ outcome }) => outcome === 'complete' || outcome === 'partly')
    .flatMap(({ matchedAsOf }) => (matchedAsOf === null ? [] : [matchedAsOf]))
    .sort()[0];
}

/** The state in sentences: what is known, how well, and what a person may do meanwhile. */
function Meaning({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const { bar, live, last, books, schedules } = status;
  const matched = matchedAt(status);
  const at = matched === undefined ? undefined : timeAt(language, matched, status);
  if (live) {
    const { bookingsRead, bookingsPerSecond, schedulesTotal } = live.progress;
    return (
      <>
        <p>
          {schedulesTotal === 0 ? t('connect.progress.begin') : t('connect.progress.bookings', { count: bookingsRead })}
          {bookingsPerSecond !== null &&
            ` · ${t('connect.progress.rate', { rate: formatNumber(language, bookingsPerSecond) })}`}
        </p>
        <p className="s13 muted">{t('connect.running.leave')}</p>
      </>
    );
  }
  if (bar === 'failed') {
    return (
      <>
        {last?.problem && <p>{last.problem.text}</p>}
        <p>
          <strong>{t('connect.failed.unchanged')}</strong> {at !== undefined && t('connect.failed.knew', { at })}
        </p>
      </>
    );
  }
  return (
    <>
      {bar === 'waiting' && <p>{t('connect.bar.waiting.means')}</p>}
      {bar === 'idle' && at !== undefined && (
        <p>
          <Sentence
            of="connect.idle.matches"
            params={{
              at,
              schedules: schedules.filter(({ outcome }) => outcome === 'complete').length,
              bookings: books.shown,
            }}
          />
        </p>
      )}
      {books.gaps > 0 && (
        <p>
          <Sentence of="connect.gaps.count" params={{ count: books.gaps }} />{' '}
          {at !== undefined && t('connect.gaps.else', { at })}{' '}
          <a href={bar === 'waiting' ? '#waiting' : '#gaps'}>{t('connect.gaps.what-to-do')}</a>
        </p>
      )}
      {status.connection?.certaintyText && <p className="s13 muted">{status.connection.certaintyText}</p>}
      <Books status={status} matchedAt={at} />
    </>
  );
}

/** Whether changes come at once or by the interval alone. */
function Announced({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const { state, heardAt, problem } = status.announcements;
  if (state === 'refused') return <p className="s13 t-amber">{problem?.text ?? t('connect.announced.none')}</p>;
  return (
    <p className="small muted">
      {t(`connect.announced.${state}`)}{' '}
      {heardAt !== null && t('connect.announced.heard', { at: timeAt(language, heardAt, status) })}
    </p>
  );
}

/** Why the button that was pressed started nothing: its kind runs, or waits, already. */
function Refusal({ problem, mode }: { problem: ApiProblem; mode: SyncMode }) {
  const t = useT();
  const run = problem.extra.run as Partial<StartedRun> | undefined;
  return (
    <Banner tone="amber" announce="status">
      {run?.state === 'running'
        ? t('connect.refused.running', { mode: t(`connect.sync.${mode}`) })
        : run?.state === 'queued'
          ? t('connect.refused.queued', { mode: t(`connect.sync.${mode}`) })
          : problem.title}
    </Banner>
  );
}

/** The *Sync Status* panel: the bar, what it means in words, and the two ways to sync. */
export function SyncStatusCard({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const start = useStartRun();
  const { bar, live, queued, nextRunAt } = status;
  const refused = start.error instanceof ApiProblem && start.error.status === 409 ? start.error : undefined;
  return (
    <section className="card" aria-labelledby="sync-status">
      <header className="connect-wrap">
        <h2 id="sync-status" className="grow">
          {t('connect.sync')}
        </h2>
        {nextRunAt !== null && (
          <span className="small muted">
            {live
              ? t('connect.next.waits')
              : t(bar === 'failed' ? 'connect.next.try' : 'connect.next', {
                  at: timeAt(language, nextRunAt, status),
                })}
          </span>
        )}
      </header>
      <StatusBar
        tone={tones[bar]}
        words={wordsOf(status, t)}
        detail={detailOf(status, t, language)}
        progress={live?.progress.fraction ?? undefined}
      />
      <div className="pad stack g3">
        <Meaning status={status} />
        {queued.length > 0 && (
          <p role="status">
            {queued.map((mode) => (
              <span key={mode} className="connect-queued">
                {t(live ? 'connect.queued.after' : 'connect.queued', { mode: t(`connect.sync.${mode}`) })}
              </span>
            ))}
          </p>
        )}
        {refused && start.variables && <Refusal problem={refused} mode={start.variables} />}
        {start.error && !refused && <ErrorState problem={start.error} />}
        <div className="stack g1">
          <div className="row wrap noprint">
            <SplitButton
              label={t('connect.sync.recent')}
              icon={<IconRefresh size={16} stroke={1.75} aria-hidden />}
              onClick={() => start.mutate('recent')}
              moreLabel={t('connect.sync.more')}
              disabled={start.isPending}
              actions={[
                {
                  label: t('connect.sync.full'),
                  description: t('connect.sync.full.when'),
                  icon: <IconCalendar size={16} stroke={1.75} aria-hidden />,
                  onClick: () => start.mutate('full'),
                },
              ]}
            />
            <Button component={Link} to="/settings" leftSection={<IconSettings size={16} stroke={1.75} aria-hidden />}>
              {t('connect.settings')}
            </Button>
          </div>
          {!live && bar !== 'no-connection' && <Announced status={status} />}
          {live && (
            <p className="small muted">
              {t('connect.running.one', {
                who: live.requestedBy ?? t('connect.running.itself'),
                at: timeAt(language, live.startedAt ?? live.requestedAt, status),
              })}
            </p>
          )}
        </div>
      </div>
    </section>
  );
}
