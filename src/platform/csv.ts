/**
 * RFC 4180 with a byte order mark, so that a spreadsheet reads French; a cell that it would take for a formula begins with an apostrophe.
 * `read` gives a row's cells, as many as the head has; null and undefined are empty ones.
 */
export async function* csvText<Row>(
  head: readonly string[],
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
  read: (row: Row) => readonly unknown[],
): AsyncGenerator<string> {
  const line = (cells: readonly unknown[]) => `${cells.map(cell).join(',')}\r\n`;
  yield `\ufeff${line(head)}`;
  for await (const rows of pages) yield rows.map((row) => line(read(row))).join('');
}

/** A recorded value in one cell. */
export const jsonOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value);

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
