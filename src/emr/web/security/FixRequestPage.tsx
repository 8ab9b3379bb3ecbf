import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { ApiProblem, api } from '../../../ui/api.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import type { FixProposal } from '../../contract/fix-requests.ts';
import { ProviderPermissions } from './ProviderPermissions.tsx';
import { NotForYou, SecurityFrame } from './SecurityFrame.tsx';

/** The request stands behind the # of the address, which no server is sent: it is asked about in a body. */
const useFixProposal = (request: string) =>
  useQuery({
    queryKey: ['fix-request', request],
    queryFn: () => api<FixProposal>('/api/fix-requests/read', { method: 'POST', body: { request } }),
    enabled: request !== '',
    retry: false,
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** *Manage Security* with what a fix request asks for proposed. */
export function FixRequestPage() {
  const t = useT();
  const request = useLocation({ select: ({ hash }) => hash.replace(/^#/, '') });
  const { data: fix, error, refetch } = useFixProposal(request);
  const open = (
    <Button component={Link} to="/security">
      {t('fix.emr.open-security')}
    </Button>
  );
  if (request === '') {
    return (
      <Page title={t('fix.emr.title')} width="narrow">
        <EmptyState reason={t('fix.emr.none')} action={open} />
      </Page>
    );
  }
  if (error instanceof ApiProblem && error.status === 403)
    return <NotForYou problem={error} onRetry={() => void refetch()} />;
  if (!fix) {
    const isFinal = error instanceof ApiProblem && error.status === 422;
    return (
      <Page title={t('fix.emr.title')} width="narrow">
        {error ? (
          <ErrorState problem={error} onRetry={isFinal ? undefined : () => void refetch()} action={open} />
        ) : (
          <LoadingBlock />
        )}
      </Page>
    );
  }
  return (
    <SecurityFrame withPending>
      <ProviderPermissions key={`${fix.userId} ${request}`} userId={fix.userId} fix={fix} />
    </SecurityFrame>
  );
}
