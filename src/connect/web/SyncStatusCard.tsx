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
import type { BarState, SyncStatus } from '../contract/sync.ts';
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

function wordsOf({ bar, live, last }: SyncStatus, t: Translate): string {
  if (bar === 'running' && live) return t('connect.bar.running', { mode: t(`connect.sync.${live.mode}`) });
  if (bar === 'idle' && last) return t('connect.bar.complete');
  return t(`connect.bar.${bar}`);
}

function detailOf(status: SyncStatus, t: Translate, language: Language): string | undefined {
  const { live, last } = status;
  if (live) {
    const { schedulesDone, schedulesTotal, bookingsRead, bookingsPerSecond, secondsLeft } = live.progress;
    return [
      t('connect.progress.schedules', { done: schedulesDone, total: schedulesTotal }),
      t('connect.progress.bookings', { count: bookingsRead }),
      bookingsPerSecond !== null && t('connect.progress.rate', { rate: formatNumber(language, bookingsPerSecond) }),
      secondsLeft !== null && t('connect.progress.left', { seconds: secondsLeft }),
    ]
      .filter(Boolean)
      .join(' · ');
  }
  if (!last?.endedAt) return undefined;
  const at = timeAt(language, last.endedAt, status);
  if (!last.startedAt) return t('connect.last', { at });
  return t('connect.last.took', {
    at,
    seconds: formatNumber(language, secondsBetween(last.startedAt, last.endedAt)),
  });
}

/** The *Sync Status* panel: the bar, what it means in words, and the two ways to sync. */
export function SyncStatusCard({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const start = useStartRun();
  const { bar, live, last, queued, books, nextRunAt } = status;
  const refused = start.error instanceof ApiProblem && start.error.status === 409 ? start.error : undefined;
  return (
    <section className="card" aria-labelledby="sync-status">
      <header className="connect-wrap">
        <h2 id="sync-status" className="grow">
          {t('connect.sync')}
        </h2>
        {nextRunAt !== null && (
          <span className="small muted">{t('connect.next', { at: timeAt(language, nextRunAt, status) })}</span>
        )}
      </header>
      <StatusBar
        tone={tones[bar]}
        words={wordsOf(status, t)}
        detail={detailOf(status, t, language)}
        progress={live?.progress.fraction ?? undefined}
      />
      <div className="pad stack g3">
        {bar === 'failed' && last?.problem && <p className="t-red">{last.problem.text}</p>}
        {bar === 'waiting' && <p>{t('connect.bar.waiting.means')}</p>}
        {books.gaps > 0 && (
          <p>
            <Sentence
              of="connect.gaps.count"
              params={{ count: books.gaps }}
              link={(words) => <a href="#gaps">{words}</a>}
            />
          </p>
        )}
        <Books status={status} />
        {queued.length > 0 && (
          <p role="status">
            {queued.map((mode) => (
              <span key={mode} className="connect-queued">
                {t(live ? 'connect.queued.after' : 'connect.queued', { mode: t(`connect.sync.${mode}`) })}
              </span>
            ))}
          </p>
        )}
        {refused && (
          <Banner tone="amber" announce="status">
            {refused.title}
          </Banner>
        )}
        {start.error && !refused && <ErrorState problem={start.error} />}
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
      </div>
    </section>
  );
}
