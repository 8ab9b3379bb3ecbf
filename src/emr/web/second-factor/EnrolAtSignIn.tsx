import { Button } from '@mantine/core';
import { useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import { RecoveryCodeList } from '../../../ui/RecoveryCodeList.tsx';
import { EnrolSteps } from './EnrolSteps.tsx';

/** An administrator without a second factor sets it up before anything else. */
export function EnrolAtSignIn({
  onEnrolled,
  onLeave,
}: {
  onEnrolled: (recoveryCodes: readonly string[]) => void;
  onLeave: () => void;
}) {
  const t = useT();
  return (
    <Page title={t('second-factor.enrol.title')} width="narrow">
      <div className="card pad stack g3">
        <p className="s13 muted">{t('second-factor.enrol.why')}</p>
        <EnrolSteps onEnrolled={onEnrolled}>
          <Button variant="subtle" onClick={onLeave}>
            {t('second-factor.leave')}
          </Button>
        </EnrolSteps>
      </div>
    </Page>
  );
}

/** After it: the recovery codes, before the EMR opens. */
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
