import { Button, SegmentedControl } from '@mantine/core';
import { IconEyeOff, IconUserOff } from '@tabler/icons-react';
import { useState } from 'react';
import { formatNumber } from '../../language/dates.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import { columnsNeededBy } from '../contract/features.ts';
import type { SliceOutcome, SliceStatus, SyncStatus } from '../contract/sync.ts';
import { timeAt } from './site-time.ts';
import { byGaps, useSettingsInUse } from './sync-queries.ts';
import { UnconfirmedDialog } from './UnconfirmedDialog.tsx';

const tones: Readonly<Record<SliceOutcome, ChipTone>> = {
  complete: 'green',
  partly: 'amber',
  'cannot-be-read': 'red',
  'needs-full': 'amber',
  waiting: 'amber',
  failed: 'red',
  'not-selected': 'neutral',
};

const whenTone: Readonly<Partial<Record<SliceOutcome, string>>> = {
  partly: 't-amber',
  'cannot-be-read': 't-amber',
  'needs-full': 't-amber',
  waiting: 't-amber',
  failed: 't-amber',
  'not-selected': 'muted',
};

function OutcomeChip({ outcome }: { outcome: SliceOutcome }) {
  const t = useT();
  const icon = outcome === 'cannot-be-read' ? IconEyeOff : outcome === 'not-selected' ? IconUserOff : undefined;
  return <StatusChip tone={tones[outcome]} label={t(`connect.outcome.${outcome}`)} {...(icon && { icon })} />;
}

function ScheduleRows({ slice, status }: { slice: SliceStatus; status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const settings = useSettingsInUse();
  // What of the portal does not work for a schedule that is otherwise read: the symptom that a person will meet.
  const stopped =
    slice.outcome === 'partly'
      ? (settings.data?.features ?? []).filter((feature) => (columnsNeededBy[feature] & slice.missingColumns) !== 0)
      : [];
  const read = slice.outcome === 'complete' || slice.outcome === 'partly';
  const sentences = [
    slice.reason?.text,
    stopped.length > 0
      ? t('connect.schedules.stopped', { features: stopped.map((one) => t(`connect.feature.${one}`)).join('; ') })
      : undefined,
    slice.keptInvisible > 0 ? t('connect.schedules.kept', { count: slice.keptInvisible }) : undefined,
    slice.withheld > 0 ? t('connect.schedules.withheld', { count: slice.withheld }) : undefined,
    slice.unconfirmed > 0 ? t('connect.unconfirmed', { count: slice.unconfirmed }) : undefined,
  ].filter((one) => one !== undefined);
  const [looking, setLooking] = useState(false);
  const count = (value: number) => (read ? formatNumber(language, value) : '–');
  return (
    <tbody>
      <tr className={sentences.length > 0 ? 'with-reason' : undefined}>
        <th scope="row" className="who">
          <strong>{slice.providerDisplay}</strong> {slice.officeName}
          {looking && <UnconfirmedDialog slice={slice} status={status} onClose={() => setLooking(false)} />}
        </th>
        <td data-label={t('connect.schedules.as-of')} className={whenTone[slice.outcome]}>
          {slice.matchedAsOf === null ? t('connect.schedules.never') : timeAt(language, slice.matchedAsOf, status)}
        </td>
        <td data-label={t('connect.books.shown')} className="num">
          {formatNumber(language, slice.shown)}
        </td>
        <td data-label={t('connect.schedules.new')} className="num minor">
          {count(slice.created)}
        </td>
        <td data-label={t('connect.schedules.changed')} className="num minor">
          {count(slice.updated)}
        </td>
        <td className="outcome">
          <OutcomeChip outcome={slice.outcome} />
        </td>
      </tr>
      {sentences.length > 0 && (
        <tr className="reason">
          <td colSpan={6} className="small muted">
            {sentences.join(' ')}
            {slice.unconfirmed > 0 && (
              <Button
                size="compact-xs"
                variant="subtle"
                className="noprint"
                aria-label={`${t('connect.unconfirmed.look')}: ${slice.providerDisplay}, ${slice.officeName}`}
                onClick={() => setLooking(true)}
              >
                {t('connect.unconfirmed.look')}
              </Button>
            )}
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** *Schedules*: each provider in each office, how well it matches the EMR, and why not. */
export function SchedulesCard({ status }: { status: SyncStatus }) {
  const t = useT();
  const [order, setOrder] = useState<'gaps' | 'office'>('gaps');
  const matching = status.schedules.filter((slice) => slice.outcome === 'complete').length;
  const sorted = status.schedules.toSorted(
    order === 'gaps' ? byGaps : (a, b) => a.officeName.localeCompare(b.officeName) || byGaps(a, b),
  );
  return (
    <section className="card" aria-labelledby="schedules">
      <header className="connect-wrap">
        <h2 id="schedules" className="grow">
          {t('connect.schedules')}
        </h2>
        <SegmentedControl
          size="xs"
          aria-label={t('connect.schedules.order')}
          value={order}
          onChange={(value) => setOrder(value === 'office' ? 'office' : 'gaps')}
          data={[
            { value: 'gaps', label: t('connect.schedules.gaps-first') },
            { value: 'office', label: t('connect.schedules.by-office') },
          ]}
        />
        <span className="small muted">
          {t('connect.schedules.matching', { total: status.schedules.length, matching })}
        </span>
      </header>
      {sorted.length === 0 ? (
        <p className="pad muted">{t('connect.schedules.none')}</p>
      ) : (
        <table className="data connect-schedules" aria-labelledby="schedules">
          <thead>
            <tr>
              <th scope="col">{t('connect.schedules.who')}</th>
              <th scope="col">{t('connect.schedules.as-of')}</th>
              <th scope="col" className="num">
                {t('connect.books.shown')}
              </th>
              <th scope="col" className="num">
                {t('connect.schedules.new')}
              </th>
              <th scope="col" className="num">
                {t('connect.schedules.changed')}
              </th>
              <th scope="col">{t('connect.schedules.outcome')}</th>
            </tr>
          </thead>
          {sorted.map((slice) => (
            <ScheduleRows key={`${slice.officeId} ${slice.providerId}`} slice={slice} status={status} />
          ))}
        </table>
      )}
    </section>
  );
}
