import { Banner } from '../../../ui/Banner.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { AddIntegration } from '../integrations/AddIntegration.tsx';
import { CreateUser } from './CreateUser.tsx';
import { ProviderPermissions } from './ProviderPermissions.tsx';
import { NotForYou, SecurityFrame } from './SecurityFrame.tsx';
import { UserPicker } from './UserPicker.tsx';
import { UserTable } from './UserTable.tsx';
import { useUsers } from './users.queries.ts';

/** *Users > Manage Security > Users*: the dropdown *Users* above everybody's row, or above the chosen user's *Provider Permissions*. */
export function ManageSecurityPage({
  userId,
  cell,
  onPick,
}: {
  userId: string | undefined;
  /** The cell of the matrix to begin at. */
  cell?: string | undefined;
  onPick: (userId: string) => void;
}) {
  const t = useT();
  const users = useUsers();
  if (users.isPending) return <LoadingBlock />;
  if (users.isError) return <NotForYou problem={users.error} onRetry={() => void users.refetch()} />;
  const integration = users.data.find((user) => user.kind === 'service');
  return (
    <SecurityFrame
      withPending={userId !== undefined}
      top={
        <>
          <UserPicker users={users.data} userId={userId} onPick={onPick} />
          {!integration && <AddIntegration onAdded={onPick} />}
          {userId === undefined && <CreateUser />}
        </>
      }
    >
      {userId === undefined ? (
        <div className="security-main">
          <p className="muted">{t('emr.security.choose-user-why')}</p>
          {!integration && <Banner tone="blue">{t('emr.integration.none-yet')}</Banner>}
          <UserTable users={users.data} />
        </div>
      ) : (
        <ProviderPermissions key={userId} userId={userId} cell={cell} />
      )}
    </SecurityFrame>
  );
}
