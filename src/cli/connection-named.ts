import { problem } from '../platform/problem.ts';

/** The connection that was typed, of those that there are. Throws a sentence with their names. */
export function connectionNamed<C extends { readonly name: string }>(all: readonly C[], typed: string | undefined): C {
  if (all.length === 0) throw problem('conflict', 'cli.sync.no-connection');
  const found = all.find(({ name }) => name === typed);
  if (found) return found;
  const names = all.map(({ name }) => name).join(', ');
  if (typed === undefined) throw problem('invalid', 'cli.sync.which-connection', { names });
  throw problem('invalid', 'cli.sync.connection', { name: typed, names });
}
