import { Button, Checkbox } from '@mantine/core';
import { IconFlask } from '@tabler/icons-react';
import { useState } from 'react';
import { DataTable } from '../../../ui/DataTable.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../../ui/StatusChip.tsx';
import type { Chart, ChartResult, Interpretation, ResultValue } from '../../contract/chart.ts';
import { AddResult } from './AddResult.tsx';
import { type EntryToWithdraw, useEntries } from './chart.queries.ts';
import { interpretationWord, timeWords } from './chart-words.ts';
import { EntryMenu, EntryStatus, TabFrame, Whence } from './EntryParts.tsx';
import type { Picked } from './picked.ts';
import { preferredOf } from './preferred-place.ts';

export function ResultsTab({
  patientId,
  chart,
  picked,
  onWithdraw,
}: {
  patientId: string;
  chart: Chart;
  picked: Picked;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const { entries, tab, ...read } = useEntries(patientId, 'results', chart.results);
  const [adding, setAdding] = useState(false);
  return (
    <TabFrame
      tab={tab}
      read={read}
      empty={t('chart-page.result.none')}
      actions={
        <Button
          variant="filled"
          leftSection={<IconFlask size={16} stroke={1.75} aria-hidden />}
          onClick={() => setAdding(true)}
        >
          {t('chart-page.result.add-first')}
        </Button>
      }
    >
      {entries.length > 0 && (
        <ul className="stack g3">
          {entries.map((one) => (
            <ResultEntry key={one.reportId} result={one} picked={picked} onWithdraw={onWithdraw} />
          ))}
        </ul>
      )}
      {adding && (
        <AddResult
          patientId={patientId}
          places={tab.mayAddAt}
          prefer={preferredOf(chart, tab.mayAddAt)}
          onClose={() => setAdding(false)}
        />
      )}
    </TabFrame>
  );
}

function ResultEntry({
  result,
  picked,
  onWithdraw,
}: {
  result: ChartResult;
  picked: Picked;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { reportId, name, status, version, can, values, conclusion } = result;
  const inForce = status !== 'entered-in-error';
  return (
    <li className={inForce ? 'card' : 'card struck'}>
      <div className="entry">
        <Checkbox
          aria-label={t('chart-page.ocean.pick', { title: name })}
          disabled={!picked.possible || !inForce}
          checked={picked.has('result', reportId)}
          onChange={({ currentTarget: { checked } }) =>
            picked.set({ kind: 'result', id: reportId, title: name }, checked)
          }
        />
        <div className="grow stack g1">
          <span className="row wrap">
            <strong className="entry-title">{name}</strong>
            <EntryStatus status={status} />
          </span>
          <Whence at={result.effective} place={result} />
        </div>
        <EntryMenu
          of={`${name}, ${timeWords(language, result.effective)}`}
          acts={[
            can.withdraw && {
              label: t('chart-page.withdraw.first'),
              onClick: () => onWithdraw({ kind: 'results', id: reportId, version, title: name }),
            },
          ]}
        />
      </div>
      {values.length > 0 && (
        <div className="rows-table">
          <DataTable label={t('chart-page.result.values-of', { name })}>
            <thead>
              <tr>
                <th>{t('chart-page.result.value-name')}</th>
                <th>{t('chart-page.result.value')}</th>
                <th>{t('chart-page.result.range')}</th>
                <th>{t('chart-page.result.interpretation')}</th>
              </tr>
            </thead>
            <tbody>
              {values.map((one) => (
                <tr key={one.observationId}>
                  <th scope="row">{one.name}</th>
                  <td data-label={t('chart-page.result.value')}>
                    {numberWords(language, one.value, one.isNumber)} {one.unit}
                  </td>
                  <td data-label={t('chart-page.result.range')}>{rangeWords(language, one)}</td>
                  <td data-label={t('chart-page.result.interpretation')}>
                    {one.interpretation === null ? (
                      '–'
                    ) : (
                      <StatusChip tone={tones[one.interpretation]} label={t(interpretationWord(one.interpretation))} />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </DataTable>
        </div>
      )}
      {conclusion && <p className="note-text">{conclusion}</p>}
    </li>
  );
}

const tones: Readonly<Record<Interpretation, ChipTone>> = {
  N: 'green',
  L: 'amber',
  H: 'amber',
  A: 'amber',
  LL: 'red',
  HH: 'red',
  AA: 'red',
};

/** The laboratory's digits, each of them; only the sign between them is the language's. */
const numberWords = (language: 'en' | 'fr', value: string, isNumber: boolean): string =>
  isNumber && language === 'fr' ? value.replace('.', ',') : value;

function rangeWords(language: 'en' | 'fr', { low, high }: ResultValue): string {
  const say = (limit: string) => numberWords(language, limit, true);
  if (low !== null && high !== null) return `${say(low)}–${say(high)}`;
  if (low !== null) return `≥ ${say(low)}`;
  return high === null ? '–' : `≤ ${say(high)}`;
}
