import { IconActivity, IconListSearch, IconUserCog, type TablerIcon } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { MessageKey } from '../../../language/messages.ts';
import { useT } from '../../../ui/language.tsx';

const entries = [
  { to: '/security', label: 'emr.security.users', icon: IconUserCog },
  { to: '/security/audit-logs', label: 'audit.title', icon: IconListSearch },
  { to: '/security/active', label: 'security.active', icon: IconActivity },
] as const satisfies readonly { to: string; label: MessageKey; icon: TablerIcon }[];

/** The parts of *Manage Security*. */
export function SecuritySide() {
  const t = useT();
  return (
    <nav className="side" aria-label={t('emr.security')}>
      <h1>{t('emr.security')}</h1>
      <div className="side-entries">
        {entries.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
            <Icon size={16} stroke={1.75} aria-hidden /> {t(label)}
          </Link>
        ))}
      </div>
    </nav>
  );
}
