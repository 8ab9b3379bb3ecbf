import { type Language, localeOf } from './messages.ts';

/** "one, two and three". */
export const listOf = (language: Language, items: Iterable<string>): string =>
  new Intl.ListFormat(localeOf[language], { type: 'conjunction' }).format(items);
