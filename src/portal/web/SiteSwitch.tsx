import { Select } from '@mantine/core';
import { useT } from '../../ui/language.tsx';
import { useMe, useSessionActs } from './session.ts';

/** For whoever is a member of several sites; nothing for anybody else. */
export function SiteSwitch() {
  const t = useT();
  const me = useMe();
  const acts = useSessionActs();
  const sites = me.data?.sites ?? [];
  if (sites.length < 2) return null;
  return (
    <Select
      className="site-switch"
      label={t('portal.site')}
      data={sites.map((site) => ({ value: String(site.siteId), label: site.name }))}
      value={String(me.data?.siteId)}
      allowDeselect={false}
      onChange={(value) => value !== null && void acts.switchSite(Number(value))}
    />
  );
}
