import { Fragment } from 'react';
import { formatNumber } from '../../language/dates.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import type { RunState, SyncStatus } from '../contract/sync.ts';
import { secondsBetween, timeAt } from './site-time.ts';

const tones: Readonly<Record<RunState, ChipTone>> = {
  queued: 'neutral',
  running: 'green',
  complete: 'blue',
  'complete-with-gaps': 'amber',
  'waiting-for-decision': 'amber',
  failed: 'red',
};

export function RunsCard({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const ended = status.runs.filter((run) => run.endedAt !== null).slice(0, 8);
  return (
    <section className="card" aria-labelledby="runs">
      <header>
        <h2 id="runs">{t('connect.runs')}</h2>
      </header>
      {ended.length === 0 ? (
        <p className="pad muted">{t('connect.runs.none')}</p>
      ) : (
        <DataTable label={t('connect.runs')}>
          <thead>
            <tr>
              <th scope="col">{t('connect.runs.ended')}</th>
              <th scope="col">{t('connect.runs.kind')}</th>
              <th scope="col" className="num">
                {t('connect.runs.took')}
              </th>
              <th scope="col">{t('connect.schedules.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {ended.map((run) => (
              <Fragment key={run.runId}>
                <tr className={run.problem ? 'with-reason' : undefined}>
                  <td>
                    {timeAt(language, run.endedAt!, status)}
                    <span className="small muted run-by">{run.requestedBy ?? t('connect.runs.automatic')}</span>
                  </td>
                  <td>{t(`connect.kind.${run.mode}`)}</td>
                  <td className="num nowrap">
                    {run.startedAt === null
                      ? '–'
                      : t('connect.runs.seconds', {
                          seconds: formatNumber(language, secondsBetween(run.startedAt, run.endedAt!)),
                        })}
                  </td>
                  <td>
                    <StatusChip tone={tones[run.state]} label={t(`connect.run.${run.state}`)} />
                  </td>
                </tr>
                {run.problem && (
                  <tr className="reason">
                    <td colSpan={4} className="small muted">
                      {run.problem.text}
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </DataTable>
      )}
    </section>
  );
}
