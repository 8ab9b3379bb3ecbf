import type { ErrorComponentProps } from '@tanstack/react-router';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from './api.ts';
import { CrashPage, newCrashId } from './CrashBoundary.tsx';
import { EmptyState } from './EmptyState.tsx';
import { ErrorState } from './ErrorState.tsx';
import { useT } from './language.tsx';
import { Page } from './Page.tsx';

function RouteError({ error, reset }: ErrorComponentProps) {
  const [id] = useState(newCrashId);
  if (!(error instanceof ApiProblem)) return <CrashPage id={id} error={error} />;
  return (
    <Page>
      <ErrorState problem={error} onRetry={reset} />
    </Page>
  );
}

function NoSuchPage() {
  const t = useT();
  return (
    <Page title={t('frame.not-found.title')}>
      <EmptyState reason={t('frame.not-found.detail')} action={<Link to="/">{t('frame.error.crash.home')}</Link>} />
    </Page>
  );
}

/**
 * `createRouter({ routeTree, ...routerDefaults })`: our pages for a fault and for an unknown address.
 * Do not declare TanStack's `Register`: three apps are checked in one compilation, and only one could win.
 */
export const routerDefaults = {
  scrollRestoration: true,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NoSuchPage,
} as const;
