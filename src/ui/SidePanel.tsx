import { ActionIcon } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useEffect, useId, useRef } from 'react';
import { useT } from './language.tsx';

/**
 * What belongs to the chosen row, at the right of the page (inside `div.with-panel`); on a phone a page of its own.
 * With `onClose` it can be closed, by Escape as well; without, it is always there.
 */
export function SidePanel({
  title,
  actions,
  onClose,
  children,
}: {
  title: string;
  actions?: ReactNode;
  onClose?: (() => void) | undefined;
  children: ReactNode;
}) {
  const t = useT();
  const heading = useId();
  const panel = useRef<HTMLElement>(null);
  // On a phone the panel covers the page: the focus comes with it, and goes back to where it was.
  useEffect(() => {
    if (!matchMedia('(max-width: 640px)').matches) return;
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    if (!onClose) return;
    const onKey = (event: KeyboardEvent) => {
      // A menu or dialog that is open inside takes Escape for itself.
      if (event.key === 'Escape' && !event.defaultPrevented && panel.current?.contains(document.activeElement))
        onClose();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [onClose]);
  return (
    <aside ref={panel} className="side-panel" tabIndex={-1} aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {actions}
        {onClose && (
          <ActionIcon variant="subtle" aria-label={t('frame.close')} onClick={onClose}>
            <IconX size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        )}
      </header>
      <div className="body">{children}</div>
    </aside>
  );
}
