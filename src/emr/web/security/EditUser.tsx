import { Button, Modal, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { fieldsIn } from '../../../ui/fields-in.ts';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import type { RosterOffice } from '../../contract/security.ts';
import type { ChangeUserRequest, SecurityUser } from '../../contract/users.ts';
import { BlastRadiusOf } from './BlastRadius.tsx';
import { OfficeRoles, type RolesByOffice } from './OfficeRoles.tsx';
import { useRoster } from './permissions.queries.ts';
import { UserAccess } from './UserAccess.tsx';
import { useChangeUser } from './users.queries.ts';

/** What differs from the user as he is: only that is sent, so that nobody else's change is undone. */
function changeOf(
  user: SecurityUser,
  wanted: { displayName: string; kind: SecurityUser['kind']; roles: RolesByOffice },
): ChangeUserRequest {
  const before = new Map(user.offices.map(({ officeId, role }) => [officeId, role]));
  const offices = [...new Set([...before.keys(), ...wanted.roles.keys()])]
    .map((officeId) => ({ officeId, role: wanted.roles.get(officeId) ?? null }))
    .filter(({ officeId, role }) => role !== (before.get(officeId) ?? null));
  const { displayName, kind } = wanted;
  return {
    ...(displayName.trim() !== user.displayName && { displayName }),
    ...(kind !== user.kind && kind !== 'service' && { kind }),
    ...(offices.length > 0 && { offices }),
  };
}

const isOf = (user: SecurityUser, officeId: string): boolean =>
  user.offices.some((office) => office.officeId === officeId);

function Details({
  user,
  offices,
  onDone,
}: {
  user: SecurityUser;
  offices: readonly RosterOffice[];
  onDone: () => void;
}) {
  const t = useT();
  const isService = user.kind === 'service';
  const [displayName, setDisplayName] = useState(user.displayName);
  const [kind, setKind] = useState(user.kind);
  const [roles, setRoles] = useState<RolesByOffice>(
    new Map(user.offices.map(({ officeId, role }) => [officeId, role])),
  );
  const change = useChangeUser(user.userId);
  const wrong = fieldsIn(change.error);
  const changed = changeOf(user, { displayName, kind, roles });
  // A role in an office opens nothing of a patient; to belong to it or not does.
  const moves = changed.offices?.some(({ officeId, role }) => (role === null) === isOf(user, officeId)) ?? false;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(changed, { onSuccess: onDone });
  };
  return (
    <form className="stack g3" onSubmit={submit}>
      {change.error && <ErrorState problem={change.error} />}
      {!isService && (
        <>
          <TextInput
            label={t('security.users.name')}
            autoComplete="off"
            required
            maxLength={200}
            value={displayName}
            onChange={(event) => setDisplayName(event.currentTarget.value)}
            {...(wrong.has('displayName') && { error: t('security.users.wrong.name') })}
          />
          <Select
            label={t('security.users.role')}
            description={t('security.users.kind.what')}
            allowDeselect={false}
            value={kind}
            onChange={(value) => value !== null && setKind(value)}
            data={(['staff', 'administrator'] as const).map((value) => ({
              value,
              label: t(`security.users.kind.${value}`),
            }))}
            {...(wrong.has('kind') && { error: t('security.users.wrong.kind') })}
          />
        </>
      )}
      <OfficeRoles offices={offices} roles={roles} service={isService} onChange={setRoles} />
      {moves && <BlastRadiusOf userId={user.userId} asked={{ changes: [], officeIds: [...roles.keys()] }} />}
      <div className="row wrap">
        <Button type="submit" variant="filled" disabled={change.isPending || Object.keys(changed).length === 0}>
          {t('security.users.save')}
        </Button>
        <Button onClick={onDone}>{t('frame.cancel')}</Button>
      </div>
    </form>
  );
}

/** One user: name, role, offices; and under it whether and how he gets in. */
export function EditUser({ user, onClose }: { user: SecurityUser; onClose: () => void }) {
  const t = useT();
  const roster = useRoster(true);
  return (
    <Modal opened onClose={onClose} title={user.displayName} closeButtonProps={{ 'aria-label': t('frame.close') }}>
      {roster.isError && <ErrorState problem={roster.error} onRetry={() => void roster.refetch()} />}
      {roster.isPending && <LoadingBlock />}
      {roster.data && (
        <div className="stack g4">
          <Details user={user} offices={roster.data} onDone={onClose} />
          <UserAccess user={user} onDone={onClose} />
        </div>
      )}
    </Modal>
  );
}
