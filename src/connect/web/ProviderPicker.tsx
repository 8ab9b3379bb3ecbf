import { Button, Checkbox, TextInput } from '@mantine/core';
import { IconEyeOff, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Banner } from '../../ui/Banner.tsx';
import { useT } from '../../ui/language.tsx';
import type { SelectableProvider } from '../contract/settings.ts';

/** Letters without their accents: "eglantine" finds "Églantine". */
const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** *Sync Appointments for Provider(s)*. Those whom the EMR does not show us are listed too, with the reason. */
export function ProviderPicker({
  providers,
  rosterProblem,
  connected,
  selected,
  error,
  onChange,
}: {
  providers: readonly SelectableProvider[];
  rosterProblem: string | null;
  connected: boolean;
  selected: readonly string[];
  error: string | undefined;
  onChange: (ids: readonly string[]) => void;
}) {
  const t = useT();
  const [search, setSearch] = useState('');
  const held = new Set(selected);
  const found = providers.filter(({ display, offices }) =>
    plain([display, ...offices].join(' ')).includes(plain(search)),
  );
  const foundIds = found.map((provider) => provider.providerId);
  const allHeld = found.length > 0 && foundIds.every((id) => held.has(id));
  const setMany = (ids: readonly string[], on: boolean) =>
    onChange(on ? [...new Set([...selected, ...ids])] : selected.filter((id) => !ids.includes(id)));
  return (
    <section className="card" aria-labelledby="settings-providers">
      <header className="connect-wrap">
        <h2 id="settings-providers" className="grow">
          {t('connect.settings.providers')}
        </h2>
        <span className="small muted">
          {t('connect.in-use.providers', { selected: held.size, total: providers.length })}
        </span>
      </header>
      <div className="pad stack g3">
        {rosterProblem !== null && <Banner tone="amber">{rosterProblem}</Banner>}
        {error !== undefined && <p className="s13 t-red">{error}</p>}
        {providers.length === 0 ? (
          <p className="muted">{t(connected ? 'connect.settings.no-providers' : 'connect.settings.save-first')}</p>
        ) : (
          <>
            <div className="row wrap">
              <TextInput
                className="grow"
                type="search"
                aria-label={t('connect.settings.search')}
                placeholder={t('connect.settings.search')}
                leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
                value={search}
                onChange={(event) => setSearch(event.currentTarget.value)}
              />
              <Button disabled={found.length === 0} onClick={() => setMany(foundIds, !allHeld)}>
                {t(allHeld ? 'connect.settings.select-none' : 'connect.settings.select-all')}
              </Button>
            </div>
            <fieldset>
              <legend className="vh">{t('connect.settings.providers')}</legend>
              <ul className="connect-providers">
                {found.map(({ providerId, display, offices, visible }) => (
                  <li key={providerId}>
                    <Checkbox
                      label={
                        <>
                          <strong>{display}</strong> <span className="muted">{offices.join(', ')}</span>
                        </>
                      }
                      description={
                        visible ? undefined : (
                          <span className="row t-amber">
                            <IconEyeOff size={14} stroke={1.75} aria-hidden />
                            {t('connect.settings.not-visible')}
                          </span>
                        )
                      }
                      checked={held.has(providerId)}
                      onChange={(event) => setMany([providerId], event.currentTarget.checked)}
                    />
                  </li>
                ))}
              </ul>
              {found.length === 0 && <p className="muted">{t('connect.settings.search.none')}</p>}
            </fieldset>
          </>
        )}
      </div>
    </section>
  );
}
