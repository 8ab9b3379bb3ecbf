// Writes the FHIR types of each column into the table of docs/domain.md, from the code that the statements are made from; `--check`
// compares instead. The words in the middle are people's.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resources, resourceTypes } from '../src/emr/fhir/resources.ts';
import { bitOf, type Column, columns, columnsNeeded, noColumns } from '../src/fhir/columns.ts';

const path = join(import.meta.dirname, '../docs/domain.md');

/** Each type beside the column that opens it; Visible, which every row needs, beside those that need nothing else. */
const typesOf = (column: Column): string[] =>
  Object.entries(columnsNeeded)
    .filter(([, set]) => (column === 'Visible' ? set === bitOf.Visible : (set & bitOf[column]) !== 0))
    .map(([type]) => type);

/** The table's row of this column, its last cell replaced; the cell keeps its width, as the formatter of the documents sets it. */
function withTypes(text: string, column: Column): string {
  const row = new RegExp(`^(\\| \\*\\*${column}\\*\\* *\\| [^|\\n]+\\| )([^|\\n]+)\\|$`, 'm');
  if (!row.test(text)) throw new Error(`columns: docs/domain.md has no row **${column}**`);
  return text.replace(row, (_, before: string, cell: string) => {
    return `${before}${`${typesOf(column).join(', ')} `.padEnd(cell.length)}|`;
  });
}

// What the statements ask is what the table is made from: a type that asks for something else would be printed wrong.
const astray = resourceTypes.filter(
  (type) => resources[type].needs !== ((columnsNeeded as Readonly<Record<string, number>>)[type] ?? noColumns),
);
if (astray.length > 0)
  throw new Error(`columns: ${astray.join(', ')} asks for other columns than src/fhir/columns.ts says`);

const is = readFileSync(path, 'utf8');
// A client's own subscriptions are no part of the record; every other type stands in a row.
const membershipAlone = /^\| \(office membership alone\).*$/m.exec(is)?.[0] ?? '';
const unprinted = resourceTypes.filter(
  (type) => resources[type].needs === noColumns && type !== 'Subscription' && !membershipAlone.includes(type),
);
if (unprinted.length > 0) throw new Error(`columns: docs/domain.md has no row for ${unprinted.join(', ')}`);
const shouldBe = columns.reduce(withTypes, is);
if (process.argv.includes('--check')) {
  if (is !== shouldBe) {
    console.error(
      'columns: the table in docs/domain.md is not what src/fhir/columns.ts says; run npm run columns:write',
    );
    process.exitCode = 1;
  } else
    console.log(
      `columns: the table in docs/domain.md agrees with the code: ${Object.keys(columnsNeeded).length} types`,
    );
} else {
  writeFileSync(path, shouldBe);
  console.log('columns: the table in docs/domain.md written');
}
