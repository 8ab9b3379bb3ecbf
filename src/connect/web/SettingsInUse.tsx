import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { useSettingsInUse } from './sync-queries.ts';

export function SettingsInUse() {
  const t = useT();
  const { data: settings, error } = useSettingsInUse();
  return (
    <section className="card pad stack" aria-labelledby="settings-in-use">
      <h2 id="settings-in-use">{t('connect.in-use')}</h2>
      {!settings && (error ? <ErrorState problem={error} /> : <LoadingBlock />)}
      {settings && (
        <dl className="connect-facts s13">
          <dt>{t('connect.settings.providers')}</dt>
          <dd>
            {t('connect.in-use.providers', {
              selected: settings.providers.filter((provider) => provider.selected).length,
              total: settings.providers.length,
            })}
          </dd>
          <dt>{t('connect.settings.days')}</dt>
          <dd>{settings.windowDays}</dd>
          <dt>{t('connect.in-use.automatic')}</dt>
          <dd>{t('connect.in-use.every', { minutes: settings.intervalMinutes })}</dd>
        </dl>
      )}
    </section>
  );
}
