import { listConnections, readLedger } from '../connect/index.ts';
import { format, isMessageKey } from '../language/messages.ts';
import { problem } from '../platform/problem.ts';
import type { Command } from './command-line.ts';
import { connectionNamed } from './connection-named.ts';
import { withSynchroniser } from './with-synchroniser.ts';

/** `tidegate ledger`: what the last run, or the named one, did to each schedule, and why not more. */
export const ledgerCommand: Command = ({ config, language, log, print, values }) =>
  withSynchroniser({ config, log }, async ({ context }) => {
    const connection = connectionNamed(await listConnections(context), values.connection);
    const ledger = await readLedger(context, connection, values.run);
    if (!ledger) {
      if (values.run !== undefined) throw problem('not-found', 'cli.ledger.no-run', { runId: values.run });
      throw problem('not-found', 'cli.ledger.none');
    }
    if (values.json) return print(JSON.stringify(ledger));
    const { runId, mode, state, endedAt, slices } = ledger;
    const sentence = (said: typeof ledger.problem) => {
      if (said && isMessageKey(said.key)) print(`  ${format(language, said.key, said.params)}`);
    };
    print(
      format(language, 'cli.ledger.run', {
        runId,
        mode: format(language, `connect.sync.${mode}`),
        state: format(language, `connect.run.${state}`),
        at: endedAt ?? '–',
      }),
    );
    sentence(ledger.problem);
    for (const { providerDisplay, officeName, outcome, missing, problem: said, ...counts } of slices) {
      const { fetched, created, updated, returned, removed, unconfirmed, visibilityLost, withheld, unusable } = counts;
      print(
        format(language, 'cli.ledger.slice', {
          ...{ provider: providerDisplay, office: officeName, outcome: format(language, `connect.outcome.${outcome}`) },
          ...{ fetched, created, updated, returned, removed, unconfirmed, visibilityLost, withheld, unusable },
        }),
      );
      if (missing.length > 0) print(`  ${format(language, 'cli.ledger.missing', { columns: missing.join(', ') })}`);
      sentence(said);
    }
  });
