/**
 * For JSON.stringify of what PostgreSQL is to store: it takes neither NUL nor half a character, and what records an act may not fail
 * because of what somebody typed.
 */
export const storable = (_name: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\u0000', '\ufffd') : value;
