import { Button } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { Chart } from '../../contract/chart.ts';
import { AddNote } from './AddNote.tsx';
import { type EntryToWithdraw, useEntries } from './chart.queries.ts';
import { timeWords } from './chart-words.ts';
import { EntryMenu, EntryStatus, TabFrame, Whence } from './EntryParts.tsx';
import { preferredOf } from './preferred-place.ts';

export function NotesTab({
  patientId,
  chart,
  onWithdraw,
}: {
  patientId: string;
  chart: Chart;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { entries, tab, ...read } = useEntries(patientId, 'notes', chart.notes);
  const [adding, setAdding] = useState(false);
  return (
    <TabFrame
      tab={tab}
      read={read}
      empty={t('chart-page.note.none')}
      actions={
        <Button
          variant="filled"
          leftSection={<IconPencil size={16} stroke={1.75} aria-hidden />}
          onClick={() => setAdding(true)}
        >
          {t('chart-page.note.add-first')}
        </Button>
      }
    >
      {entries.length > 0 && (
        <ul className="stack g3">
          {entries.map((one) => {
            const title = one.type ?? t('chart-page.note.untyped');
            return (
              <li key={one.noteId} className={one.status === 'entered-in-error' ? 'card struck' : 'card'}>
                <div className="entry">
                  <div className="grow stack g1">
                    <span className="row wrap">
                      <strong className="entry-title">{title}</strong>
                      <EntryStatus status={one.status} />
                    </span>
                    <Whence at={one.start} by={one.writtenBy} place={one} />
                  </div>
                  <EntryMenu
                    of={`${title}, ${timeWords(language, one.start)}`}
                    acts={[
                      one.can.withdraw && {
                        label: t('chart-page.withdraw.first'),
                        onClick: () => onWithdraw({ kind: 'notes', id: one.noteId, version: one.version, title }),
                      },
                    ]}
                  />
                </div>
                <p className="note-text">{one.note}</p>
              </li>
            );
          })}
        </ul>
      )}
      {adding && (
        <AddNote
          patientId={patientId}
          places={tab.mayAddAt}
          prefer={preferredOf(chart, tab.mayAddAt)}
          onClose={() => setAdding(false)}
        />
      )}
    </TabFrame>
  );
}
