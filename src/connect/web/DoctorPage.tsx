import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import type { Diagnosis } from '../contract/doctor.ts';
import { CoverageMap } from './CoverageMap.tsx';
import { type DoctorCell, useDoctor } from './doctor-queries.ts';
import { FixRequestsCard } from './FixRequestsCard.tsx';
import { GapHistoryCard } from './GapHistoryCard.tsx';
import { GapList } from './GapList.tsx';
import { LeastPrivilegeCard } from './LeastPrivilegeCard.tsx';
import { NoticesCard } from './NoticesCard.tsx';
import { timeAt } from './site-time.ts';
import { useStartRun, useSyncStatus } from './sync-queries.ts';
import { WhyPanel } from './WhyPanel.tsx';

/** Whether what is shown is young enough to act on, and a way to make it younger. */
function Evidence({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useT();
  const language = useLanguage();
  const start = useStartRun();
  const { data: status } = useSyncStatus();
  const { evidence } = diagnosis;
  const looking = start.isPending || Boolean(status?.live) || Boolean(status?.queued.length);
  if (!evidence) return null;
  const { ageSeconds: age } = evidence;
  const told =
    age < 90
      ? t('doctor.age.seconds', { count: age })
      : age < 5400
        ? t('doctor.age.minutes', { count: Math.round(age / 60) })
        : t('doctor.age.hours', { count: Math.round(age / 3600) });
  return (
    <span className="row wrap">
      <span className="small muted" role="status">
        {looking
          ? t('doctor.looking')
          : t('doctor.evidence', { time: timeAt(language, evidence.readAt, diagnosis), age: told })}
      </span>
      <Button
        leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden />}
        disabled={looking}
        onClick={() => start.mutate('recent')}
      >
        {t('doctor.look-again')}
      </Button>
    </span>
  );
}

/** The Access Doctor: what is missing, why, whose job it is, and what works where. The address carries the cell that is asked about. */
export function DoctorPage() {
  const t = useT();
  const { data, error, refetch } = useDoctor();
  const search = useSearch({ from: '/doctor' });
  const navigate = useNavigate({ from: '/doctor' });
  if (!data) {
    return (
      <Page title={t('doctor.title')}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
      </Page>
    );
  }
  const { office, provider, feature } = search;
  const first = data.gaps.find((gap) => gap.officeId !== null && gap.providerId !== null);
  const asked: DoctorCell | null =
    office !== undefined && provider !== undefined && feature !== undefined ? { office, provider, feature } : null;
  const chosen: DoctorCell | null =
    asked ??
    (first && first.features.length > 0
      ? { office: first.officeId!, provider: first.providerId!, feature: first.features[0]! }
      : null);
  const sum = (pick: (known: Diagnosis['gaps'][number]['known']) => number) =>
    data.gaps.reduce((total, gap) => total + pick(gap.known), 0);
  return (
    <Page title={t('doctor.title')} actions={<Evidence diagnosis={data} />}>
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {data.evidence === null ? (
        <EmptyState reason={t('doctor.not-read')} who={t('connect.home.none.who')} />
      ) : (
        <div className="stack g3">
          {data.gaps.length > 0 && (
            <p>
              {t('doctor.summary', {
                gaps: data.gaps.length,
                bookings: sum((known) => known.bookings),
                patients: sum((known) => known.patientsNext48Hours),
              })}
            </p>
          )}
          <div className="doctor-page">
            <CoverageMap
              diagnosis={data}
              chosen={chosen}
              onChoose={(cell) => void navigate({ search: cell, replace: true })}
            />
            <div className="stack g3">
              {/* Whoever asks about a cell gets the answer before all else. */}
              {asked && <WhyPanel cell={asked} readAt={data.evidence.readAt} />}
              <GapList diagnosis={data} />
              <FixRequestsCard />
              {!asked && <WhyPanel cell={chosen} readAt={data.evidence.readAt} />}
            </div>
          </div>
          <LeastPrivilegeCard readAt={data.evidence.readAt} />
          <GapHistoryCard clock={data} />
          <NoticesCard clock={data} />
        </div>
      )}
    </Page>
  );
}
