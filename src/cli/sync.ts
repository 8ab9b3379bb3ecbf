import { findRun, isKnownSlice, listConnections, requestRun } from '../connect/index.ts';
import { format, isMessageKey } from '../language/messages.ts';
import { problem } from '../platform/problem.ts';
import type { OptionValues } from './arguments.ts';
import type { Command } from './command-line.ts';
import { connectionNamed } from './connection-named.ts';
import { withSynchroniser } from './with-synchroniser.ts';

const modes = ['full', 'recent', 'slice'] as const;

/** What `--mode` asks for; a slice by the ids of its office and provider. */
function askedFor({ mode = 'recent', office, provider }: OptionValues) {
  const known = modes.find((one) => one === mode);
  if (known === undefined) throw problem('invalid', 'cli.sync.mode');
  const slice = office !== undefined && provider !== undefined ? { officeId: office, providerId: provider } : undefined;
  const named = office !== undefined || provider !== undefined;
  if (known === 'slice' ? !slice : named) throw problem('invalid', 'cli.sync.slice');
  return { mode: known, slice };
}

/**
 * `tidegate sync`: asks for a run and waits for its end. The run is carried out by whichever worker claims it first: one of a running
 * clinic's, or this command's own.
 */
export const syncCommand: Command = async ({ config, language, log, print, say, values }) => {
  const asked = askedFor(values);
  await withSynchroniser({ config, log }, async (worker) => {
    const connection = connectionNamed(await listConnections(worker.context), values.connection);
    if (asked.slice && !(await isKnownSlice(worker.context, connection, asked.slice))) {
      throw problem('not-found', 'sync.problem.no-slice');
    }
    const { runId } = await requestRun(worker.context, { ...connection, ...asked, requestedBy: null });
    await worker.start();
    let run = await findRun(worker.context, { ...connection, runId });
    while (run && (run.state === 'queued' || run.state === 'running')) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      run = await findRun(worker.context, { ...connection, runId });
    }
    if (!run) throw new Error(`run ${runId} is gone`);
    if (values.json) print(JSON.stringify(run));
    else {
      print(
        format(language, 'cli.sync.ended', {
          runId,
          state: format(language, `connect.run.${run.state}`),
          fetched: run.fetched,
          created: run.created,
          updated: run.updated,
        }),
      );
    }
    if (run.problem && isMessageKey(run.problem.key)) say(format(language, run.problem.key, run.problem.params));
    if (run.state === 'failed') process.exitCode = 1;
  });
};
