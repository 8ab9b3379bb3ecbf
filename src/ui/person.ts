/** Who is signed in, as the frame shows it. */
export interface Person {
  readonly name: string;
  /** In words, with the place: "Site Admin, Saltmarsh Family Clinic". */
  readonly role: string;
  /** A page about the person's own account, in the menu. */
  readonly account?: { readonly label: string; readonly onOpen: () => void };
}

const titles = /^(dr|dre|mr|mrs|ms|mme|m)\.?$/i;

/** "Dr. Fern Wobbleton" → "FW". */
export function initialsOf(name: string): string {
  const words = name.split(/\s+/).filter((word) => word !== '' && !titles.test(word));
  const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return `${[...(first ?? '')][0] ?? ''}${[...(last ?? '')][0] ?? ''}`.toLocaleUpperCase();
}
