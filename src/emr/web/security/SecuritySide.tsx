import { IconListSearch, IconUserCog } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useT } from '../../../ui/language.tsx';

/** The parts of *Manage Security*. */
export function SecuritySide() {
  const t = useT();
  return (
    <nav className="side" aria-label={t('emr.security')}>
      <h1>{t('emr.security')}</h1>
      <Link to="/security" activeOptions={{ exact: true }} activeProps={{ 'aria-current': 'page' }}>
        <IconUserCog size={16} stroke={1.75} aria-hidden /> {t('emr.security.users')}
      </Link>
      <Link to="/security/audit-logs" activeProps={{ 'aria-current': 'page' }}>
        <IconListSearch size={16} stroke={1.75} aria-hidden /> {t('audit.title')}
      </Link>
    </nav>
  );
}
