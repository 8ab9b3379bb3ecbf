// What FHIR says of JSON itself (https://hl7.org/fhir/R4/json.html and datatypes.html): no empty array, object or string, no null but in
// an array of primitives whose other half holds something, and no control character but tab, line feed and carriage return.

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// biome-ignore lint/suspicious/noControlCharactersInRegex: FHIR names them.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** One sentence for each, with the path. */
export function formatFaults(resource: object): string[] {
  const faults: string[] = [];
  const look = (value: unknown, path: string, sibling: unknown): void => {
    if (value === null) faults.push(`${path}: null`);
    else if (value === '') faults.push(`${path}: an empty string`);
    else if (typeof value === 'string' && value.trim() === '') faults.push(`${path}: nothing but white space`);
    else if (typeof value === 'string' && forbidden.test(value)) faults.push(`${path}: a control character`);
    else if (typeof value === 'number' && !Number.isFinite(value)) faults.push(`${path}: no number`);
    else if (Array.isArray(value)) {
      if (value.length === 0) faults.push(`${path}: an empty array`);
      for (const [index, one] of value.entries()) {
        const other = Array.isArray(sibling) ? sibling[index] : undefined;
        // Half of a primitive may be absent, never both.
        if (one === null && other !== null && other !== undefined) continue;
        if (Array.isArray(one)) faults.push(`${path}[${index}]: an array in an array`);
        else look(one, `${path}[${index}]`, undefined);
      }
    } else if (isObject(value)) {
      if (Object.keys(value).length === 0) faults.push(`${path}: an empty object`);
      for (const [name, one] of Object.entries(value))
        look(one, `${path}.${name}`, value[name.startsWith('_') ? name.slice(1) : `_${name}`]);
    }
  };
  const { resourceType } = resource as { readonly resourceType?: unknown };
  look(resource, typeof resourceType === 'string' ? resourceType : 'a resource without a type', undefined);
  return faults;
}
