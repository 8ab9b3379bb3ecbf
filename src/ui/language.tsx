import type { ReactNode } from 'react';
import { createElement, Fragment, useCallback, useSyncExternalStore } from 'react';
import type { Language, MessageKey, MessageParams } from '../language/messages.ts';
import { format, formatRich } from '../language/messages.ts';
import { currentLanguage, onLanguageChange } from './language-choice.ts';

export type Translate = (key: MessageKey, params?: MessageParams) => string;

/** The language of the screen; the component is drawn again when it changes. */
export const useLanguage = (): Language => useSyncExternalStore(onLanguageChange, currentLanguage);

/** `t('emr.permissions.save')`: the message in the language of the screen. */
export function useT(): Translate {
  const language = useLanguage();
  return useCallback((key, params) => format(language, key, params), [language]);
}

/**
 * A message with marks in it: `<b>` strong, `<i>` a label of the product inside a sentence, `<a>` whatever `link` makes of it.
 */
export function Sentence({
  of,
  params,
  link,
}: {
  of: MessageKey;
  params?: MessageParams | undefined;
  link?: (words: ReactNode) => ReactNode;
}): ReactNode {
  const language = useLanguage();
  const parts = formatRich<ReactNode>(language, of, params, {
    b: (words) => createElement('strong', null, ...words),
    i: (words) => createElement('em', null, ...words),
    a: (words) => (link ? link(createElement(Fragment, null, ...words)) : createElement(Fragment, null, ...words)),
  });
  return createElement(Fragment, null, ...parts);
}
