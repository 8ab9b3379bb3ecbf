import { Button } from '@mantine/core';
import { IconCircleOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { Integration } from '../../contract/integrations.ts';
import { useWallClock } from '../office-time.ts';
import { BlastRadiusOf } from '../security/BlastRadius.tsx';
import { PeopleTable } from '../security/PeopleTable.tsx';
import { NotForYou, SecurityFrame } from '../security/SecurityFrame.tsx';
import { AddIntegration } from './AddIntegration.tsx';
import { useEndApproval, useEndFormer, useIntegrations, useRevoke } from './integrations.queries.ts';
import { ReplaceCredentials } from './ReplaceCredentials.tsx';
import { wordsOfScope } from './scope-words.ts';

function State({ one, when }: { one: Integration; when: (instant: string) => string }) {
  const t = useT();
  const { active, userActive, redirectUris, approval } = one;
  if (!active) return <StatusChip tone="neutral" icon={IconCircleOff} label={t('integrations.state.revoked')} />;
  if (!userActive) return <StatusChip tone="neutral" icon={IconCircleOff} label={t('integrations.state.user-off')} />;
  if (approval)
    return (
      <>
        <StatusChip tone="blue" label={t('integrations.state.approved')} />{' '}
        <span className="small muted">
          {t('integrations.state.approved-by', { name: approval.approvedBy, when: when(approval.approvedAt) })}
        </span>
      </>
    );
  if (redirectUris.length === 0) return <StatusChip tone="blue" label={t('integrations.state.works')} />;
  return (
    <>
      <StatusChip tone="amber" label={t('integrations.state.waits')} />{' '}
      <span className="small muted">{t('integrations.state.waits-what')}</span>
    </>
  );
}

const endings = {
  approval: {
    title: 'integrations.end-approval.title',
    what: 'integrations.end-approval.what',
    act: 'integrations.end-approval.act',
  },
  revoke: { title: 'integrations.revoke.title', what: 'integrations.revoke.what', act: 'integrations.revoke.act' },
} as const;
type Ends = keyof typeof endings;

function Row({
  one,
  when,
  onEnd,
  onEndFormer,
}: {
  one: Integration;
  when: (instant: string) => string;
  onEnd: (what: Ends) => void;
  onEndFormer: () => void;
}) {
  const t = useT();
  const { userId, username, name, active, proof, scopes, offices, formerUntil, approval } = one;
  return (
    <tr>
      <th scope="row">
        {name} <span className="small muted">{username}</span>
      </th>
      <td data-label={t('integrations.proof')}>
        {t(`integrations.proof.${proof}`)}
        {formerUntil !== null && (
          <div className="small">
            {t('integrations.former', { when: when(formerUntil) })}{' '}
            <Button
              size="compact-xs"
              variant="subtle"
              aria-label={t('integrations.former.end-of', { name })}
              onClick={onEndFormer}
            >
              {t('integrations.former.end')}
            </Button>
          </div>
        )}
      </td>
      <td data-label={t('integrations.scopes')}>
        {scopes.map((scope) => {
          const { type, acts } = wordsOfScope(t, scope);
          return <div key={scope}>{t('integrations.scope.line', { type, acts })}</div>;
        })}
      </td>
      <td data-label={t('integrations.offices')}>
        {offices.length === 0 ? t('security.users.no-office') : offices.map((office) => office.name).join(', ')}
      </td>
      <td>
        <State one={one} when={when} />
      </td>
      <td className="acts">
        <div className="row wrap">
          <Link
            to="/security"
            search={{ user: userId, cell: undefined }}
            aria-label={t('security.users.permissions-of', { name })}
          >
            {t('emr.permissions')}
          </Link>
          <ReplaceCredentials userId={userId} name={name} />
          {approval && (
            <Button
              size="xs"
              aria-label={t('integrations.end-approval-of', { name })}
              onClick={() => onEnd('approval')}
            >
              {t('integrations.end-approval')}
            </Button>
          )}
          {active && (
            <Button size="xs" aria-label={t('integrations.revoke-of', { name })} onClick={() => onEnd('revoke')}>
              {t('integrations.revoke')}
            </Button>
          )}
        </div>
      </td>
    </tr>
  );
}

/** Users > Manage Security > *Integrations*: every application that may ask this EMR, and what can be taken from it. */
export function IntegrationsPage({ onAdded }: { onAdded: (userId: string) => void }) {
  const t = useT();
  const when = useWallClock();
  const known = useIntegrations();
  const [asking, setAsking] = useState<{ what: Ends; of: Integration } | undefined>();
  const acts = { approval: useEndApproval(), revoke: useRevoke() };
  const endFormer = useEndFormer();
  if (known.isPending) return <LoadingBlock />;
  if (known.isError) return <NotForYou problem={known.error} onRetry={() => void known.refetch()} />;
  const { integrations } = known.data;
  const problem = acts.approval.error ?? acts.revoke.error ?? endFormer.error;
  const name = asking?.of.name ?? '';
  const what = asking?.what ?? 'revoke';
  const words = endings[what];
  const act = acts[what];
  return (
    <SecurityFrame top={<AddIntegration onAdded={onAdded} />}>
      <div className="security-main">
        <div className="stack g1">
          <h2 id="integrations">{t('integrations.title')}</h2>
          <p className="muted">
            <Sentence of="integrations.what" />
          </p>
        </div>
        {problem && <ErrorState problem={problem} />}
        {integrations.length === 0 ? (
          <EmptyState reason={t('integrations.none')} />
        ) : (
          <div className="card table-card">
            <PeopleTable
              labelledBy="integrations"
              headings={[
                t('integrations.application'),
                t('integrations.proof'),
                t('integrations.scopes'),
                t('integrations.offices'),
                t('integrations.state'),
              ]}
            >
              {integrations.map((one) => (
                <Row
                  key={one.clientId}
                  one={one}
                  when={when}
                  onEnd={(what) => setAsking({ what, of: one })}
                  onEndFormer={() => endFormer.mutate(one.userId)}
                />
              ))}
            </PeopleTable>
          </div>
        )}
      </div>
      <ConfirmDialog
        opened={asking !== undefined}
        title={t(words.title, { name })}
        confirmLabel={t(words.act)}
        danger
        busy={act.isPending}
        onConfirm={() => asking && act.mutate(asking.of.userId, { onSettled: () => setAsking(undefined) })}
        onCancel={() => setAsking(undefined)}
      >
        <div className="stack g3">
          <p>{t(words.what)}</p>
          {/* Without an office a user reads nothing, and nor does an application that gets no token. */}
          {asking && <BlastRadiusOf userId={asking.of.userId} asked={{ changes: [], officeIds: [] }} />}
        </div>
      </ConfirmDialog>
    </SecurityFrame>
  );
}
