import { Button } from '@mantine/core';
import { useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { CodeForm } from '../CodeForm.tsx';
import { ErrorState } from '../ErrorState.tsx';
import { LoadingBlock } from '../LoadingBlock.tsx';
import { useLanguage, useT } from '../language.tsx';
import { Page } from '../Page.tsx';
import { RecoveryCodeList } from '../RecoveryCodeList.tsx';
import { EnrolSteps } from './EnrolSteps.tsx';
import { useRenewRecoveryCodes, useRereadSecondFactor, useSecondFactor } from './second-factor.queries.ts';

/** A person's own second factor: whether it is set up, setting it up, and new recovery codes. `lost`: whom to ask without the phone. */
export function SecondFactorPage({ lost }: { lost: string }) {
  const t = useT();
  const language = useLanguage();
  const state = useSecondFactor();
  const reread = useRereadSecondFactor();
  const renew = useRenewRecoveryCodes();
  const [enrolling, setEnrolling] = useState(false);
  const [codes, setCodes] = useState<readonly string[] | undefined>();
  const onKept = () => {
    setCodes(undefined);
    setEnrolling(false);
    renew.reset();
    void reread();
  };
  const page = (content: React.ReactNode) => (
    <Page title={t('second-factor.title')} width="narrow">
      <div className="card pad stack g3">{content}</div>
    </Page>
  );
  if (codes) return page(<RecoveryCodeList codes={codes} onKept={onKept} />);
  if (state.error) return page(<ErrorState problem={state.error} onRetry={() => void state.refetch()} />);
  if (!state.data) return <LoadingBlock />;
  const { enrolledAt, recoveryCodesLeft } = state.data;
  if (enrolling) return page(<EnrolSteps onEnrolled={setCodes} />);
  if (enrolledAt === null)
    return page(
      <>
        <p>{t('second-factor.own.off')}</p>
        <div className="row">
          <Button variant="filled" onClick={() => setEnrolling(true)}>
            {t('second-factor.own.begin')}
          </Button>
        </div>
      </>,
    );
  return page(
    <>
      <p>{t('second-factor.own.on', { day: formatDate(language, enrolledAt.slice(0, 10), 'day') })}</p>
      <p>{t('second-factor.own.left', { count: recoveryCodesLeft })}</p>
      <h2>{t('second-factor.own.renew')}</h2>
      <p className="s13 muted">{t('second-factor.own.renew-what')}</p>
      <CodeForm
        label={t('second-factor.code')}
        act={t('second-factor.own.renew')}
        busy={renew.isPending}
        problem={renew.error ?? undefined}
        onSubmit={(code) => renew.mutate(code, { onSuccess: ({ recoveryCodes }) => setCodes(recoveryCodes) })}
      />
      <p className="s13 muted">{lost}</p>
    </>,
  );
}
