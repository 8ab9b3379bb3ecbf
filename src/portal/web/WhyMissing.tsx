import { Link } from '@tanstack/react-router';
import { useT } from '../../ui/language.tsx';
import type { ListedSchedule } from '../contract/patients.ts';
import type { WhyPlace } from '../contract/why.ts';
import { useMe } from './session.ts';

interface Props {
  readonly schedule: Pick<ListedSchedule, 'officeId' | 'providerId' | 'providerDisplay' | 'officeName'> &
    Partial<Pick<ListedSchedule, 'gapIds'>>;
  /** Of the need manifest: what is missing here. */
  readonly feature?: WhyPlace;
}

/**
 * *Why is this missing?*: for a Site Admin the way of this feature to this schedule, gate by gate, in Cloud Connect; for everybody else the
 * portal's own answer. The gap's id is the same in both, and on the telephone.
 */
export function WhyMissing({ schedule, feature = 'day-sheet' }: Props) {
  const t = useT();
  const url = useMe().data?.cloudConnectUrl;
  const { officeId: office, providerId: provider, gapIds = [] } = schedule;
  const name = t('portal.why.whom', { provider: schedule.providerDisplay, office: schedule.officeName });
  const gap = gapIds.length > 0 && (
    <span className="small muted nowrap"> {t('portal.why.gap', { ids: gapIds.join(', ') })}</span>
  );
  if (!url) {
    return (
      <>
        <Link
          to="/why"
          search={{ office, provider, ...(feature === 'day-sheet' ? {} : { feature }) } as never}
          className="nowrap noprint"
          aria-label={name}
        >
          {t('portal.why')}
        </Link>
        {gap}
      </>
    );
  }
  const to = new URL('/doctor', url);
  to.search = new URLSearchParams({ office, provider, feature }).toString();
  return (
    <>
      <a href={to.href} className="nowrap noprint" aria-label={name}>
        {t('portal.why')}
      </a>
      {gap}
    </>
  );
}
