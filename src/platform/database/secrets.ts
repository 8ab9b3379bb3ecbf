import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomToken } from '../ids.ts';

/** Folder of the generated secrets beside a data directory: 0700, one file each, 0600. */
export const secretsIn = (directory: string): string => join(directory, 'secrets');

/** The secret of that name (43 characters, URL-safe); made at the first call, the same ever after. Never log it. */
export function secretNamed(directory: string, name: string): string {
  return findSecret(directory, name) ?? makeSecret(directory, name);
}

export function findSecret(directory: string, name: string): string | undefined {
  try {
    return readFileSync(join(secretsIn(directory), name), 'utf8').trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function makeSecret(directory: string, name: string): string {
  mkdirSync(secretsIn(directory), { recursive: true, mode: 0o700 });
  try {
    const secret = randomToken();
    writeFileSync(join(secretsIn(directory), name), `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  } catch (error) {
    // Another process made it in between; its secret is the one.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return findSecret(directory, name)!;
    throw error;
  }
}
