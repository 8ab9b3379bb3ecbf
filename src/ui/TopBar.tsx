import { Menu } from '@mantine/core';
import {
  IconChevronDown,
  IconHelpCircle,
  IconMenu2,
  IconPlugConnected,
  IconStethoscope,
  IconUsers,
  IconX,
  type TablerIcon,
} from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { LanguageSwitch } from './LanguageSwitch.tsx';
import { useT } from './language.tsx';
import { PersonMenu } from './PersonMenu.tsx';
import type { Person } from './person.ts';
import type { App } from './theme.ts';

interface NavLink {
  readonly label: string;
  readonly to: string;
  /** Current only at exactly this address; for the start page. */
  readonly exact?: boolean;
  /** What waits there; shown when above zero. */
  readonly count?: number | undefined;
}
interface NavMenu {
  readonly label: string;
  readonly items: readonly NavLink[];
}
/** An entry of the top bar: a link, or a menu of links such as *Users > Manage Security*. */
export type NavItem = NavLink | NavMenu;

const badges: Readonly<Record<App, TablerIcon>> = {
  emr: IconStethoscope,
  connect: IconPlugConnected,
  portal: IconUsers,
};

export const Mark = () => (
  <svg className="mark" viewBox="0 0 24 24" fill="none" strokeWidth="2" strokeLinecap="round" aria-hidden="true">
    <path d="M4 3v18M20 3v18" />
    <path d="M4 12c2.7 0 2.7-3 5.3-3s2.7 3 5.4 3S17.3 9 20 9" />
    <path d="M4 18c2.7 0 2.7-3 5.3-3s2.7 3 5.4 3 2.6-3 5.3-3" opacity=".6" />
  </svg>
);

const isAt = (path: string, { to, exact = to === '/' }: NavLink): boolean =>
  path === to || (!exact && path.startsWith(`${to}/`));

function Count({ count }: { count: number | undefined }) {
  const t = useT();
  if (!count) return null;
  return (
    <span className="count">
      <span aria-hidden>{count}</span>
      <span className="vh">{t('frame.nav.waiting', { count })}</span>
    </span>
  );
}

function BarLink({ item, path }: { item: NavLink; path: string }) {
  return (
    <Link to={item.to} className="nav-entry" aria-current={isAt(path, item) ? 'page' : undefined}>
      {item.label} <Count count={item.count} />
    </Link>
  );
}

function BarMenu({ menu, path }: { menu: NavMenu; path: string }) {
  const current = menu.items.some((item) => isAt(path, item));
  return (
    <Menu>
      <Menu.Target>
        <button type="button" className="nav-entry" aria-current={current ? 'true' : undefined}>
          {menu.label} <IconChevronDown size={16} stroke={1.75} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {menu.items.map((item) => (
          <Menu.Item key={item.to} component={Link} to={item.to} aria-current={isAt(path, item) ? 'page' : undefined}>
            {item.label} <Count count={item.count} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The bar at the top of every screen. Without `person` it is the bar of the sign-in page. On a phone its entries are behind a button. */
export function TopBar({
  app,
  items = [],
  person,
  onHelp,
  onSignOut,
}: {
  app: App;
  items?: readonly NavItem[];
  person?: Person | undefined;
  onHelp: () => void;
  onSignOut?: (() => void) | undefined;
}) {
  const t = useT();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [open, setOpen] = useState(false);
  const panel = useId();
  const burger = useRef<HTMLButtonElement>(null);
  const Badge = badges[app];

  // biome-ignore lint/correctness/useExhaustiveDependencies: arriving at another page closes the panel
  useEffect(() => setOpen(false), [path]);

  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setOpen(false);
      burger.current?.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [open]);

  return (
    <header className="topbar noprint">
      <Link to="/" className="brand">
        <Mark /> <span>{t('frame.brand')}</span>
      </Link>
      <span className="app">
        <Badge size={16} stroke={1.75} aria-hidden /> {t(`frame.app.${app}`)}
      </span>
      <nav className="bar-nav" aria-label={t('frame.nav.main')}>
        {items.map((item) =>
          'items' in item ? (
            <BarMenu key={item.label} menu={item} path={path} />
          ) : (
            <BarLink key={item.to} item={item} path={path} />
          ),
        )}
      </nav>
      <div className="bar-end">
        <button type="button" className="bar-button wide" onClick={onHelp}>
          <IconHelpCircle size={16} stroke={1.75} aria-hidden /> {t('frame.help')}
        </button>
        <span className="wide">
          <LanguageSwitch />
        </span>
        {person && <PersonMenu person={person} onSignOut={onSignOut} />}
        <button
          ref={burger}
          type="button"
          className="bar-button burger"
          aria-expanded={open}
          aria-controls={panel}
          aria-label={t(open ? 'frame.nav.close' : 'frame.nav.open')}
          onClick={() => setOpen(!open)}
        >
          {open ? <IconX size={20} stroke={1.75} aria-hidden /> : <IconMenu2 size={20} stroke={1.75} aria-hidden />}
        </button>
      </div>
      <div id={panel} className="bar-panel" hidden={!open}>
        {items.length > 0 && (
          <nav aria-label={t('frame.nav.main')}>
            {items.map((item) =>
              'items' in item ? (
                <section key={item.label}>
                  <h2>{item.label}</h2>
                  {item.items.map((one) => (
                    <BarLink key={one.to} item={one} path={path} />
                  ))}
                </section>
              ) : (
                <BarLink key={item.to} item={item} path={path} />
              ),
            )}
          </nav>
        )}
        <div className="row">
          <button type="button" className="bar-button grow" onClick={onHelp}>
            <IconHelpCircle size={16} stroke={1.75} aria-hidden /> {t('frame.help')}
          </button>
          <LanguageSwitch />
        </div>
      </div>
    </header>
  );
}
