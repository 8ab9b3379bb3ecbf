// The authenticator app of the demo's administrators, of the EMR and of the portal. Their secrets are made of their names, so that the codes can be told without an
// app; nobody's secret is made so in a clinic of one's own.
import { sha256 } from '../platform/ids.ts';
import { totpCode, totpSecretOf, totpStepSeconds } from '../platform/session/totp.ts';

export const demoAdministrators = ['ada', 'blair', 'sam@saltmarsh.example'] as const;

export const demoSecondFactor = (username: string): string =>
  totpSecretOf(sha256(`the demo's authenticator app of ${username}`).subarray(0, 20));

export interface DemoCode {
  readonly username: string;
  /** "123 456", as an app shows it. */
  readonly code: string;
  /** For how long it is taken: a code is good for one step longer than the app shows it. */
  readonly goodForSeconds: number;
}

export function demoCodes(now: Date): DemoCode[] {
  const passed = Math.floor(now.getTime() / 1000) % totpStepSeconds;
  return demoAdministrators.map((username) => ({
    username,
    code: totpCode(demoSecondFactor(username), now).replace(/(?<=^\d{3})/, ' '),
    goodForSeconds: 2 * totpStepSeconds - passed,
  }));
}
