import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { formatNumber } from '../../language/dates.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { DataTable } from '../../ui/DataTable.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { Sentence, useLanguage, useT } from '../../ui/language.tsx';
import type { SyncStatus, WaitingRun } from '../contract/sync.ts';
import { timeAt } from './site-time.ts';
import { useReleaseRun } from './sync-queries.ts';

/** The preview of a run that waits: what it would mark, why it did not, and the way on. */
export function WaitingCard({ status, waiting }: { status: SyncStatus; waiting: WaitingRun }) {
  const t = useT();
  const language = useLanguage();
  const release = useReleaseRun();
  const [asking, setAsking] = useState(false);
  const count = waiting.schedules.reduce((sum, one) => sum + one.absent, 0);
  return (
    <section className="card" aria-labelledby="waiting">
      <header>
        <h2 id="waiting">{t('connect.waiting.title')}</h2>
      </header>
      <div className="pad stack g3">
        <p>
          <Sentence of="connect.waiting.means" params={{ at: timeAt(language, waiting.endedAt, status), count }} />
        </p>
        <DataTable label={t('connect.waiting.title')}>
          <thead>
            <tr>
              <th scope="col">{t('connect.schedules.who')}</th>
              <th scope="col" className="num">
                {t('connect.waiting.absent')}
              </th>
              <th scope="col" className="num">
                {t('connect.waiting.known')}
              </th>
            </tr>
          </thead>
          <tbody>
            {waiting.schedules.map((one) => (
              <tr key={`${one.officeId} ${one.providerId}`}>
                <th scope="row">
                  <strong>{one.providerDisplay}</strong> {one.officeName}
                </th>
                <td className="num">{formatNumber(language, one.absent)}</td>
                <td className="num">{formatNumber(language, one.known)}</td>
              </tr>
            ))}
          </tbody>
        </DataTable>
        <p>
          <Sentence of="connect.waiting.first" />
        </p>
        {release.error && <ErrorState problem={release.error} />}
        <div className="row wrap noprint">
          <Button
            leftSection={<IconPlayerPlay size={16} stroke={1.75} aria-hidden />}
            disabled={release.isPending || status.live !== null || status.queued.length > 0}
            onClick={() => setAsking(true)}
          >
            {t('connect.waiting.release')}
          </Button>
        </div>
      </div>
      <ConfirmDialog
        opened={asking}
        title={t('connect.waiting.ask')}
        confirmLabel={t('connect.waiting.release')}
        danger
        onConfirm={() => {
          setAsking(false);
          release.mutate(waiting.runId);
        }}
        onCancel={() => setAsking(false)}
      >
        {t('connect.waiting.ask.means', { count })}
      </ConfirmDialog>
    </section>
  );
}
