import { ActionIcon, Button, Select, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import { type SettableState, settableStates } from '../../contract/booking-states.ts';
import type { Versioned } from '../../contract/open-hours.ts';
import { wordOf } from '../scheduler/booking-signs.ts';
import { codeOf } from './code-of.ts';
import { SavedMeanwhile } from './SavedMeanwhile.tsx';
import type { Replace } from './settings.queries.ts';
import { useWhole } from './use-whole.ts';

export interface Word {
  readonly code: string;
  readonly display: string;
  /** Absent where words mean nothing but themselves. */
  readonly means?: SettableState | undefined;
}

interface Row extends Word {
  readonly key: number;
  /** Not saved yet, so that its code is still open. */
  readonly isNew: boolean;
}

const rowsOf = (words: readonly Word[]): Row[] => words.map((word, key) => ({ ...word, key, isNew: false }));

/** The clinic's own words in the order in which they are offered. Nothing is changed before *Save*. */
export function WordsEditor<Whole extends object>({
  latest,
  save,
  wordsOf,
  wholeOf,
  meaning,
  what,
  empty,
}: {
  latest: Versioned<Whole>;
  save: Replace<Whole>;
  wordsOf: (whole: Whole) => readonly Word[];
  wholeOf: (words: readonly Word[]) => Whole;
  /** Each word means a state, and says which. */
  meaning: boolean;
  what: string;
  empty: string;
}) {
  const t = useT();
  const whole = useWhole(latest, save, (one) => rowsOf(wordsOf(one)));
  const { rows, changed, theirs, set } = whole;
  const change = (key: number, part: Partial<Word>) =>
    set(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const swap = (index: number, by: 1 | -1) => {
    const next = [...rows];
    [next[index], next[index + by]] = [next[index + by]!, next[index]!];
    set(next);
  };
  const complete = rows.every(({ display, means }) => display.trim() !== '' && (!meaning || means !== undefined));
  const typed = () => {
    const taken = new Set(rows.filter(({ isNew }) => !isNew).map(({ code }) => code));
    return wholeOf(
      rows.map(({ code, display, means, isNew }) => {
        const own = isNew ? codeOf(display, taken) : code;
        taken.add(own);
        return { code: own, display: display.trim(), ...(means && { means }) };
      }),
    );
  };
  return (
    <form
      className="stack g3"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete) whole.save(typed());
      }}
    >
      <p className="s13 muted">{what}</p>
      {rows.length === 0 && <EmptyState reason={empty} />}
      {rows.length > 0 && (
        <ul className="card entries">
          {rows.map((row, index) => (
            <li key={row.key} className="entry word-row">
              <TextInput
                aria-label={t('scheduler.word.display', { n: index + 1 })}
                className="grow"
                maxLength={meaning ? 60 : 200}
                value={row.display}
                onChange={({ currentTarget: { value } }) => change(row.key, { display: value })}
              />
              {meaning && (
                <Select
                  aria-label={t('scheduler.word.means', { n: index + 1 })}
                  allowDeselect={false}
                  placeholder={t('scheduler.word.choose')}
                  value={row.means ?? null}
                  data={settableStates.map((state) => ({ value: state, label: t(wordOf(state)) }))}
                  onChange={(picked) => picked !== null && change(row.key, { means: picked as SettableState })}
                />
              )}
              <span className="row">
                <ActionIcon
                  aria-label={t('scheduler.word.up', { word: row.display })}
                  disabled={index === 0}
                  onClick={() => swap(index, -1)}
                >
                  <IconArrowUp size={16} stroke={1.75} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  aria-label={t('scheduler.word.down', { word: row.display })}
                  disabled={index === rows.length - 1}
                  onClick={() => swap(index, 1)}
                >
                  <IconArrowDown size={16} stroke={1.75} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  aria-label={t('scheduler.word.remove', { word: row.display })}
                  onClick={() => set(rows.filter(({ key }) => key !== row.key))}
                >
                  <IconTrash size={16} stroke={1.75} aria-hidden />
                </ActionIcon>
              </span>
            </li>
          ))}
        </ul>
      )}
      {theirs ? (
        <SavedMeanwhile
          now={wordsOf(theirs).map(({ code, display, means }) => [
            code,
            means ? `${display} (${t(wordOf(means))})` : display,
          ])}
          canReplace={complete}
          onTake={whole.takeTheirs}
          onReplace={() => whole.saveOverTheirs(typed())}
        />
      ) : (
        save.isError && <ErrorState problem={save.error} />
      )}
      <div className="row wrap">
        <Button
          leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
          onClick={() =>
            set([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, code: '', display: '', isNew: true }])
          }
        >
          {t('scheduler.word.add')}
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
