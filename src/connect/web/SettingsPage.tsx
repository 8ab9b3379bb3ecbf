import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { apiAnswer } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import type { Settings } from '../contract/settings.ts';
import { SettingsEditor } from './SettingsEditor.tsx';

/** *Edit Settings*. What is being edited is read once: a refetch must not change a form under somebody's hands. */
export function SettingsPage() {
  const t = useT();
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ['settings-to-edit'],
    queryFn: () => apiAnswer<Settings>('/api/settings'),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Page
      title={t('connect.settings')}
      width="narrow"
      actions={
        <Button component={Link} to="/">
          {t('connect.settings.back')}
        </Button>
      }
    >
      {error && !data && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!data && !error && <LoadingBlock />}
      {data && (
        <SettingsEditor
          key={data.etag ?? ''}
          settings={data.value}
          etag={data.etag ?? `"${data.value.settingsVersion}"`}
          reading={isFetching}
          onReadAgain={() => void refetch()}
        />
      )}
    </Page>
  );
}
