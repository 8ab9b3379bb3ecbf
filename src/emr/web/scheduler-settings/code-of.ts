/** A code for a word that has none yet: its letters and digits, and unlike any of `taken`. What has a code keeps it. */
export function codeOf(display: string, taken: ReadonlySet<string>): string {
  const plain =
    display
      .normalize('NFD')
      .replaceAll(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 56) || 'word';
  let code = plain;
  for (let n = 2; taken.has(code); n += 1) code = `${plain}-${n}`;
  return code;
}
