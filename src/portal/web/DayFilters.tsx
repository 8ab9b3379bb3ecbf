import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { IconEyeOff, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { formatNumber } from '../../language/dates.ts';
import { DateField } from '../../ui/DateField.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { messageStates, type PatientsPage } from '../contract/patients.ts';
import type { DayFilter } from './day-filter.ts';
import { type FilterProvider, filterProvidersOf, notShownOf } from './day-groups.ts';
import { NotShownNames } from './NotShown.tsx';

/** Where the key / goes. */
export const searchFieldId = 'patients-search';

/** Typed text goes into the filter when the typing pauses; what the address says comes back into the field. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const t = useT();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), 300);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <TextInput
      id={searchFieldId}
      type="search"
      label={t('portal.search')}
      placeholder={t('portal.search.hint')}
      leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
      value={typed}
      maxLength={200}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function ProviderLine({
  provider: { display, count, unknown },
  dayKnown,
  checked,
  onChange,
}: {
  provider: FilterProvider;
  /** Otherwise none may mean that the day was not read: then no number is shown. */
  dayKnown: boolean;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const counted = count === 0 && !dayKnown ? undefined : count;
  return (
    <li className="filter-provider">
      <Checkbox
        className="grow"
        checked={checked}
        onChange={(event) => onChange(event.currentTarget.checked)}
        label={
          <>
            {display}
            <span className="vh">
              {', '}
              {counted != null && t('portal.providers.count', { count: counted })}{' '}
              {unknown && t('portal.providers.unknown')}
            </span>
          </>
        }
      />
      <span className="row small muted" aria-hidden>
        {unknown && <IconEyeOff size={16} stroke={1.75} className="t-amber" />}
        {counted === undefined
          ? '–'
          : counted === null
            ? '?'
            : `${formatNumber(language, counted)}${unknown ? ' + ?' : ''}`}
      </span>
    </li>
  );
}

/** The sidebar. No provider ticked means all of them: that is how a new provider is seen without anybody's doing. */
export function DayFilters({
  page,
  filter,
  onChange,
}: {
  page: PatientsPage;
  filter: DayFilter;
  onChange: (change: Partial<DayFilter>) => void;
}) {
  const t = useT();
  const [setSearch] = useState(() => (text: string) => onChange({ search: text === '' ? undefined : text }));
  const providers = filterProvidersOf(page.schedules, filter.office);
  const chosen = new Set(filter.provider);
  const date = filter.date ?? page.today;
  const setDate = (next: string) => next !== '' && onChange({ date: next === page.today ? undefined : next });
  return (
    <div className="day-filters stack g3">
      <SearchField value={filter.search ?? ''} onChange={setSearch} />
      <div className="row wrap filter-date">
        <DateField label={t('portal.nav.day-sheet')} value={date} onChange={setDate} steps />
        {date !== page.today && (
          <Button variant="subtle" onClick={() => setDate(page.today)}>
            {t('portal.today')}
          </Button>
        )}
      </div>
      <Select
        label={t('portal.office')}
        data={[
          { value: '', label: t('portal.office.all') },
          ...page.offices.map((office) => ({ value: office.officeId, label: office.name })),
        ]}
        value={filter.office ?? ''}
        allowDeselect={false}
        onChange={(value) => onChange({ office: value || undefined })}
      />
      <Select
        label={t('portal.message')}
        data={[
          { value: '', label: t('portal.message.any') },
          ...messageStates.map((state) => ({ value: state, label: t(`portal.message.${state}`) })),
        ]}
        value={filter.message ?? ''}
        allowDeselect={false}
        onChange={(value) => onChange({ message: messageStates.find((one) => one === value) })}
      />
      <fieldset>
        <legend className="filter-legend">{t('portal.providers')}</legend>
        <ul className="stack">
          <li className="filter-provider">
            <Checkbox
              label={t('portal.providers.all')}
              checked={chosen.size === 0}
              onChange={() => onChange({ provider: [] })}
            />
          </li>
          {providers.map((provider) => (
            <ProviderLine
              key={provider.providerId}
              provider={provider}
              dayKnown={page.date === page.today}
              checked={chosen.has(provider.providerId)}
              onChange={(checked) =>
                onChange({
                  provider: checked
                    ? [...filter.provider, provider.providerId]
                    : filter.provider.filter((id) => id !== provider.providerId),
                })
              }
            />
          ))}
        </ul>
        {providers.length === 0 && <p className="s13 muted">{t('portal.providers.none')}</p>}
        {providers.some((provider) => provider.unknown) && (
          <p className="small muted row filter-known">
            <IconEyeOff size={16} stroke={1.75} className="t-amber" aria-hidden /> {t('portal.providers.legend')}
          </p>
        )}
      </fieldset>
      <NotShownNames schedules={notShownOf(page, { office: filter.office, provider: [] })} />
    </div>
  );
}
