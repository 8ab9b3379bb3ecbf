import { Checkbox, Select } from '@mantine/core';
import { DateField } from '../../../ui/DateField.tsx';
import { useT } from '../../../ui/language.tsx';
import type { BookingState } from '../../contract/booking-states.ts';
import type { MyOffice } from '../../contract/scheduler.ts';
import { signs, wordOf } from './booking-signs.ts';

const legend: readonly BookingState[] = ['booked', 'confirmed', 'arrived', 'fulfilled', 'cancelled', 'noshow'];

/** Which office and day, whose columns, and what the signs mean. */
export function SchedulerSide({
  offices,
  office,
  date,
  schedules,
  hidden,
  week,
  onOffice,
  onDate,
  onHide,
}: {
  offices: readonly MyOffice[];
  office: MyOffice;
  date: string;
  schedules: readonly { readonly providerId: string; readonly display: string }[];
  hidden: ReadonlySet<string>;
  /** Whose week is shown, and how another is chosen; undefined in a day. */
  week: { readonly providerId: string | undefined; onProvider(providerId: string | undefined): void } | undefined;
  onOffice: (officeId: string) => void;
  onDate: (date: string) => void;
  onHide: (hidden: ReadonlySet<string>) => void;
}) {
  const t = useT();
  return (
    <aside className="side scheduler-side" aria-label={t('emr.scheduler.what-is-shown')}>
      <DateField label={t('emr.scheduler.date')} value={date} onChange={(next) => next !== '' && onDate(next)} />
      <Select
        label={t('emr.scheduler.office')}
        value={office.officeId}
        allowDeselect={false}
        data={offices.map((one) => ({ value: one.officeId, label: one.name }))}
        onChange={(chosen) => chosen !== null && onOffice(chosen)}
      />
      {week && (
        <Select
          label={t('scheduler.week-of-whom')}
          allowDeselect={false}
          value={week.providerId ?? ''}
          data={[
            { value: '', label: t('scheduler.all-providers') },
            ...schedules.map(({ providerId, display }) => ({ value: providerId, label: display })),
          ]}
          onChange={(chosen) => week.onProvider(chosen || undefined)}
        />
      )}
      {week?.providerId === undefined && (
        <fieldset className="stack wide-only">
          <legend className="small muted">{t('emr.scheduler.providers')}</legend>
          {schedules.map(({ providerId, display }) => (
            <Checkbox
              key={providerId}
              label={display}
              checked={!hidden.has(providerId)}
              onChange={({ currentTarget: { checked } }) =>
                onHide(new Set(checked ? [...hidden].filter((one) => one !== providerId) : [...hidden, providerId]))
              }
            />
          ))}
        </fieldset>
      )}
      <section className="wide-only">
        <h2 className="small muted">{t('emr.scheduler.signs')}</h2>
        <ul className="signs">
          {legend.map((state) => {
            const { Icon, look } = signs[state];
            return (
              <li key={state} className="row s13">
                <span className={`sign ${look}`}>
                  <Icon size={16} stroke={1.75} aria-hidden />
                </span>
                {t(wordOf(state))}
              </li>
            );
          })}
        </ul>
      </section>
    </aside>
  );
}
