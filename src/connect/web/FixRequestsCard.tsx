import { IconMailForward } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useLanguage, useT } from '../../ui/language.tsx';
import { useFixRequests } from './doctor-queries.ts';
import { dateTimeAt } from './site-time.ts';

/** What was requested lately, to be found again. */
const shownAtMost = 10;

/** Requests to the EMR's administrator, the latest first, and how much of each is still missing. Nothing where there are none. */
export function FixRequestsCard() {
  const t = useT();
  const language = useLanguage();
  const { data = [] } = useFixRequests();
  if (data.length === 0) return null;
  return (
    <section className="card noprint" aria-labelledby="fix-requests">
      <header>
        <h2 id="fix-requests">{t('fix.requests')}</h2>
      </header>
      <ul>
        {data.slice(0, shownAtMost).map((one) => (
          <li key={one.fixRequestId} className="doctor-gap">
            <IconMailForward size={18} stroke={1.75} aria-hidden className="doctor-gap-sign" />
            <span className="grow">
              <Link to="/fix-requests/$fixRequestId" params={{ fixRequestId: one.fixRequestId }}>
                {t('fix.requests.line', { time: dateTimeAt(language, one.requestedAt, one), who: one.requestedBy })}
              </Link>
              <br />
              <span className="small muted">
                {[
                  ...(one.gapIds.length > 0
                    ? [t('fix.requests.gaps', { open: one.openGapIds.length, all: one.gapIds.length })]
                    : []),
                  ...(one.removals.asked > 0
                    ? [t('fix.requests.ticks', { open: one.removals.open, all: one.removals.asked })]
                    : []),
                ].join('; ')}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
