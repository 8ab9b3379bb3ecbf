import { Button } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClock,
  IconLock,
  IconMailQuestion,
  IconRefreshAlert,
  IconShieldQuestion,
  type TablerIcon,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { formatDate, formatNumber } from '../../language/dates.ts';
import type { MessageKey } from '../../language/messages.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import { type StaffTask, type TaskAbout, type TaskAct, taskAbouts } from '../contract/staff-tasks.ts';
import { momentIn } from './day-groups.ts';
import './tasks.css';
import { useColumnNames } from './column-names.ts';
import { type TaskFilter, useTaskAct, useTasks } from './task-queries.ts';
import { WhyMissing } from './WhyMissing.tsx';

const signs: Readonly<Record<TaskAbout, { readonly tone: ChipTone; readonly icon: TablerIcon }>> = {
  appointment: { tone: 'red', icon: IconAlertTriangle },
  waiting: { tone: 'amber', icon: IconRefreshAlert },
  link: { tone: 'amber', icon: IconLock },
  mail: { tone: 'amber', icon: IconMailQuestion },
  guard: { tone: 'amber', icon: IconShieldQuestion },
};

const words: Readonly<Record<TaskAct, MessageKey>> = {
  close: 'write-back.task.close',
  unlock: 'staff-task.unlock',
  reopen: 'staff-task.reopen',
  'was-sent': 'staff-task.was-sent',
  'send-again': 'staff-task.send-again',
};

function useWhat({ reason, missingColumns }: StaffTask): string {
  const t = useT();
  const columnNames = useColumnNames();
  return reason === 'parked'
    ? t('staff-task.what.parked', { columns: columnNames(missingColumns) })
    : t(`staff-task.what.${reason}`);
}

/** How the booking stands by now, where the EMR said so. */
function Now({ found }: { found: NonNullable<StaffTask['found']> }) {
  const t = useT();
  const language = useLanguage();
  if (found.status === 'cancelled') return <p>{t('staff-task.now-cancelled')}</p>;
  const date = formatDate(language, found.start.slice(0, 10));
  const { providerDisplay: provider, officeName: office } = found;
  return <p>{t('staff-task.now', { date, time: found.start.slice(11, 16), provider, office })}</p>;
}

function Task({ task, today }: { task: StaffTask; today: string }) {
  const t = useT();
  const language = useLanguage();
  const what = useWhat(task);
  const act = useTaskAct(task);
  const { tone, icon } = task.done ? { tone: 'neutral' as const, icon: IconCircleCheck } : signs[task.about];
  const { booking } = task;
  const patient =
    task.about === 'guard' ? t('staff-task.guard.title') : (task.patientDisplay ?? t('staff-task.patient-hidden'));
  const when = momentIn(language, task.createdAt, today);
  const title = `task-${task.taskId}`;
  return (
    <li className="task" aria-labelledby={title}>
      <div className="task-what">
        <div className="row wrap">
          <StatusChip
            tone={tone}
            icon={icon}
            label={task.kind ? t(`write-back.act.${task.kind}`) : t(`staff-task.sign.${task.about}`)}
          />
          <h2 id={title}>{patient}</h2>
        </div>
        {booking && (
          <p className="s13">
            {t('staff-task.booking', {
              date: formatDate(language, booking.start.slice(0, 10)),
              time: booking.start.slice(11, 16),
              provider: booking.providerDisplay,
              office: booking.officeName,
            })}
          </p>
        )}
        {task.mail?.recipient != null && <p className="s13">{task.mail.recipient}</p>}
      </div>
      <div className="task-do">
        <p>
          <strong>{what}</strong>
          {task.waits && (
            <>
              {' '}
              <WhyMissing schedule={task.waits} feature={task.kind === 'file-document' ? 'filing' : 'confirm'} />
            </>
          )}
        </p>
        {task.found && <Now found={task.found} />}
        <p>{t(`staff-task.do.${task.reason}`)}</p>
        <p className="small muted">
          {task.kind
            ? t('staff-task.asked', { who: task.requestedBy ?? t('staff-task.by-patient'), when })
            : t('staff-task.here', { when })}
          {task.done && (
            <>
              {' '}
              {t('staff-task.done', {
                who: task.done.by ?? t('staff-task.somebody'),
                when: momentIn(language, task.done.at, today),
              })}
            </>
          )}
        </p>
        {act.error && (
          <p role="alert" className="small t-red">
            {t('staff-task.failed', { why: act.error.message })}
          </p>
        )}
      </div>
      <div className="task-acts">
        {task.acts.map((one, index) => (
          <Button
            key={one}
            variant={index === 0 && one !== 'reopen' ? 'filled' : 'default'}
            disabled={act.isPending}
            aria-describedby={title}
            onClick={() => act.mutate(one)}
          >
            {t(words[one])}
          </Button>
        ))}
        {booking && task.patientDisplay !== null && (
          <Button
            component={Link}
            to="/"
            search={{ date: booking.start.slice(0, 10), search: booking.bookingId } as never}
            aria-describedby={title}
          >
            {t('staff-task.see')}
          </Button>
        )}
      </div>
    </li>
  );
}

/** *Staff tasks*: what needs a person, what to do about it, and who did. */
export function TasksPage({
  filter,
  onChange,
}: {
  filter: TaskFilter;
  onChange: (change: Partial<TaskFilter>) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { data: page, error, refetch } = useTasks(filter);
  const all = page ? taskAbouts.reduce((sum, one) => sum + page.counts[one], 0) : 0;
  const countOf = (about: TaskAbout | undefined): number => (about === undefined ? all : (page?.counts[about] ?? 0));
  return (
    <Page title={t('staff-task.title')} width="narrow">
      <p className="muted">{t('staff-task.intro')}</p>
      <fieldset className="task-filter">
        <legend className="vh">{t('staff-task.show')}</legend>
        {(['open', 'done'] as const).map((show) => (
          <Button
            key={show}
            variant={filter.show === show ? 'light' : 'default'}
            aria-pressed={filter.show === show}
            onClick={() => onChange({ show })}
          >
            {t(`staff-task.show.${show}`)}
          </Button>
        ))}
      </fieldset>
      <fieldset className="task-filter">
        <legend className="vh">{t('staff-task.about')}</legend>
        {([undefined, ...taskAbouts] as const).map((about) => (
          <Button
            key={about ?? 'all'}
            variant={filter.about === about ? 'light' : 'default'}
            aria-pressed={filter.about === about}
            onClick={() => onChange({ about })}
          >
            {t(`staff-task.about.${about ?? 'all'}`)}
            {filter.show === 'open' && page && (
              <span className="task-count">{formatNumber(language, countOf(about))}</span>
            )}
          </Button>
        ))}
      </fieldset>
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!page && !error && <LoadingBlock />}
      {page && page.tasks.length === 0 && (
        <EmptyState
          icon={
            filter.show === 'open' ? (
              <IconCircleCheck size={20} stroke={1.75} aria-hidden />
            ) : (
              <IconClock size={20} stroke={1.75} aria-hidden />
            )
          }
          reason={t(`staff-task.none.${filter.show}`)}
        />
      )}
      {page && page.tasks.length > 0 && (
        <ol className="card task-list" aria-label={t('staff-task.list')}>
          {page.tasks.map((task) => (
            <Task key={task.taskId} task={task} today={page.today} />
          ))}
        </ol>
      )}
      {page?.more && <p className="muted">{t('staff-task.more', { count: page.tasks.length })}</p>}
    </Page>
  );
}
