import { Button } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { ActiveUser } from '../../contract/users.ts';
import { useWallClock } from '../office-time.ts';
import { PeopleTable } from './PeopleTable.tsx';
import { NotForYou, SecurityFrame } from './SecurityFrame.tsx';
import { useActiveUsers, useEndSession } from './users.queries.ts';

/** Users > Manage Security > *Active Users*: who is signed in, since when and last seen when; each session can be ended. */
export function ActiveUsersPage() {
  const t = useT();
  const when = useWallClock();
  const active = useActiveUsers();
  const [asking, setAsking] = useState<ActiveUser | undefined>();
  const end = useEndSession();
  if (active.isPending) return <LoadingBlock />;
  if (active.isError) return <NotForYou problem={active.error} onRetry={() => void active.refetch()} />;
  return (
    <SecurityFrame>
      <div className="security-main">
        <div className="stack g1">
          <h2 id="active-users">{t('security.active')}</h2>
          <p className="muted">{t('security.active.what')}</p>
        </div>
        {end.error && <ErrorState problem={end.error} />}
        <div className="card table-card">
          <PeopleTable
            labelledBy="active-users"
            headings={[
              t('security.users.name'),
              t('security.users.role'),
              t('security.active.since'),
              t('security.active.seen'),
            ]}
          >
            {active.data.map((one) => (
              <tr key={one.sessionId}>
                <th scope="row">
                  {one.displayName} <span className="small muted">{one.username}</span>
                </th>
                <td>{t(`security.users.kind.${one.kind}`)}</td>
                <td data-label={t('security.active.since')}>{when(one.signedInAt)}</td>
                <td data-label={t('security.active.seen')}>{when(one.lastSeenAt)}</td>
                <td className="acts">
                  {one.own ? (
                    <StatusChip tone="blue" icon={IconCircleCheck} label={t('security.active.own')} />
                  ) : (
                    <Button
                      size="xs"
                      aria-label={t('security.active.end-of', { name: one.displayName, since: when(one.signedInAt) })}
                      onClick={() => setAsking(one)}
                    >
                      {t('security.active.end')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </PeopleTable>
        </div>
      </div>
      <ConfirmDialog
        opened={asking !== undefined}
        title={t('security.active.end-title', { name: asking?.displayName ?? '' })}
        confirmLabel={t('security.active.end-act')}
        danger
        busy={end.isPending}
        onConfirm={() => asking && end.mutate(asking.sessionId, { onSettled: () => setAsking(undefined) })}
        onCancel={() => setAsking(undefined)}
      >
        {t('security.active.end-detail', { name: asking?.displayName ?? '' })}
      </ConfirmDialog>
    </SecurityFrame>
  );
}
