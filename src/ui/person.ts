import type { TablerIcon } from '@tabler/icons-react';

export interface PersonPage {
  readonly label: string;
  readonly Icon: TablerIcon;
  readonly to: string;
}

/** Who is signed in, as the frame shows it. */
export interface Person {
  readonly name: string;
  /** In words, with the place: "Site Admin, Saltmarsh Family Clinic". */
  readonly role: string;
  /** Pages in the menu: about the person's own account, and what only his role sees. */
  readonly pages?: readonly PersonPage[];
}

const titles = /^(dr|dre|mr|mrs|ms|mme|m)\.?$/i;

/** "Dr. Fern Wobbleton" → "FW". */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '' && !titles.test(word));
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return `${[...(first ?? '')][0] ?? ''}${[...(last ?? '')][0] ?? ''}`.toLocaleUpperCase();
}
