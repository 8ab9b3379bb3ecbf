import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Component } from 'react';
import { useT } from './language.tsx';

/** A short id that a person can read out. It is shown here and nowhere else: the browser keeps no log. */
export function newCrashId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return `W-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** What a person sees instead of a page that has thrown: that it is not their doing, an id, and two ways back. */
export function CrashPage({ id, error }: { id: string; error: unknown }) {
  const t = useT();
  const kind = error instanceof Error ? error.name : typeof error;
  return (
    <div className="page narrow" role="alert">
      <div className="card pad stack g3">
        <h1 className="row">
          <IconAlertTriangle size={20} stroke={1.75} aria-hidden className="t-red" />
          {t('frame.error.crash.title')}
        </h1>
        <p>{t('frame.error.crash.detail')}</p>
        <p className="small faint">{t('frame.error.crash.id', { id, kind })}</p>
        <div className="row wrap">
          <Button variant="filled" component="a" href="/">
            {t('frame.error.crash.home')}
          </Button>
          <Button onClick={() => location.reload()}>{t('frame.error.crash.reload')}</Button>
        </div>
      </div>
    </div>
  );
}

interface State {
  readonly crash?: { readonly id: string; readonly error: unknown };
}

/** The last net. React knows error boundaries only as classes. */
export class CrashBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = {};

  static getDerivedStateFromError(error: unknown): State {
    return { crash: { id: newCrashId(), error } };
  }

  override render(): ReactNode {
    const { crash } = this.state;
    if (!crash) return this.props.children;
    return (
      <main>
        <CrashPage id={crash.id} error={crash.error} />
      </main>
    );
  }
}
