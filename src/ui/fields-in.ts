import { ApiProblem } from './api.ts';

/** The fields of a form that a refusal names. */
export function fieldsIn(problem: unknown): ReadonlySet<string> {
  const fields = problem instanceof ApiProblem ? problem.extra.fields : undefined;
  return new Set(Array.isArray(fields) ? fields.map((field: { path?: unknown }) => String(field.path)) : []);
}
