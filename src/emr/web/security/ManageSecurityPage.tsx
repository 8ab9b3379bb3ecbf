import { ApiProblem } from '../../../ui/api.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import { AddIntegration } from './AddIntegration.tsx';
import { ProviderPermissions } from './ProviderPermissions.tsx';
import { useUsers } from './permissions.queries.ts';
import { SecuritySide } from './SecuritySide.tsx';
import { UserPicker } from './UserPicker.tsx';

/** The names of those who may, from a refusal. */
function administratorsIn(problem: unknown): string[] {
  const named = problem instanceof ApiProblem ? problem.extra.administrators : undefined;
  return Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
}

function NotForYou({ problem, onRetry }: { problem: unknown; onRetry: () => void }) {
  const t = useT();
  const names = administratorsIn(problem);
  return (
    <Page title={t('emr.security')} width="narrow">
      <ErrorState problem={problem} onRetry={names.length > 0 ? undefined : onRetry} />
      {names.length > 0 && (
        <Banner tone="blue">
          <p>{t('emr.security.ask')}</p>
          <ul>
            {names.map((name) => (
              <li key={name}>
                <strong>{name}</strong>
              </li>
            ))}
          </ul>
        </Banner>
      )}
    </Page>
  );
}

/** *Users > Manage Security*: the sidebar entry *Users*, the dropdown *Users*, and the chosen user's *Provider Permissions*. */
export function ManageSecurityPage({
  userId,
  onPick,
}: {
  userId: string | undefined;
  onPick: (userId: string) => void;
}) {
  const t = useT();
  const users = useUsers();
  if (users.isPending) return <LoadingBlock />;
  if (users.isError) return <NotForYou problem={users.error} onRetry={() => void users.refetch()} />;
  const integration = users.data.find((user) => user.kind === 'service');
  return (
    <div className={userId === undefined ? 'security' : 'security with-pending'}>
      <title>{`${t('emr.security')} · ${t('frame.brand')}`}</title>
      <SecuritySide />
      <div className="security-top">
        <UserPicker users={users.data} userId={userId} onPick={onPick} />
        {!integration && <AddIntegration onAdded={onPick} />}
      </div>
      {userId === undefined ? (
        <div className="security-main">
          <p className="muted">{t('emr.security.choose-user-why')}</p>
          {!integration && <Banner tone="blue">{t('emr.integration.none-yet')}</Banner>}
        </div>
      ) : (
        <ProviderPermissions key={userId} userId={userId} />
      )}
    </div>
  );
}
