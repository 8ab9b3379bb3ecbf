import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { HelpDialog, type KeyHelp } from './HelpDialog.tsx';
import { useT } from './language.tsx';
import type { Person } from './person.ts';
import { type NavItem, TopBar } from './TopBar.tsx';
import type { App } from './theme.ts';
import { isTyping } from './use-keys.ts';

/** A whole screen: skip link, top bar, content, Help. `diagnostics` are ids, counts and versions; never a person's data. */
export function Frame({
  app,
  items,
  person,
  onSignOut,
  diagnostics = {},
  keys = [],
  children,
}: {
  app: App;
  items?: readonly NavItem[];
  person?: Person | undefined;
  onSignOut?: (() => void) | undefined;
  diagnostics?: Readonly<Record<string, string | number>>;
  keys?: readonly KeyHelp[];
  children: ReactNode;
}) {
  const t = useT();
  const [helping, setHelping] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '?' || isTyping(event.target)) return;
      event.preventDefault();
      setHelping(true);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <a className="skip noprint" href="#content">
        {t('frame.skip')}
      </a>
      <TopBar
        app={app}
        {...(items && { items })}
        person={person}
        onSignOut={onSignOut}
        onHelp={() => setHelping(true)}
      />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <HelpDialog
        app={app}
        opened={helping}
        onClose={() => setHelping(false)}
        diagnostics={diagnostics}
        ownKeys={keys}
      />
    </>
  );
}
