import { Button, Modal, PasswordInput, Select, TextInput } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { fieldsIn } from '../../../ui/fields-in.ts';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import type { CreateUserRequest, RosterOffice } from '../../contract/security.ts';
import { OfficeRoles, type RolesByOffice } from './OfficeRoles.tsx';
import { useRoster } from './permissions.queries.ts';
import { useCreateUser } from './users.queries.ts';

/** What each field asks for, where the server refuses it. */
const asks = {
  username: 'security.users.wrong.username',
  displayName: 'security.users.wrong.name',
  password: 'security.users.wrong.password',
} as const;

const kinds = ['staff', 'administrator'] as const;

function Form({ offices, onDone }: { offices: readonly RosterOffice[]; onDone: () => void }) {
  const t = useT();
  const [displayName, setDisplayName] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [kind, setKind] = useState<CreateUserRequest['kind']>('staff');
  const [roles, setRoles] = useState<RolesByOffice>(new Map());
  const create = useCreateUser();
  const wrong = fieldsIn(create.error);
  const at = (field: keyof typeof asks) => wrong.has(field) && { error: t(asks[field]) };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(
      {
        displayName,
        username,
        password,
        kind,
        officeIds: [...roles.keys()],
        managedOfficeIds: [...roles].filter(([, role]) => role === 'manager').map(([officeId]) => officeId),
      },
      { onSuccess: onDone },
    );
  };
  return (
    <form className="stack g3" onSubmit={submit}>
      {create.error && <ErrorState problem={create.error} />}
      <TextInput
        label={t('security.users.name')}
        autoComplete="off"
        required
        maxLength={200}
        data-autofocus
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
        {...at('displayName')}
      />
      <TextInput
        label={t('emr.sign-in.user')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={200}
        value={username}
        onChange={(event) => setUsername(event.currentTarget.value)}
        {...at('username')}
      />
      <PasswordInput
        label={t('security.users.password')}
        description={t('security.users.password-what')}
        autoComplete="new-password"
        required
        minLength={12}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': t('frame.sign-in.show-password'), tabIndex: 0 }}
        {...at('password')}
      />
      <Select
        label={t('security.users.role')}
        description={t('security.users.kind.what')}
        allowDeselect={false}
        value={kind}
        onChange={(value) => value !== null && setKind(value)}
        data={kinds.map((value) => ({ value, label: t(`security.users.kind.${value}`) }))}
      />
      <OfficeRoles offices={offices} roles={roles} onChange={setRoles} />
      <div className="row wrap">
        <Button type="submit" variant="filled" disabled={create.isPending}>
          {t('security.users.create-act')}
        </Button>
        <Button onClick={onDone}>{t('frame.cancel')}</Button>
      </div>
    </form>
  );
}

/** *Create a user*: who signs in with a password. He sees nothing until it is ticked in *Provider Permissions*. */
export function CreateUser() {
  const t = useT();
  const [opened, setOpened] = useState(false);
  const roster = useRoster(opened);
  return (
    <>
      <Button leftSection={<IconUserPlus size={16} stroke={1.75} aria-hidden />} onClick={() => setOpened(true)}>
        {t('security.users.create')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('security.users.create-act')}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        {roster.isError && <ErrorState problem={roster.error} onRetry={() => void roster.refetch()} />}
        {roster.isPending && <LoadingBlock />}
        {roster.data && <Form offices={roster.data} onDone={() => setOpened(false)} />}
      </Modal>
    </>
  );
}
