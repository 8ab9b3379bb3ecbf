import {
  IconActivity,
  IconClockExclamation,
  IconListSearch,
  IconPlugConnected,
  IconUserCog,
  type TablerIcon,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { MessageKey } from '../../../language/messages.ts';
import { useT } from '../../../ui/language.tsx';
import { useExpiringAccess } from './permissions.queries.ts';

const entries = [
  { to: '/security', label: 'emr.security.users', icon: IconUserCog },
  { to: '/security/expiring', label: 'security.expiring', icon: IconClockExclamation },
  { to: '/security/integrations', label: 'integrations.title', icon: IconPlugConnected },
  { to: '/security/audit-logs', label: 'audit.title', icon: IconListSearch },
  { to: '/security/active', label: 'security.active', icon: IconActivity },
] as const satisfies readonly { to: string; label: MessageKey; icon: TablerIcon }[];

/** The parts of *Manage Security*. */
export function SecuritySide() {
  const t = useT();
  const expiring = useExpiringAccess().data?.length ?? 0;
  return (
    <nav className="side" aria-label={t('emr.security')}>
      <h1>{t('emr.security')}</h1>
      <div className="side-entries">
        {entries.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} activeOptions={{ exact: true, includeSearch: false }}>
            <Icon size={16} stroke={1.75} aria-hidden /> <span className="grow">{t(label)}</span>
            {to === '/security/expiring' && expiring > 0 && (
              <span className="small">
                <span aria-hidden>{expiring}</span>
                <span className="vh">{t('security.expiring.count', { count: expiring })}</span>
              </span>
            )}
          </Link>
        ))}
      </div>
    </nav>
  );
}
