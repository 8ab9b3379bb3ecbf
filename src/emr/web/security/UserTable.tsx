import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { IconCircleCheck, IconCircleOff, IconPlugConnected, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { SecurityUser } from '../../contract/users.ts';
import { EditUser } from './EditUser.tsx';
import { PeopleTable } from './PeopleTable.tsx';
import { plain } from './TableFilter.tsx';

type Which = 'all' | 'active' | 'inactive';

const isOf = (which: Which, { active }: SecurityUser) => which === 'all' || active === (which === 'active');

function Row({ user, onEdit }: { user: SecurityUser; onEdit: () => void }) {
  const t = useT();
  const { userId, username, displayName, kind, active, offices, sessions } = user;
  return (
    <tr>
      <th scope="row">
        {kind === 'service' && <IconPlugConnected size={16} stroke={1.75} aria-hidden />} {displayName}
        {displayName !== username && <span className="small muted"> {username}</span>}
      </th>
      <td>{t(`security.users.kind.${kind}`)}</td>
      <td>
        {offices.length === 0 ? (
          <span className="muted">{t('security.users.no-office')}</span>
        ) : (
          offices
            .map(({ name, role }) => (role === 'manager' ? t('security.users.manager-of', { office: name }) : name))
            .join(', ')
        )}
      </td>
      <td>
        {!active && <StatusChip tone="neutral" icon={IconCircleOff} label={t('security.users.inactive')} />}
        {active && sessions > 0 && (
          <StatusChip tone="blue" icon={IconCircleCheck} label={t('security.users.signed-in')} />
        )}
        {active && sessions === 0 && <span className="muted">{t('security.users.active')}</span>}
      </td>
      <td className="acts">
        <Link
          to="/security"
          search={{ user: userId, cell: undefined }}
          aria-label={t('security.users.permissions-of', { name: displayName })}
        >
          {t('emr.permissions')}
        </Link>
        <Button size="xs" aria-label={t('security.users.edit-name', { name: displayName })} onClick={onEdit}>
          {t('security.users.edit')}
        </Button>
      </td>
    </tr>
  );
}

/** Everybody of the clinic, searched by name and user name. */
export function UserTable({ users }: { users: readonly SecurityUser[] }) {
  const t = useT();
  const [which, setWhich] = useState<Which>('all');
  const [search, setSearch] = useState('');
  const [editing, setEditing] = useState<string | undefined>();
  const shown = users.filter(
    (user) => isOf(which, user) && plain(`${user.displayName} ${user.username}`).includes(plain(search.trim())),
  );
  const edited = users.find((user) => user.userId === editing);
  return (
    <section className="stack" aria-labelledby="all-users">
      <div className="row wrap">
        <h2 id="all-users">{t('security.users.all')}</h2>
        <span className="grow" />
        <SegmentedControl
          aria-label={t('security.users.shown')}
          size="xs"
          value={which}
          onChange={(value) => setWhich(value as Which)}
          data={(['all', 'active', 'inactive'] as const).map((value) => ({
            value,
            label: t(`security.users.shown.${value}`, { count: users.filter((user) => isOf(value, user)).length }),
          }))}
        />
        <TextInput
          aria-label={t('security.users.find')}
          placeholder={t('security.users.find')}
          leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <div className="card table-card">
        <PeopleTable
          labelledBy="all-users"
          headings={[
            t('security.users.name'),
            t('security.users.role'),
            t('security.users.offices'),
            t('security.users.state'),
          ]}
        >
          {shown.map((user) => (
            <Row key={user.userId} user={user} onEdit={() => setEditing(user.userId)} />
          ))}
        </PeopleTable>
        {shown.length === 0 && <p className="pad muted">{t('security.users.none')}</p>}
      </div>
      {edited && <EditUser user={edited} onClose={() => setEditing(undefined)} />}
    </section>
  );
}
