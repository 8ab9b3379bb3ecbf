import { Button } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { listOf } from '../../language/lists.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { SyncStatus } from '../contract/sync.ts';
import { timeAt } from './site-time.ts';
import { useChooseProvider } from './sync-queries.ts';

/** Whom the EMR has new: nobody is left out in silence. */
export function NewProvidersCard({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const choose = useChooseProvider();
  const { newProviders } = status;
  if (newProviders.length === 0 && !choose.error) return null;
  return (
    <Banner tone="blue" icon={IconUserPlus}>
      <div className="stack g3">
        <div>
          <h2 className="s14">{t('connect.new.title')}</h2>
          <p>{t('connect.new.means', { count: newProviders.length })}</p>
        </div>
        {newProviders.map(({ providerId, display, offices: places, since }) => (
          <div key={providerId} className="row wrap">
            <span className="grow">
              <strong>{t('connect.new.who', { provider: display, offices: listOf(language, places) })}</strong>{' '}
              <span className="small muted">{t('connect.new.since', { at: timeAt(language, since, status) })}</span>
            </span>
            <Button
              size="xs"
              disabled={choose.isPending}
              aria-label={t('connect.new.select.whom', { provider: display })}
              onClick={() => choose.mutate({ providerId, choice: 'select' })}
            >
              {t('connect.new.select')}
            </Button>
            <Button
              size="xs"
              variant="subtle"
              disabled={choose.isPending}
              aria-label={t('connect.new.leave.whom', { provider: display })}
              onClick={() => choose.mutate({ providerId, choice: 'leave' })}
            >
              {t('connect.new.leave')}
            </Button>
          </div>
        ))}
        {choose.error && <ErrorState problem={choose.error} />}
      </div>
    </Banner>
  );
}
