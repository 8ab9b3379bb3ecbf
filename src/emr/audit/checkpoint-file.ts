// Checkpoints lie outside the database, one file for each clinic, a line each. Who can write the database must not be able to write
// them: AUDIT_DIR may be on another machine's disk, or on one that can only be appended to.
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignedCheckpoint } from './audit-chain.ts';

const fileOf = (directory: string, tenantId: number): string => join(directory, `checkpoints-${tenantId}.jsonl`);

/** On the disk when it returns. */
export async function appendCheckpoint(directory: string, checkpoint: SignedCheckpoint): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = await open(fileOf(directory, checkpoint.tenant), 'a', 0o600);
  try {
    // A line of its own, even after one that a crash cut off.
    await file.appendFile(`\n${JSON.stringify(checkpoint)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

export interface ReadCheckpoints {
  readonly checkpoints: readonly SignedCheckpoint[];
  /** Lines that are no checkpoint; the last may have been cut off by a crash. */
  readonly unreadable: readonly number[];
}

/** In the file's order; none where there is no file. */
export async function readCheckpoints(directory: string, tenantId: number): Promise<ReadCheckpoints> {
  let text: string;
  try {
    text = await readFile(fileOf(directory, tenantId), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { checkpoints: [], unreadable: [] };
    throw error;
  }
  const lines = text.split('\n');
  const checkpoints: SignedCheckpoint[] = [];
  const unreadable: number[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const read = checkpointIn(line);
    if (read) checkpoints.push(read);
    else unreadable.push(index + 1);
  }
  return { checkpoints, unreadable };
}

function checkpointIn(line: string): SignedCheckpoint | undefined {
  try {
    const { tenant, seq, head, snapshot, at, signature } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const isOne =
      typeof tenant === 'number' &&
      typeof seq === 'number' &&
      typeof head === 'string' &&
      typeof snapshot === 'string' &&
      /^\d+:\d+:[\d,]*$/.test(snapshot) &&
      typeof at === 'string' &&
      typeof signature === 'string';
    return isOne ? { tenant, seq, head, snapshot, at, signature } : undefined;
  } catch {
    return undefined;
  }
}
