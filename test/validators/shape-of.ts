// What two resources have in common that a validator judges alike: the same elements, the same codes, values of the same form. Cheap enough
// to be asked of every resource that a test run sees; only one of each shape goes to the validators.

/** Elements whose value is part of the rules: a code, or a name of a vocabulary or a definition. */
const coded = new Set([
  'resourceType',
  'status',
  'code',
  'system',
  'use',
  'gender',
  'mode',
  'kind',
  'type',
  'severity',
  'language',
  'contentType',
  'currency',
  'valueCode',
  'intent',
  'action',
  'outcome',
  'fhirVersion',
  'method',
  'relation',
  'unit',
  'name',
  'versioning',
  'subtype',
  'linkId',
]);

const isDateLike = /^\d{4}(-\d\d)*(T[\d:.+Z-]+)?$/;
const isReference = /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(\/_history\/\d+)?$/;
const isId = /^[A-Za-z0-9.-]{1,64}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: FHIR names them.
const isOdd = /^\s*$|[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

function formOf(element: string, value: string): string {
  if (isOdd.test(value)) return 'odd';
  if (isDateLike.test(value)) return value.replaceAll(/\.\d+/g, '.0').replaceAll(/\d/g, '0');
  if (isReference.test(value)) return value.slice(0, value.indexOf('/') + 1);
  // Names of this EMR's own, and of people, are no vocabulary: they would be a shape each.
  if (coded.has(element) && value.length <= 100 && (element !== 'name' || /^[a-z_-]+$/.test(value))) return value;
  if (element === 'url' || element === 'fullUrl') return value.replaceAll(/[\w.-]*\d[\w.-]*/g, '0').slice(0, 80);
  return isId.test(value) ? 'id' : 'text';
}

/** A text that is the same for resources of one shape. Resources that it carries count by their type alone. */
export function shapeOf(value: unknown, element = '', top = true): string {
  if (typeof value === 'string') return formOf(element, value);
  if (typeof value === 'number') return Number.isInteger(value) ? (value < 0 ? '-1' : '1') : '1.5';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value))
    return `[${[...new Set(value.map((one) => shapeOf(one, element, false)))].sort().join('|')}]`;
  const { resourceType } = value as { readonly resourceType?: unknown };
  if (!top && typeof resourceType === 'string') return resourceType;
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}:${shapeOf(one, name, false)}`)
    .join()}}`;
}
