import { useState } from 'react';
import type { StagedItem } from '../../contract/chart.ts';

export interface PickedItem {
  readonly kind: StagedItem['kind'];
  readonly id: string;
  readonly title: string;
}

/** What is ticked to be saved for Ocean, over both tabs. */
export interface Picked {
  /** There is an integration user to save for. */
  readonly possible: boolean;
  readonly items: readonly PickedItem[];
  has(kind: PickedItem['kind'], id: string): boolean;
  set(item: PickedItem, on: boolean): void;
  clear(): void;
}

export function usePicked(possible: boolean): Picked {
  const [items, setItems] = useState<readonly PickedItem[]>([]);
  const is =
    ({ kind, id }: Pick<PickedItem, 'kind' | 'id'>) =>
    (one: PickedItem) =>
      one.kind === kind && one.id === id;
  return {
    possible,
    items,
    has: (kind, id) => items.some(is({ kind, id })),
    set: (item, on) => setItems((before) => [...before.filter((one) => !is(item)(one)), ...(on ? [item] : [])]),
    clear: () => setItems([]),
  };
}
