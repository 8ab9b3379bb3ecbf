import { IconAlertTriangle, IconCircleCheck, IconClock } from '@tabler/icons-react';
import { useLanguage, useT } from '../../ui/language.tsx';
import { type DayGroup, isDayKnown, isReadInFull, momentIn } from './day-groups.ts';

/** How well the group matches the EMR; of a day that may not have been read, only when the schedule was. */
export function Freshness({ group, date, today }: { group: DayGroup; date: string; today: string }) {
  const t = useT();
  const language = useLanguage();
  const { schedule } = group;
  const { matchedAsOf } = schedule;
  const matches = matchedAsOf !== null && isReadInFull(schedule);
  const words =
    matchedAsOf === null
      ? t('portal.fresh.never')
      : t(matches ? 'portal.fresh.matches' : 'portal.fresh.last', { at: momentIn(language, matchedAsOf, today) });
  if (matches && !isDayKnown(group, date, today)) {
    return (
      <span className="row s13 freshness muted">
        <IconClock size={16} stroke={1.75} aria-hidden />{' '}
        {t('portal.fresh.read', { at: momentIn(language, matchedAsOf, today) })}
      </span>
    );
  }
  const Icon = matches ? IconCircleCheck : IconAlertTriangle;
  return (
    <span className={`row s13 freshness ${matches ? 't-green' : 't-amber'}`}>
      <Icon size={16} stroke={1.75} aria-hidden /> {words}
    </span>
  );
}
