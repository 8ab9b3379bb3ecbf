import { Button } from '@mantine/core';
import { useT } from '../language.tsx';
import { Page } from '../Page.tsx';
import { RecoveryCodeList } from '../RecoveryCodeList.tsx';
import { EnrolSteps } from './EnrolSteps.tsx';

/** Whose role needs a second factor, and who has none, sets it up before anything else. `why`: because of which role. */
export function EnrolAtSignIn({
  why,
  onEnrolled,
  onLeave,
}: {
  why: string;
  onEnrolled: (recoveryCodes: readonly string[]) => void;
  onLeave: () => void;
}) {
  const t = useT();
  return (
    <Page title={t('second-factor.enrol.title')} width="narrow">
      <div className="card pad stack g3">
        <p className="s13 muted">{why}</p>
        <EnrolSteps onEnrolled={onEnrolled}>
          <Button variant="subtle" onClick={onLeave}>
            {t('second-factor.leave')}
          </Button>
        </EnrolSteps>
      </div>
    </Page>
  );
}

/** After it: the recovery codes, before the app opens. */
export function KeepRecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const t = useT();
  return (
    <Page title={t('second-factor.recovery.title')} width="narrow">
      <div className="card pad">
        <RecoveryCodeList codes={codes} onKept={onKept} />
      </div>
    </Page>
  );
}
