export type TriState = 'all' | 'some' | 'none';

/** `all` of nothing is `none`: an empty office has nothing that is held. */
export function triStateOf(held: number, total: number): TriState {
  if (total === 0 || held === 0) return 'none';
  return held === total ? 'all' : 'some';
}
