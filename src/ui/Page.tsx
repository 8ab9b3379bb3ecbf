import type { ReactNode } from 'react';
import { useT } from './language.tsx';

/** The content of a screen: one `h1`, at its right what can be done with the whole page. `width="narrow"` for forms and texts. */
export function Page({
  title,
  windowTitle,
  actions,
  width = 'full',
  children,
}: {
  title?: ReactNode;
  /** For the browser's tab, where `title` is not plain text. No names of patients: it stays in the history. */
  windowTitle?: string;
  actions?: ReactNode;
  width?: 'full' | 'narrow';
  children: ReactNode;
}) {
  const t = useT();
  return (
    <div className={width === 'narrow' ? 'page narrow' : 'page'}>
      {title !== undefined && (
        <title>{`${windowTitle ?? (typeof title === 'string' ? title : '')} · ${t('frame.brand')}`}</title>
      )}
      {title !== undefined && (
        <header className="page-head">
          <h1>{title}</h1>
          {actions && <div className="row wrap noprint">{actions}</div>}
        </header>
      )}
      {children}
    </div>
  );
}
