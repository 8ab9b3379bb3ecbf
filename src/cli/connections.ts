import { readConnections } from '../connect/index.ts';
import { format } from '../language/messages.ts';
import type { Command } from './command-line.ts';
import { withSynchroniser } from './with-synchroniser.ts';

/** `tidegate connections`: every connection and how it stands. */
export const connectionsCommand: Command = ({ config, language, log, print, values }) =>
  withSynchroniser({ config, log }, async ({ context }) => {
    const connections = await readConnections(context);
    if (values.json) return print(JSON.stringify({ connections }));
    if (connections.length === 0) return print(format(language, 'cli.sync.no-connection'));
    for (const { name, baseUrl, last, isRunning, schedules, gaps, shown, matchedAsOf, certainty } of connections) {
      const state = isRunning ? 'running' : (last?.state ?? 'none');
      const asOf = matchedAsOf ?? 'none';
      const words = state === 'none' ? format(language, 'connect.last.none') : format(language, `connect.run.${state}`);
      print(format(language, 'cli.connection', { name, baseUrl, state: words, schedules, gaps, shown, asOf }));
      if (certainty === 'evidence') print(`  ${format(language, 'sync.certainty.evidence')}`);
    }
  });
