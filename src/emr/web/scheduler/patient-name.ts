import { useT } from '../../../ui/language.tsx';
import type { DayAppointment } from '../../contract/scheduler.ts';

/** Who is booked, or why no name stands there. */
export function usePatientName(): (booking: Pick<DayAppointment, 'patient'>) => string {
  const t = useT();
  return ({ patient }) => {
    if (patient === 'masked') return t('emr.scheduler.patient-withheld');
    return patient?.display ?? t('emr.scheduler.no-patient');
  };
}
