/** One area of the catalogue. Every key stands in both languages, or the file does not compile. */
export interface Area<Key extends string> {
  readonly en: Readonly<Record<Key, string>>;
  readonly fr: Readonly<Record<Key, string>>;
}

/**
 * Declares an area. The English text decides which keys exist; French must have exactly those.
 * Texts are ICU messages (`{name}`, `{count, plural, one {…} other {…}}`). Write ’ and not ' in a sentence:
 * in ICU a straight apostrophe before a brace starts a quotation and would swallow the placeholder.
 */
export const bothLanguages = <const En extends Readonly<Record<string, string>>>(
  en: En,
  fr: Readonly<Record<NoInfer<keyof En>, string>>,
): Area<keyof En & string> => ({ en, fr });
