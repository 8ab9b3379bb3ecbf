import { diagnoseSite, leastPrivilegeOfSite, listConnections } from '../connect/index.ts';
import { format } from '../language/messages.ts';
import type { Command } from './command-line.ts';
import { connectionNamed } from './connection-named.ts';
import { withSynchroniser } from './with-synchroniser.ts';

/** `tidegate doctor`: each gap, whose job it is, and what to do. Ends with 1 where there are gaps, so that a script can watch it. */
export const doctorCommand: Command = ({ config, language, log, print, values }) =>
  withSynchroniser({ config, log }, async ({ context }) => {
    const { siteId } = connectionNamed(await listConnections(context), values.connection);
    const diagnosis = await diagnoseSite(context, { siteId, language });
    if (diagnosis.gaps.length > 0) process.exitCode = 1;
    const leastPrivilege = await leastPrivilegeOfSite(context, { siteId, language });
    if (values.json) return print(JSON.stringify({ ...diagnosis, leastPrivilege }));
    if (diagnosis.evidence === null) return print(format(language, 'doctor.not-read'));
    for (const { gapId, title, what, fix, owner } of diagnosis.gaps) {
      print(`${gapId} ${title} (${format(language, `cli.doctor.owner.${owner}`)})\n  ${what.trim()}\n  ${fix}`);
    }
    for (const { providerDisplay, officeName, lastDay } of diagnosis.lapsingSoon) {
      print(format(language, 'cli.doctor.soon', { provider: providerDisplay, office: officeName, day: lastDay }));
    }
    if (diagnosis.gaps.length === 0) {
      print(format(language, diagnosis.evidence.certainty === 'evidence' ? 'doctor.none.evidence' : 'doctor.none'));
    }
    // What is too much breaks nothing: it is said, and changes no exit code.
    for (const { text } of leastPrivilege.columns) print(text);
  });
