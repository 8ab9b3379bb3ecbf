// SMART scopes of system access, v1 (`system/Patient.read`) and v2 (`system/Patient.rs`). They say what a client means to do; what its
// user may do is decided by the matrix.
import { problem } from '../../platform/problem.ts';
import { resourceTypes } from '../fhir/resources.ts';
import type { Caller } from './caller.ts';

/** create, read (with vread and instance history), update (with patch), delete, search (with type history). */
export type Interaction = 'c' | 'r' | 'u' | 'd' | 's';

const letters: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

export function allows(scopes: readonly string[], type: string, interaction: Interaction): boolean {
  return scopes.some((scope) => {
    const [, of, what] = /^system\/([A-Za-z]+|\*)\.([a-z]+|\*)$/.exec(scope) ?? [];
    if (of === undefined || what === undefined || (of !== '*' && of !== type)) return false;
    return (letters[what] ?? what).includes(interaction);
  });
}

/** Whether `allowed` lets everything that the one scope lets. */
export function isWithin(scope: string, allowed: readonly string[]): boolean {
  const [, type, what] = /^system\/([A-Za-z]+|\*)\.([a-z]+|\*)$/.exec(scope) ?? [];
  if (type === undefined || what === undefined) return false;
  return [...(letters[what] ?? what)].every((letter) => allows(allowed, type, letter as Interaction));
}

/** 403 that names the scope: 401 is for the token alone. */
export function requireScope(caller: Caller, type: string, interaction: Interaction): void {
  if (allows(caller.scopes, type, interaction)) return;
  throw problem('forbidden', 'fhir.scope', { scope: `system/${type}.${interaction}` });
}

function subsets(all: string): string[] {
  const made = [''];
  for (const letter of all) made.push(...made.map((one) => one + letter));
  return made.slice(1);
}

/** Types that a scope can name beside `*`. */
export const scopedTypes: readonly string[] = [...resourceTypes, 'Communication', 'Slot', 'ValueSet', 'AuditEvent'];

/** Every scope that there is. */
export const knownScopes: ReadonlySet<string> = new Set(
  ['*', ...scopedTypes].flatMap((type) =>
    [...Object.keys(letters), ...subsets('cruds')].map((what) => `system/${type}.${what}`),
  ),
);
