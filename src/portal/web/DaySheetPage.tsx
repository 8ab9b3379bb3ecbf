import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { DataTable } from '../../ui/DataTable.tsx';
import { DateField } from '../../ui/DateField.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { type PatientsSearch, ScheduleNote, statusKey, usePatientsPage } from './PatientsPage.tsx';

/** The day for paper: a table for each schedule, and what is not on it and why. */
export function DaySheetPage() {
  const t = useT();
  const navigate = useNavigate();
  const asked = useSearch({ strict: false }) as PatientsSearch;
  const page = usePatientsPage(asked, '/api/day-sheet');
  if (page.isPending) return <LoadingBlock />;
  if (page.isError) return <ErrorState problem={page.error} onRetry={() => void page.refetch()} />;
  const { data } = page;
  return (
    <Page title={t('portal.nav.day-sheet')} actions={<Button onClick={() => print()}>{t('portal.print')}</Button>}>
      <div className="noprint">
        <DateField
          label={t('portal.nav.day-sheet')}
          value={data.date}
          steps
          onChange={(date) => date && void navigate({ to: '/day-sheet', search: { ...asked, date } })}
        />
      </div>
      {data.schedules.map((schedule) => {
        const bookings = data.bookings.filter(
          (one) => one.officeId === schedule.officeId && one.providerId === schedule.providerId,
        );
        const complete = schedule.visibility === 'readable' && schedule.outcome === 'complete';
        if (bookings.length === 0 && complete) return null;
        return (
          <section key={`${schedule.officeId}/${schedule.providerId}`} className="sheet">
            <h2>{t('portal.schedule', { provider: schedule.providerDisplay, office: schedule.officeName })}</h2>
            {!complete && <ScheduleNote schedule={schedule} />}
            {bookings.length > 0 && (
              <DataTable label={schedule.providerDisplay}>
                <tbody>
                  {bookings.map((one) => (
                    <tr key={one.bookingId}>
                      <td>{one.start}</td>
                      <td>{one.patient?.display ?? t('portal.no-patient')}</td>
                      <td>{one.type}</td>
                      <td>{t(statusKey(one.status))}</td>
                    </tr>
                  ))}
                </tbody>
              </DataTable>
            )}
          </section>
        );
      })}
    </Page>
  );
}
