import { Button, Checkbox } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { ApiProblem } from '../../../ui/api.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import type { AccessRequest } from '../../contract/integrations.ts';
import { useWallClock } from '../office-time.ts';
import { NotForYou } from '../security/SecurityFrame.tsx';
import { useMe } from '../session.ts';
import { useAccessRequest, useDecide } from './integrations.queries.ts';
import { ScopeList } from './ScopeList.tsx';

const refusals = {
  invalid_client: 'integrations.refused.client',
  invalid_redirect_uri: 'integrations.refused.address',
} as const;

/** What the application sent cannot be taken, and nowhere may the browser be sent with that. */
export function RefusedRequestPage({ problem }: { problem: string }) {
  const t = useT();
  const known = Object.hasOwn(refusals, problem) ? refusals[problem as keyof typeof refusals] : undefined;
  return (
    <Page title={t('integrations.approve.title')} width="narrow">
      <Banner tone="red" announce="alert">
        <p>
          <strong>{t('integrations.refused')}</strong>
        </p>
        <p>{known ? t(known) : t('integrations.refused.other', { code: problem })}</p>
        <p>{t('integrations.refused.next')}</p>
      </Banner>
    </Page>
  );
}

function Decision({ requestId, asked }: { requestId: string; asked: AccessRequest }) {
  const t = useT();
  const wall = useWallClock();
  const clinic = useMe().data?.tenantName ?? '';
  const decide = useDecide(requestId);
  const [chosen, setChosen] = useState(asked.offices.filter(({ member }) => member).map(({ officeId }) => officeId));
  const { name, clientId, returnsTo, scopes, user, offices, approval } = asked;
  const answer = (officeIds?: readonly string[]) =>
    decide.mutate(officeIds, { onSuccess: ({ goTo }) => window.location.assign(goTo) });
  const busy = decide.isPending || decide.isSuccess;
  return (
    <div className="card pad stack g3">
      <div className="stack g1">
        <h2>{t('integrations.approve.asks', { name, clinic })}</h2>
        <p className="small muted">
          {t('integrations.approve.client', { id: clientId })} ·{' '}
          {t('integrations.approve.returns', { host: returnsTo })}
        </p>
      </div>
      {approval && (
        <Banner tone="amber">
          {t('integrations.approve.replaces', {
            name: approval.approvedBy,
            when: wall(approval.approvedAt),
          })}
        </Banner>
      )}
      <section className="stack g1" aria-labelledby="asked-scopes">
        <h3 id="asked-scopes">{t('integrations.scopes')}</h3>
        <ScopeList scopes={scopes} />
      </section>
      <Checkbox.Group label={t('integrations.offices')} value={chosen} onChange={setChosen}>
        <div className="stack choices">
          {offices.map(({ officeId, name: office, schedules, visible }) => (
            <Checkbox
              key={officeId}
              value={officeId}
              label={office}
              description={t('integrations.approve.schedules', { schedules, visible, user: user.username })}
            />
          ))}
        </div>
      </Checkbox.Group>
      <Banner icon={IconShieldCheck}>
        <Sentence of="integrations.approve.decides" params={{ user: user.username }} />
      </Banner>
      {decide.error && <ErrorState problem={decide.error} />}
      <div className="row wrap">
        <Button variant="filled" disabled={busy || chosen.length === 0} onClick={() => answer(chosen)}>
          {t('integrations.approve.act')}
        </Button>
        <Button disabled={busy} onClick={() => answer()}>
          {t('integrations.approve.deny')}
        </Button>
        <span role="status">{decide.isSuccess && t('integrations.approve.going')}</span>
      </div>
    </div>
  );
}

/** *Approve third-party access*: what an application asks for, for an administrator whom it sent here. */
export function ApproveAccessPage({ requestId }: { requestId: string }) {
  const t = useT();
  const asked = useAccessRequest(requestId);
  if (asked.isPending) return <LoadingBlock />;
  if (asked.isError) {
    const gone = asked.error instanceof ApiProblem && asked.error.status === 404;
    if (!gone) return <NotForYou problem={asked.error} onRetry={() => void asked.refetch()} />;
    return (
      <Page title={t('integrations.approve.title')} width="narrow">
        <Banner tone="amber" announce="alert">
          <p>{t('integrations.problem.no-request')}</p>
          <p>{t('integrations.approve.expired-what')}</p>
        </Banner>
      </Page>
    );
  }
  return (
    <Page title={t('integrations.approve.title')} width="narrow">
      <Decision requestId={requestId} asked={asked.data} />
    </Page>
  );
}
