import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { formatNumber } from '../../language/dates.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { HistoryPeriod, SyncHistory } from '../contract/sync.ts';
import { useSyncHistory } from './sync-queries.ts';

type Step = SyncHistory['steps'][number];
const height = 64;
const bar = 12;

/** Bars of what came, changed and left; the parts differ in pattern as well as in colour. */
function Volume({ steps }: { steps: readonly Step[] }) {
  const most = Math.max(1, ...steps.map((one) => one.created + one.updated + one.removed));
  const scale = (value: number) => (value / most) * height;
  return (
    <svg
      viewBox={`0 0 ${steps.length * bar} ${height}`}
      preserveAspectRatio="none"
      className="history-chart"
      aria-hidden="true"
    >
      {steps.map((one, index) => {
        const [created, updated, removed] = [scale(one.created), scale(one.updated), scale(one.removed)];
        const x = index * bar + 1;
        return (
          <g key={one.from}>
            <rect className="new" x={x} width={bar - 2} y={height - created} height={created} />
            <rect className="changed" x={x} width={bar - 2} y={height - created - updated} height={updated} />
            <rect className="left" x={x} width={bar - 2} y={height - created - updated - removed} height={removed} />
            {one.failed > 0 && <rect className="failed" x={x} width={bar - 2} y={0} height={4} />}
          </g>
        );
      })}
    </svg>
  );
}

/** How old the oldest match was at the end of each step; where a schedule had never been read there is no line. */
function Age({ steps }: { steps: readonly Step[] }) {
  const most = Math.max(1, ...steps.map((one) => one.oldestMinutes ?? 0));
  const y = (minutes: number) => height - 2 - (minutes / most) * (height - 4);
  const path = steps
    .map((one, index) =>
      one.oldestMinutes === null
        ? ''
        : `${index === 0 || steps[index - 1]!.oldestMinutes === null ? 'M' : 'L'}${index * bar} ${y(one.oldestMinutes)}H${(index + 1) * bar}`,
    )
    .join('');
  return (
    <svg
      viewBox={`0 0 ${steps.length * bar} ${height}`}
      preserveAspectRatio="none"
      className="history-chart"
      aria-hidden="true"
    >
      <path d={path} className="age" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** *Freshness and volume*: whether syncing keeps up. The same figures stand below as a table. */
export function HistoryCard() {
  const t = useT();
  const language = useLanguage();
  const [period, setPeriod] = useState<HistoryPeriod>('day');
  const { data, error, refetch } = useSyncHistory(period);
  const steps = data?.steps ?? [];
  const number = (value: number) => formatNumber(language, value);
  const sum = (pick: (step: Step) => number) => steps.reduce((total, one) => total + pick(one), 0);
  const ages = steps.flatMap(({ oldestMinutes }) => (oldestMinutes === null ? [] : [oldestMinutes]));
  const now = steps.at(-1)?.oldestMinutes ?? null;
  return (
    <section className="card" aria-labelledby="history">
      <header className="connect-wrap">
        <h2 id="history" className="grow">
          {t('connect.history')}
        </h2>
        <SegmentedControl
          size="xs"
          aria-label={t('connect.history.period')}
          value={period}
          onChange={(value) => setPeriod(value === 'week' ? 'week' : 'day')}
          data={[
            { value: 'day', label: t('connect.history.day') },
            { value: 'week', label: t('connect.history.week') },
          ]}
        />
      </header>
      <div className="pad stack g3">
        {!data && (error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />)}
        {data && sum((one) => one.runs) === 0 && <p className="muted">{t('connect.history.none')}</p>}
        {data && sum((one) => one.runs) > 0 && (
          <>
            <p className="s13">
              {t('connect.history.summary', {
                runs: sum((one) => one.runs),
                failed: number(sum((one) => one.failed)),
                created: number(sum((one) => one.created)),
                updated: number(sum((one) => one.updated)),
                removed: number(sum((one) => one.removed)),
              })}
            </p>
            <figure>
              <figcaption className="row small muted">
                <span className="grow">{t('connect.history.volume')}</span>
                {t('connect.history.most', {
                  count: number(Math.max(...steps.map((one) => one.created + one.updated + one.removed))),
                })}
              </figcaption>
              <Volume steps={steps} />
              <p className="row small muted history-key">
                <span data-part="new">{t('connect.history.new')}</span>
                <span data-part="changed">{t('connect.history.changed')}</span>
                <span data-part="left">{t('connect.history.left')}</span>
              </p>
            </figure>
            <figure>
              <figcaption className="row small muted">
                <span className="grow">{t('connect.history.age')}</span>
                {ages.length > 0 && t('connect.history.most', { count: number(Math.max(...ages)) })}
                {now !== null && ` · ${t('connect.history.now', { minutes: number(now) })}`}
              </figcaption>
              <Age steps={steps} />
              <p className="row small muted">
                <span className="grow">{steps[0]?.label}</span>
                {steps.at(-1)?.label}
              </p>
            </figure>
            <details>
              <summary className="s13">{t('connect.history.table')}</summary>
              <DataTable label={t('connect.history')}>
                <thead>
                  <tr>
                    <th scope="col">{t('connect.history.from')}</th>
                    {(['runs', 'new', 'changed', 'left', 'oldest'] as const).map((one) => (
                      <th key={one} scope="col" className="num">
                        {t(`connect.history.${one}`)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {steps.toReversed().map((one) => (
                    <tr key={one.from}>
                      <th scope="row" className="nowrap">
                        {one.label}
                      </th>
                      <td className="num">
                        {one.failed > 0
                          ? t('connect.history.of-them-failed', { runs: one.runs, failed: one.failed })
                          : number(one.runs)}
                      </td>
                      <td className="num">{number(one.created)}</td>
                      <td className="num">{number(one.updated)}</td>
                      <td className="num">{number(one.removed)}</td>
                      <td className="num">{one.oldestMinutes === null ? '–' : number(one.oldestMinutes)}</td>
                    </tr>
                  ))}
                </tbody>
              </DataTable>
            </details>
          </>
        )}
      </div>
    </section>
  );
}
