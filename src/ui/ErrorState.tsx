import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiProblem } from './api.ts';
import { Banner } from './Banner.tsx';
import { useT } from './language.tsx';

/** What happened, in the server's sentence; the id for support; the next step. Anything that is no `ApiProblem` shows no text of its own. */
export function ErrorState({
  problem,
  onRetry,
  action,
  children,
}: {
  problem: unknown;
  onRetry?: (() => void) | undefined;
  action?: ReactNode;
  children?: ReactNode;
}) {
  const t = useT();
  const known = problem instanceof ApiProblem ? problem : undefined;
  // The sentence of an unknown fault names the id itself.
  const id = known?.title.includes(known.errorId ?? '') ? undefined : known?.errorId;
  const actions = (onRetry || action) && (
    <>
      {onRetry && (
        <Button leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden />} onClick={onRetry}>
          {t('frame.retry')}
        </Button>
      )}
      {action}
    </>
  );
  return (
    <Banner tone="red" announce="alert" actions={actions}>
      <p>
        <strong>{known?.title ?? t('frame.error.title')}</strong>
      </p>
      {known?.detail !== undefined && <p>{known.detail}</p>}
      {children}
      {id !== undefined && <p className="small faint">{t('frame.error.id', { id })}</p>}
    </Banner>
  );
}
