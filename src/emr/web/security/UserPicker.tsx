import { Select } from '@mantine/core';
import { IconPlugConnected, IconUser } from '@tabler/icons-react';
import { useT } from '../../../ui/language.tsx';
import type { ListedUser } from '../../contract/security.ts';

/** The dropdown *Users*: searched by name and user name; the integration user is marked and stands first. */
export function UserPicker({
  users,
  userId,
  onPick,
}: {
  users: readonly ListedUser[];
  userId: string | undefined;
  onPick: (userId: string) => void;
}) {
  const t = useT();
  const byId = new Map(users.map((user) => [user.userId, user]));
  const labelOf = (user: ListedUser) => {
    const name =
      user.kind === 'service'
        ? t('emr.security.integration-user', { name: user.username })
        : `${user.displayName} (${user.username})`;
    return user.active ? name : t('emr.security.inactive', { name });
  };
  const Icon = userId !== undefined && byId.get(userId)?.kind === 'service' ? IconPlugConnected : IconUser;
  return (
    <Select
      className="user-picker"
      label={t('emr.security.users')}
      placeholder={t('emr.security.choose-user')}
      searchable
      allowDeselect={false}
      nothingFoundMessage={t('emr.security.no-such-user')}
      leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
      value={userId ?? null}
      data={[...users]
        .sort((one, other) => Number(other.kind === 'service') - Number(one.kind === 'service'))
        .map((user) => ({ value: user.userId, label: labelOf(user) }))}
      onChange={(chosen) => chosen !== null && onPick(chosen)}
      renderOption={({ option }) => {
        const user = byId.get(option.value);
        return (
          <span className="row wrap">
            {user?.kind === 'service' ? (
              <>
                <IconPlugConnected size={16} stroke={1.75} aria-hidden />
                <strong>{user.username}</strong>
                <span className="chip accent">{t('emr.kind.service')}</span>
              </>
            ) : (
              option.label
            )}
          </span>
        );
      }}
    />
  );
}
