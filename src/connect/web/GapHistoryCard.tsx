import { IconCertificate, IconCircleCheck, IconCircleMinus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import { useGapHistory } from './doctor-queries.ts';
import { type SiteClock, timeAt } from './site-time.ts';

/** Gaps that ended, the latest first, and the certificate of each that was proved. */
export function GapHistoryCard({ clock }: { clock: SiteClock }) {
  const t = useT();
  const language = useLanguage();
  const { data, error, refetch } = useGapHistory();
  return (
    <section className="card" aria-labelledby="gap-history">
      <header>
        <h2 id="gap-history">{t('certificate.history')}</h2>
      </header>
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {data?.entries.length === 0 && <p className="pad s13">{t('certificate.history.none')}</p>}
      {data !== undefined && data.entries.length > 0 && (
        <ul>
          {data.entries.map((entry) => (
            <li key={`${entry.gapId} ${entry.openedAt}`} className="doctor-gap ended">
              <span className="grow">
                <strong>{entry.title}</strong>{' '}
                <span className="small muted">
                  {entry.gapId} ·{' '}
                  {t('certificate.history.when', {
                    opened: timeAt(language, entry.openedAt, clock),
                    closed: timeAt(language, entry.closedAt, clock),
                  })}
                </span>
              </span>
              <StatusChip
                tone={entry.ending === 'proved' ? 'green' : 'neutral'}
                label={t(`certificate.ending.${entry.ending}`)}
                icon={entry.ending === 'proved' ? IconCircleCheck : IconCircleMinus}
              />
              {entry.certificateId !== null && (
                <Link
                  to="/certificates/$certificateId"
                  params={{ certificateId: entry.certificateId }}
                  className="row nowrap"
                  aria-label={`${t('certificate.open')}: ${entry.title}, ${entry.gapId}`}
                >
                  <IconCertificate size={16} stroke={1.75} aria-hidden /> {t('certificate.open')}
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
