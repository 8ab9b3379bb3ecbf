// One stop for Tab, arrow keys inside: the grid pattern of the ARIA Authoring Practices. Done on the elements and not in React's
// state, so that moving the focus through 500 rows draws none of them again.

const controls = 'button, input';
const rowsOf = (grid: HTMLElement) => [...grid.querySelectorAll<HTMLElement>('tr[data-row]')];
const stopIn = (row: HTMLElement | undefined, column: string) =>
  row?.querySelector(`[data-col="${column}"]`)?.querySelector<HTMLElement>(controls) ?? undefined;
const columnOf = (element: Element): string => element.closest<HTMLElement>('[data-col]')?.dataset['col'] ?? '';

/** Exactly one control of the grid can be reached by Tab: the one that had the focus last, or the first cell. */
export function keepOneStop(grid: HTMLElement, stop?: HTMLElement): void {
  const held = [...grid.querySelectorAll<HTMLElement>('[data-col] :is(button, input)[tabindex="0"]')];
  const next = stop ?? held[0] ?? grid.querySelector<HTMLElement>('[data-cell] button') ?? undefined;
  for (const one of held) if (one !== next) one.tabIndex = -1;
  if (next) next.tabIndex = 0;
}

/** Where the key leads; undefined where it leads nowhere, or belongs to the control itself (a date is typed with arrow keys). */
function destination(grid: HTMLElement, from: HTMLElement, event: { key: string; ctrlKey: boolean }) {
  const rows = rowsOf(grid);
  const at = rows.findIndex((row) => row.contains(from));
  const row = rows[at];
  if (!row) return undefined;
  const stops = [...row.querySelectorAll<HTMLElement>('[data-col]')].flatMap(
    (one) => one.querySelector<HTMLElement>(controls) ?? [],
  );
  const beside = stops.indexOf(from);
  if (from instanceof HTMLInputElement) return event.key === 'Escape' ? stops[beside - 1] : undefined;
  const inColumn = (candidates: readonly HTMLElement[]) =>
    candidates.map((one) => stopIn(one, columnOf(from))).find((one) => one !== undefined);
  switch (event.key) {
    case 'ArrowRight':
      return stops[beside + 1];
    case 'ArrowLeft':
      return stops[beside - 1];
    case 'ArrowDown':
      return inColumn(rows.slice(at + 1));
    case 'ArrowUp':
      return inColumn(rows.slice(0, at).reverse());
    case 'PageDown':
      return inColumn(rows.slice(at + 10)) ?? inColumn(rows.slice(at + 1).reverse());
    case 'PageUp':
      return inColumn(rows.slice(0, Math.max(0, at - 9)).reverse()) ?? inColumn(rows.slice(0, at));
    case 'Home':
      return event.ctrlKey ? inColumn(rows) : stops[0];
    case 'End':
      return event.ctrlKey ? inColumn([...rows].reverse()) : stops.at(-1);
    default:
      return undefined;
  }
}

/** True when the key moved the focus, and so must do nothing else. */
export function moveFocus(
  grid: HTMLElement,
  event: { key: string; ctrlKey: boolean; target: EventTarget | null },
): boolean {
  if (!(event.target instanceof HTMLElement)) return false;
  const next = destination(grid, event.target, event);
  next?.focus();
  return next !== undefined;
}

/** H shows the history of the cell, but not where letters are typed. */
export function isHistoryKey(event: {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget;
}): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return false;
  return event.key.toLowerCase() === 'h';
}

/** Gives a cell the focus: `office/provider/field`. */
export function focusCell(grid: HTMLElement, cell: string): void {
  const at = cell.lastIndexOf('/');
  const row = rowsOf(grid).find((one) => one.dataset['row'] === cell.slice(0, at));
  stopIn(row, CSS.escape(cell.slice(at + 1)))?.focus();
}
