import { useCallback, useMemo, useState } from 'react';
import type { ProviderPermissions } from '../../contract/security.ts';
import { type Conflict, type ConflictCell, conflictOf, resolved, type Side } from './conflict.ts';
import { noChanges, type Pending } from './pending-changes.ts';

export interface PendingChanges {
  /** What the page shows under the changes: as saved now, or, in a conflict, as it was when the changes began. */
  readonly matrix: ProviderPermissions;
  readonly pending: Pending;
  readonly conflict: Conflict | undefined;
  readonly change: (next: (pending: Pending) => Pending) => void;
  readonly discard: () => void;
  readonly resolve: (cells: readonly ConflictCell[], sides: ReadonlyMap<string, Side>) => void;
}

/**
 * `latest` may move at any time: another administrator saves, the page is looked at again. While changes are pending and somebody
 * else's cell has changed, the page stays on what they began from until a person has chosen.
 * `atFirst`: what is pending before anybody has touched anything.
 */
export function usePendingChanges(
  latest: ProviderPermissions,
  atFirst: (latest: ProviderPermissions) => Pending = () => noChanges,
): PendingChanges {
  const [{ began, pending }, set] = useState(() => ({ began: latest, pending: atFirst(latest) }));
  const conflict = useMemo(() => {
    if (pending.size === 0 || began.version === latest.version) return undefined;
    const found = conflictOf(began, latest, pending);
    return found.harmless ? undefined : found;
  }, [began, latest, pending]);
  return {
    matrix: conflict ? began : latest,
    pending,
    conflict,
    change: useCallback(
      (next) => set((now) => ({ began: now.pending.size === 0 ? latest : now.began, pending: next(now.pending) })),
      [latest],
    ),
    discard: useCallback(() => set({ began: latest, pending: noChanges }), [latest]),
    resolve: useCallback((cells, sides) => set({ began: latest, pending: resolved(cells, sides) }), [latest]),
  };
}
