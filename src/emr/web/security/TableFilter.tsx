import { SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useT } from '../../../ui/language.tsx';
import { expiringDays } from '../../contract/permission-history.ts';
import { endsWithin, isGap, keyOf, type Pending, type Place } from './pending-changes.ts';

export interface ShownRows {
  readonly which: 'all' | 'gaps' | 'ending' | 'changed';
  readonly search: string;
}
export const everyRow: ShownRows = { which: 'all', search: '' };

export const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** By what is saved and not by what is ticked now: a row must not vanish under the hand. */
export function shows({ which, search }: ShownRows, pending: Pending, place: Place): boolean {
  if (which === 'gaps' && !isGap(place)) return false;
  if (which === 'ending' && !endsWithin(place, expiringDays)) return false;
  if (which === 'changed' && !pending.has(keyOf(place))) return false;
  return plain(`${place.row.display} ${place.office.name}`).includes(plain(search.trim()));
}

/** Which rows the table shows. Gaps are what the published procedure asks for and the integration user does not hold. */
export function TableFilter({
  places,
  pending,
  integration,
  shown,
  onShow,
}: {
  places: readonly Place[];
  pending: Pending;
  integration: boolean;
  shown: ShownRows;
  onShow: (shown: ShownRows) => void;
}) {
  const t = useT();
  const counts = {
    all: places.length,
    gaps: places.filter(isGap).length,
    ending: places.filter((place) => endsWithin(place, expiringDays)).length,
    changed: pending.size,
  };
  const choices = integration
    ? (['all', 'gaps', 'ending', 'changed'] as const)
    : (['all', 'ending', 'changed'] as const);
  return (
    <div className="row wrap">
      <SegmentedControl
        className="filter"
        aria-label={t('emr.filter')}
        size="xs"
        value={shown.which}
        onChange={(which) => onShow({ ...shown, which: which as ShownRows['which'] })}
        data={choices.map((which) => ({
          value: which,
          label: t(`emr.filter.${which}`, { count: counts[which], days: expiringDays }),
        }))}
      />
      <TextInput
        aria-label={t('emr.filter.find')}
        placeholder={t('emr.filter.find')}
        leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
        value={shown.search}
        onChange={(event) => onShow({ ...shown, search: event.currentTarget.value })}
      />
    </div>
  );
}
