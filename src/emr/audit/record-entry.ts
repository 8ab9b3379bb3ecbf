// The entries of a Bundle stand for themselves, so each is recorded as a request would be.
import { Problem, statusOf } from '../../platform/problem.ts';
import { type Access, beginEntry, withAccess } from './access.ts';
import { fhirAsked } from './fhir-asked.ts';
import { noteFhir } from './note-answer.ts';

export interface RecordedEntry {
  /** Does what the entry asks for, under its own record. */
  within<T>(work: () => Promise<T>): Promise<T>;
  /** To be called once it is known what the entry is answered with. */
  answered(answer: EntryAnswer): void;
}

type EntryAnswer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | null }
  | { readonly error: unknown };

interface Entry {
  readonly method: string;
  /** Below the base, without a query. */
  readonly path: string;
  readonly query: string;
  readonly body?: unknown;
}

export function recordEntry({ method, path, query, body }: Entry): RecordedEntry {
  const access: Access | undefined = beginEntry(fhirAsked(method, path, query));
  return {
    within: (work) => (access ? withAccess(access, work) : work()),
    answered: (answer) => {
      if (!access) return;
      if ('error' in answer) access.status = answer.error instanceof Problem ? statusOf[answer.error.kind] : 500;
      else {
        const { status, headers, body: text } = answer;
        noteFhir(access, { status, text: text ?? '', location: headers['location'] ?? '', body });
      }
    },
  };
}
