// What the entries of all tabs have in common.
import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { ChartPlace, ChartTab, LocalTime } from '../../contract/chart.ts';
import { placeWords, statusWord, timeWords } from './chart-words.ts';
import { Withheld } from './Withheld.tsx';

/** Entered in error, preliminary, corrected …: three signs, and nothing for an entry that simply holds. */
export function EntryStatus({ status }: { status: string }) {
  const t = useT();
  const word = statusWord(status);
  if (!word || status === 'final') return null;
  return <StatusChip tone={status === 'entered-in-error' ? 'red' : 'neutral'} label={t(word)} />;
}

/** When, by whom and where, in one quiet line. */
export function Whence({ at, by, place }: { at: LocalTime; by?: string | null; place: ChartPlace }) {
  const language = useLanguage();
  return (
    <span className="s13 muted">{[timeWords(language, at), by, placeWords(place)].filter(Boolean).join(' · ')}</span>
  );
}

export interface EntryAct {
  readonly label: string;
  readonly onClick: () => void;
}

/** What can be done with one entry; nothing is drawn where nothing can be. */
export function EntryMenu({ of, acts }: { of: string; acts: readonly (EntryAct | false)[] }) {
  const t = useT();
  const offered = acts.filter((act) => act !== false);
  if (offered.length === 0) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" aria-label={t('chart-page.acts', { title: of })}>
          <IconDots size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {offered.map(({ label, onClick }) => (
          <Menu.Item key={label} onClick={onClick}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** A tab: what can be added, its entries, how to see more of them, and what of it is withheld. */
export function TabFrame({
  tab,
  empty,
  actions,
  read,
  children,
}: {
  tab: ChartTab<unknown>;
  /** Why there is nothing, where nothing is withheld. */
  empty: string;
  actions?: ReactNode;
  read: { more: (() => void) | undefined; loading: boolean; error: unknown };
  children: ReactNode;
}) {
  const t = useT();
  const none = tab.entries.length === 0;
  return (
    <div className="stack g3">
      {actions && tab.mayAddAt.length > 0 && <div className="row wrap">{actions}</div>}
      {none && tab.withheld.length === 0 && <EmptyState reason={empty} />}
      {children}
      {read.error ? <ErrorState problem={read.error} /> : null}
      {read.more && (
        <div>
          <Button onClick={read.more} disabled={read.loading}>
            {t('chart-page.more')}
          </Button>
        </div>
      )}
      <Withheld cells={tab.withheld} empty={none} />
    </div>
  );
}
