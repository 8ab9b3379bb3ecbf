import { demoCodes } from '../demo/demo-authenticator.ts';
import { format } from '../language/messages.ts';
import { systemClock } from '../platform/clock.ts';
import type { Command, CommandLine } from './command-line.ts';

/** The codes that the demo's administrators are asked for at sign-in, as an authenticator app of theirs would show them now. */
export function tellDemoCodes({ language, print }: Pick<CommandLine, 'language' | 'print'>): void {
  const codes = demoCodes(systemClock.now());
  const width = Math.max(...codes.map(({ username }) => username.length));
  for (const { username, code, goodForSeconds } of codes) {
    print(format(language, 'cli.demo-code', { username: username.padEnd(width), code, seconds: goodForSeconds }));
  }
}

export const demoCodesCommand: Command = async ({ language, print, values }) => {
  if (values.json) print(JSON.stringify({ codes: demoCodes(systemClock.now()) }));
  else tellDemoCodes({ language, print });
};
