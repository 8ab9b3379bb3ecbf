import { IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useT } from './language.tsx';

/** An absence is content: why there is nothing, since when, who can change that, and the next step. */
export function EmptyState({
  reason,
  since,
  who,
  icon,
  withheld = false,
  action,
}: {
  reason: ReactNode;
  /** Already written out: a date, or a date and a time. */
  since?: string | undefined;
  who?: string | undefined;
  icon?: ReactNode;
  /** Striped: what is here cannot be known or shown. */
  withheld?: boolean;
  action?: ReactNode;
}) {
  const t = useT();
  return (
    <div className={withheld ? 'empty hatch' : 'empty'}>
      <span className="t-accent">{icon ?? <IconInfoCircle size={20} stroke={1.75} aria-hidden />}</span>
      <div className="stack g1">
        <p>{reason}</p>
        {since !== undefined && <p className="s13 muted">{t('frame.empty.since', { since })}</p>}
        {who !== undefined && <p className="s13 muted">{t('frame.empty.who', { who })}</p>}
        {action && <div className="row wrap noprint">{action}</div>}
      </div>
    </div>
  );
}
