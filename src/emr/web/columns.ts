import type { Column } from '../../fhir/columns.ts';

/** The message that says what a column opens, and what that is. */
export const columnOpens = (column: Column) => `emr.opens.${lower(column)}` as const;

export const columnReads = (column: Column) => `emr.reads.${lower(column)}` as const;

const lower = <C extends Column>(column: C) => column.toLowerCase() as Lowercase<C>;
