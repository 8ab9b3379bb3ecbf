import { ActionIcon, Button, NumberInput, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { formatDate } from '../../../language/dates.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { OpenHoursRequest, Versioned } from '../../contract/open-hours.ts';
import { SavedMeanwhile } from './SavedMeanwhile.tsx';
import { type Replace, type SchedulePair, useOpenHours, useSetOpenHours } from './settings.queries.ts';
import { useWhole } from './use-whole.ts';

type Hours = OpenHoursRequest['hours'][number];
interface Row extends Hours {
  readonly key: number;
}

const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;
/** A Monday, for its name alone. */
const monday = '2024-01-0';

/** The week in which a provider may be booked in an office; free slots are made of it. */
export function OpenHoursEditor({ pair }: { pair: SchedulePair }) {
  const hours = useOpenHours(pair);
  const save = useSetOpenHours(pair);
  if (hours.isError) return <ErrorState problem={hours.error} onRetry={() => void hours.refetch()} />;
  if (!hours.data) return <LoadingBlock />;
  return <Week save={save} latest={hours.data} />;
}

const rowsOf = ({ hours }: OpenHoursRequest): Row[] => hours.map((one, key) => ({ ...one, key }));

function Week({ save, latest }: { save: Replace<OpenHoursRequest>; latest: Versioned<OpenHoursRequest> }) {
  const t = useT();
  const language = useLanguage();
  const whole = useWhole(latest, save, rowsOf);
  const { rows, changed, theirs, set } = whole;
  const nextKey = Math.max(-1, ...rows.map(({ key }) => key)) + 1;
  const typed = () => ({ hours: rows.map(({ key: _, ...one }) => one) });
  const change = (key: number, part: Partial<Hours>) =>
    set(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const complete = rows.every(({ from, until }) => from !== '' && until !== '' && from < until);
  const nameOf = (weekday: number) => formatDate(language, `${monday}${weekday}`, 'long').split(' ')[0]!;
  const mondays = rows.filter(({ weekday }) => weekday === 1);
  const asOnMonday = () => {
    let key = nextKey;
    const copies = [2, 3, 4, 5].flatMap((weekday) => mondays.map((row) => ({ ...row, weekday, key: key++ })));
    set([...rows.filter(({ weekday }) => weekday === 1 || weekday > 5), ...copies]);
  };
  return (
    <form
      className="stack g3"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) whole.save(typed());
      }}
    >
      <ul className="card entries">
        {weekdays.map((weekday) => {
          const day = nameOf(weekday);
          const ofDay = rows.filter((row) => row.weekday === weekday);
          return (
            <li key={weekday} className="entry hours-day">
              <strong className="day-title">{day}</strong>
              <div className="grow stack">
                {ofDay.length === 0 && (
                  <span className="s13 muted">{rows.length === 0 ? '–' : t('scheduler.not-in')}</span>
                )}
                {ofDay.map((row, index) => (
                  <div key={row.key} className="row wrap">
                    <TextInput
                      type="time"
                      aria-label={t('scheduler.hours.from', { day, n: index + 1 })}
                      value={row.from}
                      onChange={({ currentTarget: { value } }) => change(row.key, { from: value })}
                    />
                    <span aria-hidden>–</span>
                    <TextInput
                      type="time"
                      aria-label={t('scheduler.hours.until', { day, n: index + 1 })}
                      // A clock has no 24:00; here midnight is the end of the day.
                      value={row.until === '24:00' ? '00:00' : row.until}
                      onChange={({ currentTarget: { value } }) =>
                        change(row.key, { until: value === '00:00' ? '24:00' : value })
                      }
                    />
                    <NumberInput
                      aria-label={t('scheduler.hours.slot', { day, n: index + 1 })}
                      suffix={t('scheduler.hours.minutes')}
                      min={5}
                      max={240}
                      step={5}
                      allowDecimal={false}
                      w={104}
                      value={row.slotMinutes}
                      onChange={(value) => typeof value === 'number' && change(row.key, { slotMinutes: value })}
                    />
                    <ActionIcon
                      aria-label={t('scheduler.hours.remove', { day, n: index + 1 })}
                      onClick={() => set(rows.filter(({ key }) => key !== row.key))}
                    >
                      <IconTrash size={16} stroke={1.75} aria-hidden />
                    </ActionIcon>
                  </div>
                ))}
              </div>
              <Button
                leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
                aria-label={t('scheduler.hours.add', { day })}
                onClick={() =>
                  set([...rows, { key: nextKey, weekday, from: '08:00', until: '16:00', slotMinutes: 15 }])
                }
              >
                {t('scheduler.hours.add-short')}
              </Button>
            </li>
          );
        })}
      </ul>
      <p className="s13 muted">{t('scheduler.hours.what')}</p>
      {theirs ? (
        <SavedMeanwhile
          now={theirs.hours.map(({ weekday, from, until, slotMinutes }) => [
            `${weekday} ${from}`,
            `${nameOf(weekday)} ${from}–${until}, ${slotMinutes}${t('scheduler.hours.minutes')}`,
          ])}
          canReplace={complete}
          onTake={whole.takeTheirs}
          onReplace={() => whole.saveOverTheirs(typed())}
        />
      ) : (
        save.isError && <ErrorState problem={save.error} />
      )}
      <div className="row wrap">
        <Button disabled={mondays.length === 0} onClick={asOnMonday}>
          {t('scheduler.hours.as-monday')}
        </Button>
        <Button
          type="submit"
          variant="filled"
          disabled={!changed || !complete || save.isPending || theirs !== undefined}
        >
          {t('emr.permissions.save')}
        </Button>
        <span role="status" className="s13 muted">
          {changed ? t('scheduler.not-saved') : save.isSuccess && t('emr.permissions.saved')}
        </span>
      </div>
    </form>
  );
}
