import { IconEyeOff } from '@tabler/icons-react';
import { Banner } from '../../ui/Banner.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { type DayGroup, isDayKnown, isReadInFull, momentIn } from './day-groups.ts';
import { useReason } from './reason.ts';
import { WhyMissing } from './WhyMissing.tsx';

/** Which cells are missing and who can grant them; nothing of a patient. */
function MissingCells({ schedule }: Pick<DayGroup, 'schedule'>) {
  const t = useT();
  const reason = useReason();
  return (
    <>
      <p>
        {reason(schedule)} <WhyMissing schedule={schedule} />
      </p>
      <p className="muted">{t('portal.notice.who-emr')}</p>
    </>
  );
}

/** Why a schedule shows less than the EMR may hold, or that an empty day is truly empty. Draws nothing when rows say it all. */
export function ScheduleNotices({
  group: { schedule, bookings },
  date,
  today,
  searching,
}: {
  group: DayGroup;
  date: string;
  today: string;
  searching: boolean;
}) {
  const t = useT();
  const language = useLanguage();
  const { visibility, outcome, keptInvisible, withheld, matchedAsOf, visibilitySince } = schedule;
  if (visibility === 'lost' || visibility === 'never') {
    return (
      <Banner tone="amber" icon={IconEyeOff}>
        <p>
          <strong>
            {visibility === 'lost'
              ? t('portal.notice.lost', { since: momentIn(language, visibilitySince, today) })
              : t('portal.notice.cannot-know')}
          </strong>
        </p>
        {keptInvisible > 0 && <p>{t('portal.notice.kept', { count: keptInvisible })}</p>}
        {visibility === 'lost' && <p>{t('portal.notice.cannot-know')}</p>}
        <MissingCells schedule={schedule} />
      </Banner>
    );
  }
  if (withheld > 0 || keptInvisible > 0 || outcome === 'cannot-be-read') {
    return (
      <Banner tone="amber" icon={IconEyeOff}>
        <p>
          <strong>
            {withheld > 0 ? t('portal.notice.withheld', { count: withheld }) : t('portal.notice.cannot-know')}
          </strong>
        </p>
        {withheld > 0 && <p>{t('portal.notice.withheld.means')}</p>}
        {keptInvisible > 0 && <p>{t('portal.notice.kept', { count: keptInvisible })}</p>}
        <MissingCells schedule={schedule} />
      </Banner>
    );
  }
  if (outcome === 'needs-full' || outcome === 'waiting' || outcome === 'failed') {
    return (
      <Banner tone="amber">
        {bookings.length === 0 && (
          <p>
            <strong>{t('portal.notice.cannot-know')}</strong>
          </p>
        )}
        <p>{t(`portal.notice.${outcome}`)}</p>
      </Banner>
    );
  }
  if (bookings.length > 0) return null;
  if (searching) {
    return (
      <p className="muted s13">
        {t('portal.notice.no-match')} <WhyMissing schedule={schedule} />
      </p>
    );
  }
  if (matchedAsOf === null || !(isReadInFull(schedule) || visibility === 'withheld')) {
    return <p>{t('portal.notice.cannot-know')}</p>;
  }
  const at = momentIn(language, matchedAsOf, today);
  return (
    <p className="muted s13">
      {t(isDayKnown({ bookings }, date, today) ? 'portal.notice.free' : 'portal.notice.none-read', { at })}
    </p>
  );
}
