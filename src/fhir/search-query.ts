// A search request as FHIR writes it: names with modifiers, commas for "or", repetition for "and".

export interface SearchPair {
  /** Without the modifier: `actor` of `actor:Practitioner`. */
  readonly name: string;
  readonly modifier: string | undefined;
  /** As the request wrote it. */
  readonly written: string;
  /** The alternatives, unescaped. */
  readonly values: readonly string[];
  readonly raw: string;
}

/** The pairs of a query string or form body, in their order. */
export function searchPairs(query: URLSearchParams): SearchPair[] {
  return [...query].map(([written, raw]) => {
    const colon = written.indexOf(':');
    return {
      name: colon < 0 ? written : written.slice(0, colon),
      modifier: colon < 0 ? undefined : written.slice(colon + 1),
      written,
      values: splitAlternatives(raw),
      raw,
    };
  });
}

/** Splits at commas that no backslash escapes, and takes the escapes away (`\,` `\|` `\$` `\\`). */
export function splitAlternatives(raw: string): string[] {
  const values = [''];
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw[at]!;
    if (character === '\\' && at + 1 < raw.length) {
      at += 1;
      values[values.length - 1] += raw[at]!;
    } else if (character === ',') values.push('');
    else values[values.length - 1] += character;
  }
  return values;
}

/** What a logical id may be in FHIR R4. */
export const isFhirId = (text: string): boolean => /^[A-Za-z0-9\-.]{1,64}$/.test(text);

export interface ReferenceValue {
  /** Undefined: only the id was given. */
  readonly type: string | undefined;
  readonly id: string;
}

/** `id`, `Type/id` or an absolute URL under `base`; undefined for anything else. */
export function parseReference(text: string, base: string): ReferenceValue | undefined {
  const local = text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text;
  const [first, second, more] = local.split('/');
  if (more !== undefined || first === undefined) return undefined;
  if (second === undefined) return isFhirId(first) ? { type: undefined, id: first } : undefined;
  return /^[A-Z][A-Za-z]+$/.test(first) && isFhirId(second) ? { type: first, id: second } : undefined;
}
