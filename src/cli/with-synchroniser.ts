import { createSyncWorker, type SyncWorker } from '../connect/index.ts';
import { openInstallation } from '../main.ts';
import type { CommandLine } from './command-line.ts';

/** Opens the installation beside whatever runs, with a synchroniser that is not started, and closes both. */
export async function withSynchroniser(
  { config, log }: Pick<CommandLine, 'config' | 'log'>,
  work: (worker: SyncWorker) => Promise<void>,
): Promise<void> {
  const installation = await openInstallation({ config, log, asGuest: true });
  try {
    const { roles, sealingKey, clock } = installation;
    const worker = createSyncWorker({ syncUrl: roles.portalSync, sealingKey, clock, log });
    try {
      await work(worker);
    } finally {
      await worker.stop();
    }
  } finally {
    await installation.close();
  }
}
