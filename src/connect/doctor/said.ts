import type { Probe } from '../contract/certificates.ts';

export type Outcome = Pick<Probe, 'result' | 'said'>;

export const said = (
  result: Probe['result'],
  key: string,
  params: Readonly<Record<string, string | number>> = {},
): Outcome => ({
  result,
  said: { key: `certificate.probe.${key}`, params },
});
