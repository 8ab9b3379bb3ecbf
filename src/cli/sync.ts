import { createSyncWorker, findRun, listConnections, requestRun } from '../connect/index.ts';
import { format, isMessageKey } from '../language/messages.ts';
import { openInstallation } from '../main.ts';
import { problem } from '../platform/problem.ts';
import type { Command } from './command-line.ts';

/**
 * `tidegate sync --connection <name> --mode full|recent`: asks for a run and waits for its end. The run is carried out by whichever
 * worker claims it first: one of a running clinic's, or this command's own.
 */
export const syncCommand: Command = async ({ config, language, log, print, say, values }) => {
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
      if (connections.length === 0) throw problem('conflict', 'cli.sync.no-connection');
      if (!connection) {
        const names = connections.map((one) => one.name).join(', ');
        if (values.connection === undefined) throw problem('invalid', 'cli.sync.which-connection', { names });
        throw problem('invalid', 'cli.sync.connection', { name: values.connection, names });
      }
      const { runId } = await requestRun(worker.context, { ...connection, mode, requestedBy: null });
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
    } finally {
      await worker.stop();
    }
  } finally {
    await installation.close();
  }
};
