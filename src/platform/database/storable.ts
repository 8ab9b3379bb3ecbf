/**
 * JSON text of what PostgreSQL is to store: it takes neither NUL nor half a character, and what records an act may not fail because of
 * what somebody typed.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify writes both as escapes, and hardly any text has one: then nothing has to be gone through value by value.
  return /\\u(?:0000|d[89a-f])/.test(text) ? JSON.stringify(value, replaced) : text;
}

const replaced = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '\ufffd') : value;
