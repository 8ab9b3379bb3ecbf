import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { EnrolAtSignIn, KeepRecoveryCodes } from './EnrolAtSignIn.tsx';
import { EnterCode } from './EnterCode.tsx';
import { stepIn } from './second-factor.queries.ts';

/** The page of what signing in still asks for after the password; undefined: nothing. `why`: because of which role somebody has to enrol. */
export function useSignInSteps(
  me: UseQueryResult,
  { why, onLeave }: { readonly why: string; readonly onLeave: () => void },
): ReactNode {
  // Kept here and not with the form: the session is whole once the code is right, and the codes are shown this once.
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[] | undefined>();
  if (recoveryCodes) {
    const onKept = () => void me.refetch().then(() => setRecoveryCodes(undefined));
    return <KeepRecoveryCodes codes={recoveryCodes} onKept={onKept} />;
  }
  const step = stepIn(me.error);
  if (step === 'code') return <EnterCode onLeave={onLeave} />;
  if (step === 'enrol') return <EnrolAtSignIn why={why} onEnrolled={setRecoveryCodes} onLeave={onLeave} />;
  return undefined;
}
