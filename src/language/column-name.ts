/** The message that names a column of the EMR's matrix. */
export const columnName = <C extends string>(column: C) =>
  `frame.column.${column.toLowerCase() as Lowercase<C>}` as const;
