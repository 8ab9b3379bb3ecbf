// The day is one stop for Tab; the arrow keys walk in it: up and down in a column, left and right to what is nearest in the next one.

const columnsOf = (day: HTMLElement) =>
  [...day.querySelectorAll<HTMLElement>('[data-column]')].map((column) => [...column.querySelectorAll('button')]);

export function keepOneStop(day: HTMLElement, stop?: HTMLElement): void {
  const buttons = columnsOf(day).flat();
  const next = stop ?? buttons.find((button) => button.tabIndex === 0) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
}

/** True when the key moved the focus. */
export function moveFocus(day: HTMLElement, { key, target }: { key: string; target: EventTarget | null }): boolean {
  if (!(target instanceof HTMLButtonElement)) return false;
  const columns = columnsOf(day);
  const at = columns.findIndex((column) => column.includes(target));
  const column = columns[at];
  if (!column) return false;
  const top = target.getBoundingClientRect().top;
  const nearest = (candidates: readonly HTMLButtonElement[][]) =>
    candidates
      .find((one) => one.length > 0)
      ?.reduce((best, one) =>
        Math.abs(one.getBoundingClientRect().top - top) < Math.abs(best.getBoundingClientRect().top - top) ? one : best,
      );
  const place = column.indexOf(target);
  const leadsTo = (): HTMLButtonElement | undefined => {
    switch (key) {
      case 'ArrowDown':
        return column[place + 1];
      case 'ArrowUp':
        return column[place - 1];
      case 'ArrowRight':
        return nearest(columns.slice(at + 1));
      case 'ArrowLeft':
        return nearest(columns.slice(0, at).reverse());
      case 'Home':
        return column[0];
      case 'End':
        return column.at(-1);
      default:
        return undefined;
    }
  };
  const next = leadsTo();
  next?.focus();
  return next !== undefined;
}
