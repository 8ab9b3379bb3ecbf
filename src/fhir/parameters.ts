// Parameters resources of this product's own operations: as an object, and read part by part. What is half understood is refused.
export interface ParametersPart {
  readonly name: string;
  readonly valueString?: string;
  readonly valueBoolean?: boolean;
  readonly valueInteger?: number;
  readonly valueCode?: string;
  readonly valueDate?: string;
  readonly valueInstant?: string;
  readonly valueUrl?: string;
  readonly valueReference?: { readonly reference: string; readonly display?: string };
  readonly part?: readonly ParametersPart[];
}

export interface Parameters {
  readonly resourceType: 'Parameters';
  /** FHIR's JSON has no empty arrays. */
  readonly parameter?: readonly ParametersPart[];
}

export function partsOf(resource: unknown): readonly ParametersPart[] {
  const { resourceType, parameter = [] } = (resource ?? {}) as Partial<Parameters>;
  if (resourceType !== 'Parameters' || !Array.isArray(parameter)) throw new TypeError('not a Parameters resource');
  return parameter as readonly ParametersPart[];
}

type ValueName = Exclude<keyof ParametersPart, 'name' | 'part'>;

const typeOf: Readonly<Record<ValueName, 'string' | 'boolean' | 'number' | 'object'>> = {
  valueString: 'string',
  valueBoolean: 'boolean',
  valueInteger: 'number',
  valueCode: 'string',
  valueDate: 'string',
  valueInstant: 'string',
  valueUrl: 'string',
  valueReference: 'object',
};

/** Throws TypeError, naming the parameter, where there are several or one of another kind. */
export function atMostOne<V extends ValueName>(
  parts: readonly ParametersPart[],
  name: string,
  valueName: V,
): NonNullable<ParametersPart[V]> | undefined {
  const found = parts.filter((part) => part.name === name);
  if (found.length === 0) return undefined;
  const value = found[0]![valueName];
  if (found.length > 1 || typeof value !== typeOf[valueName] || value === null) {
    throw new TypeError(`parameter ${name}: exactly one ${valueName} expected`);
  }
  return value as NonNullable<ParametersPart[V]>;
}

export function one<V extends ValueName>(
  parts: readonly ParametersPart[],
  name: string,
  valueName: V,
): NonNullable<ParametersPart[V]> {
  const value = atMostOne(parts, name, valueName);
  if (value === undefined) throw new TypeError(`parameter ${name} is missing`);
  return value;
}

export const partsNamed = (parts: readonly ParametersPart[], name: string): (readonly ParametersPart[])[] =>
  parts
    .filter((part) => part.name === name)
    .map(({ part }) => {
      if (!Array.isArray(part)) throw new TypeError(`parameter ${name} has no parts`);
      return part as readonly ParametersPart[];
    });

/** The id in `Location/7`. */
export function idIn({ reference }: { readonly reference: string }, type: string): string {
  const [named, id, more] = String(reference).split('/');
  if (named !== type || !id || more !== undefined) throw new TypeError(`a reference to ${type} was expected`);
  return id;
}
