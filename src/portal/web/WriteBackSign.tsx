import { Button } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClock,
  IconLock,
  IconRefreshAlert,
  type TablerIcon,
} from '@tabler/icons-react';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { ListedBooking } from '../contract/patients.ts';
import type { ListedWriteBack, WriteBackState } from '../contract/write-backs.ts';
import { useCloseTask } from './booking-acts.ts';
import './booking-acts.css';
import { useColumnNames } from './column-names.ts';
import { momentIn } from './day-groups.ts';
import { WhyMissing } from './WhyMissing.tsx';

const signs: Readonly<Record<WriteBackState, { readonly tone: string; readonly icon: TablerIcon }>> = {
  queued: { tone: 't-blue', icon: IconClock },
  sending: { tone: 't-blue', icon: IconClock },
  conflict: { tone: 't-blue', icon: IconClock },
  retrying: { tone: 't-amber', icon: IconRefreshAlert },
  parked: { tone: 't-amber', icon: IconLock },
  task: { tone: 't-red', icon: IconAlertTriangle },
  acknowledged: { tone: 't-green', icon: IconCircleCheck },
};

function useWords({ kind, state, since, already, missing, task }: ListedWriteBack, today: string): string {
  const t = useT();
  const language = useLanguage();
  const columnNames = useColumnNames();
  const act = t(`write-back.act.${kind}`);
  const time = momentIn(language, since, today);
  switch (state) {
    case 'queued':
    case 'sending':
    case 'conflict':
      return t('write-back.sent', { act });
    case 'retrying':
      return t('write-back.retrying', { act });
    case 'parked':
      return t('write-back.parked', {
        act,
        columns: columnNames(missing?.columns ?? 0),
        office: missing?.officeName ?? '',
      });
    case 'acknowledged':
      return t(already ? `write-back.already.${kind}` : `write-back.done.${kind}`, { time });
    case 'task':
      return t(`write-back.look.${task?.reason ?? 'not-taken'}`, { act });
  }
}

function Words({ writeBack, today }: { writeBack: ListedWriteBack; today: string }) {
  const t = useT();
  const words = useWords(writeBack, today);
  const close = useCloseTask();
  const { tone, icon: Icon } = signs[writeBack.state];
  const { missing, task } = writeBack;
  return (
    <span
      className={`write-back small ${tone}`}
      title={missing ? t('write-back.parked.means', { provider: missing.providerDisplay }) : undefined}
    >
      <Icon size={14} stroke={2} aria-hidden />
      <span>
        {words}
        {missing && (
          <>
            {' '}
            <WhyMissing schedule={missing} feature="confirm" />
          </>
        )}
        {task && (
          <>
            {' '}
            <Button
              size="compact-xs"
              className="noprint"
              disabled={close.isPending}
              onClick={() => close.mutate(task.taskId)}
            >
              {t('write-back.task.close')}
            </Button>
          </>
        )}
      </span>
    </span>
  );
}

/** What became of the last act on a booking, as far as it is known: nothing is called done before the EMR has acknowledged it. */
export function WriteBackSign({ booking: { writeBack }, today }: { booking: ListedBooking; today: string }) {
  // Always there, so that a screen reader hears what changes in it and not what is scrolled into view.
  return <span aria-live="polite">{writeBack && <Words writeBack={writeBack} today={today} />}</span>;
}
