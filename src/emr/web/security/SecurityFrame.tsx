import type { ReactNode } from 'react';
import { ApiProblem } from '../../../ui/api.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import { SecuritySide } from './SecuritySide.tsx';

/** Manage Security: its sidebar beside one of its pages. `top` is a row above the page, `withPending` leaves room for a panel at the right. */
export function SecurityFrame({
  top,
  withPending = false,
  children,
}: {
  top?: ReactNode;
  withPending?: boolean;
  children: ReactNode;
}) {
  const t = useT();
  return (
    <div className={withPending ? 'security with-pending' : 'security'}>
      <title>{`${t('emr.security')} · ${t('frame.brand')}`}</title>
      <SecuritySide />
      {top !== undefined && <div className="security-top">{top}</div>}
      {children}
    </div>
  );
}

/** The names of those who may, from a refusal. */
function administratorsIn(problem: unknown): string[] {
  const named = problem instanceof ApiProblem ? problem.extra.administrators : undefined;
  return Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
}

/** Manage Security for somebody who is no administrator: whom to ask. */
export function NotForYou({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  const t = useT();
  const names = administratorsIn(problem);
  return (
    <Page title={t('emr.security')} width="narrow">
      <ErrorState problem={problem} onRetry={names.length > 0 ? undefined : onRetry} />
      {names.length > 0 && (
        <Banner tone="blue">
          <p>{t('emr.security.ask')}</p>
          <ul>
            {names.map((name) => (
              <li key={name}>
                <strong>{name}</strong>
              </li>
            ))}
          </ul>
        </Banner>
      )}
    </Page>
  );
}
