// The table of what each column opens, in docs/domain.md, is the one that the statements are made from.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resources, resourceTypes } from '../../src/emr/fhir/resources.ts';
import { bitOf, columns, columnsIn, columnsNeeded, noColumns } from '../../src/fhir/columns.ts';
import { root } from './documents.ts';

const rows = new Map(
  [...readFileSync(join(root, 'docs/domain.md'), 'utf8').matchAll(/^\| \*\*(\w+)\*\* *\| [^|]+\| ([^|]+?) *\|$/gm)].map(
    ([, column = '', types = '']) => [column, types],
  ),
);
const needed = Object.entries(columnsNeeded);
/** Each type beside the column that opens it; Visible, which every row needs, beside those that need nothing else. */
const opened = (column: keyof typeof bitOf): string[] =>
  needed
    .filter(([, set]) => (column === 'Visible' ? set === bitOf.Visible : (set & bitOf[column]) !== 0))
    .map(([type]) => type);

it('prints for each column the types that the code asks it for, and no other', () => {
  expect(columns.map((column) => [column, rows.get(column)])).toEqual(
    columns.map((column) => [column, opened(column).join(', ')]),
  );
});

it('is what every statement that reads a type asks for, and what needs no column stands in a row of its own', () => {
  const asked = resourceTypes.map((type) => [type, columnsIn(resources[type].needs)]);
  const withoutColumns = resourceTypes.filter((type) => resources[type].needs === noColumns);
  expect(withoutColumns).toEqual(['Organization', 'Location', 'Subscription']);
  expect(asked).toEqual(
    resourceTypes.map((type) => [
      type,
      columnsIn(Object.hasOwn(columnsNeeded, type) ? columnsNeeded[type as 'Slot'] : noColumns),
    ]),
  );
  expect(asked.length).toBeGreaterThan(10);
});
