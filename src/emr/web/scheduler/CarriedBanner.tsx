import { Button } from '@mantine/core';
import { IconArrowsMove, IconCopy } from '@tabler/icons-react';
import { useEffect } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { Carried } from './grid-column.ts';
import { usePatientName } from './patient-name.ts';

/** What is on its way, over whatever day, week or office is shown, until a time is chosen or it is put down. */
export function CarriedBanner({ carried, onStop }: { carried: Carried; onStop: () => void }) {
  const t = useT();
  const language = useLanguage();
  const nameOf = usePatientName();
  const { booking, column, as } = carried;
  const words = { patient: nameOf(booking), date: formatDate(language, column.date), start: booking.start };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // A dialog that is open takes Escape for itself.
      if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('[role="dialog"]')) onStop();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onStop]);
  return (
    <Banner
      tone="blue"
      icon={as === 'move' ? IconArrowsMove : IconCopy}
      announce="status"
      actions={<Button onClick={onStop}>{t('scheduler.carry.stop')}</Button>}
    >
      <p>{as === 'move' ? t('scheduler.carry.move', words) : t('scheduler.carry.copy', words)}</p>
    </Banner>
  );
}
