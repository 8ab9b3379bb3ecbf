import { createSyncWorker, findRun, listConnections, requestRun } from '../connect/index.ts';
import { format } from '../language/messages.ts';
import { openInstallation } from '../main.ts';
import { problem } from '../platform/problem.ts';
import type { CommandLine } from './command-line.ts';

/**
 * `tidegate sync --connection <name> --mode full|recent`: asks for a run and waits for its end. The run is carried out by whichever
 * worker claims it first: one of a running clinic's, or this command's own.
 */
export async function syncCommand({ config, language, log, say, values }: CommandLine): Promise<void> {
  const mode = values.mode ?? 'recent';
  if (mode !== 'full' && mode !== 'recent') throw problem('invalid', 'cli.sync.mode');
  const installation = await openInstallation({ config, log, asGuest: true });
  try {
    const worker = createSyncWorker({
      syncUrl: installation.roles.portalSync,
      sealingKey: installation.sealingKey,
      clock: installation.clock,
      log,
    });
    try {
      const connections = await listConnections(worker.context);
      const connection = connections.find(({ name }) => name === values.connection);
      if (!connection) {
        throw problem('invalid', 'cli.sync.connection', {
          name: values.connection ?? '–',
          names: connections.map(({ name }) => name).join(', '),
        });
      }
      const { runId } = await requestRun(worker.context, { ...connection, mode, requestedBy: null });
      await worker.start();
      let run = await findRun(worker.context, { ...connection, runId });
      while (run && (run.state === 'queued' || run.state === 'running')) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        run = await findRun(worker.context, { ...connection, runId });
      }
      if (!run) throw new Error(`run ${runId} is gone`);
      if (values.json) process.stdout.write(`${JSON.stringify(run)}\n`);
      else {
        say(
          format(language, 'cli.sync.ended', {
            runId,
            state: run.state,
            fetched: run.fetched,
            created: run.created,
            updated: run.updated,
          }),
        );
      }
      if (run.state === 'failed') process.exitCode = 1;
    } finally {
      await worker.stop();
    }
  } finally {
    await installation.close();
  }
}
