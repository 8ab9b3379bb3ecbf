import type { Translate } from '../../../ui/language.tsx';

const letters: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const words = {
  r: 'integrations.scope.r',
  s: 'integrations.scope.s',
  c: 'integrations.scope.c',
  u: 'integrations.scope.u',
  d: 'integrations.scope.d',
} as const;

export interface ScopeWords {
  /** As it stands in the request. */
  readonly scope: string;
  /** A FHIR type, or every kind. */
  readonly type: string;
  /** What may be done with it, in words with commas between. */
  readonly acts: string;
}

/** A SMART scope of system access as a person reads it. */
export function wordsOfScope(t: Translate, scope: string): ScopeWords {
  const [, type = '', what = ''] = /^system\/([^.]+)\.(.+)$/.exec(scope) ?? [];
  const may = letters[what] ?? what;
  const acts = (Object.keys(words) as (keyof typeof words)[]).filter((letter) => may.includes(letter));
  return {
    scope,
    type: type === '*' ? t('integrations.scope.all') : type,
    acts: acts.map((letter) => t(words[letter])).join(', '),
  };
}
