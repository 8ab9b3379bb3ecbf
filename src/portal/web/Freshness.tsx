import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { ListedSchedule } from '../contract/patients.ts';
import { isReadInFull, momentIn } from './day-groups.ts';

export function Freshness({ schedule, today }: { schedule: ListedSchedule; today: string }) {
  const t = useT();
  const language = useLanguage();
  const { matchedAsOf } = schedule;
  const matches = matchedAsOf !== null && isReadInFull(schedule);
  const words =
    matchedAsOf === null
      ? t('portal.fresh.never')
      : t(matches ? 'portal.fresh.matches' : 'portal.fresh.last', { at: momentIn(language, matchedAsOf, today) });
  const Icon = matches ? IconCircleCheck : IconAlertTriangle;
  return (
    <span className={`row s13 freshness ${matches ? 't-green' : 't-amber'}`}>
      <Icon size={16} stroke={1.75} aria-hidden /> {words}
    </span>
  );
}
