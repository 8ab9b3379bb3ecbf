// One resource of every shape that was answered, and how many there were.
import type { FhirAnswered, FhirResource } from './fhir-answers.ts';
import { shapeOf } from './shape-of.ts';

export interface SeenShape {
  readonly resource: FhirResource;
  /** Which request was answered with it first. */
  readonly by: string;
}

export interface SeenShapes {
  readonly answers: number;
  readonly resources: number;
  readonly shapes: ReadonlyMap<string, SeenShape>;
  take(answered: FhirAnswered): void;
}

export function seenShapes(): SeenShapes {
  const shapes = new Map<string, SeenShape>();
  let answers = 0;
  let resources = 0;
  return {
    get answers() {
      return answers;
    },
    get resources() {
      return resources;
    },
    shapes,
    take: ({ method, url, resources: all }) => {
      answers += 1;
      resources += all.length;
      for (const resource of all) {
        const shape = shapeOf(resource);
        if (!shapes.has(shape)) shapes.set(shape, { resource: shortened(resource), by: `${method} ${url}` });
      }
    },
  };
}

/** With one entry of each shape: what a Bundle carries is looked at by itself. */
function shortened(resource: FhirResource): FhirResource {
  const { entry } = resource as { readonly entry?: readonly unknown[] };
  if (resource.resourceType !== 'Bundle' || !entry) return resource;
  return { ...resource, entry: [...new Map(entry.map((one) => [shapeOf(one), one])).values()] };
}
