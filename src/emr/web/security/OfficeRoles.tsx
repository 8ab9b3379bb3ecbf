import { Select } from '@mantine/core';
import { useT } from '../../../ui/language.tsx';
import type { RosterOffice } from '../../contract/security.ts';
import { type OfficeRole, officeRoles } from '../../contract/users.ts';

/** By office id; an office that is not here is one that the user does not belong to. */
export type RolesByOffice = ReadonlyMap<string, OfficeRole>;

/** Each office of the clinic with the user's role in it. The integration user belongs or does not, and has no role. */
export function OfficeRoles({
  offices,
  roles,
  service = false,
  onChange,
}: {
  offices: readonly RosterOffice[];
  roles: RolesByOffice;
  service?: boolean;
  onChange: (roles: RolesByOffice) => void;
}) {
  const t = useT();
  const choices = service ? (['staff'] as const) : officeRoles;
  const set = (officeId: string, role: OfficeRole | 'none') => {
    const next = new Map(roles);
    if (role === 'none') next.delete(officeId);
    else next.set(officeId, role);
    onChange(next);
  };
  return (
    <fieldset className="stack g1 office-roles">
      <legend>{t('security.users.office-roles')}</legend>
      <p className="small muted">{t('security.users.office-roles-what')}</p>
      {offices.map(({ officeId, name }) => (
        <div key={officeId} className="office-role">
          <span aria-hidden>{name}</span>
          <Select
            aria-label={t('security.users.office-role', { office: name })}
            allowDeselect={false}
            value={roles.get(officeId) ?? 'none'}
            onChange={(role) => role !== null && set(officeId, role as OfficeRole | 'none')}
            data={[...choices, 'none' as const].map((role) => ({
              value: role,
              label: t(
                service && role === 'staff' ? 'security.users.belongs-to' : `security.users.office-role.${role}`,
              ),
            }))}
          />
        </div>
      ))}
    </fieldset>
  );
}
