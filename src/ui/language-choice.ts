import type { Language } from '../language/messages.ts';
import { isLanguage, languageOf } from '../language/messages.ts';

const storageKey = 'tidegate.language';
const listeners = new Set<() => void>();

const stored = (): string | null => {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null; // A browser that refuses storage still gets the language of its settings.
  }
};

const first = (): Language => {
  const chosen = stored();
  return isLanguage(chosen) ? chosen : languageOf(navigator.languages.join(','));
};

let current: Language = typeof document === 'undefined' ? 'en' : first();
if (typeof document !== 'undefined') document.documentElement.lang = current;

/** The language of the screen. A module and not a React context: requests must name it before any effect has run. */
export const currentLanguage = (): Language => current;

/** Chooses the language, keeps it for this browser and app, and tells every screen that shows text. */
export function chooseLanguage(language: Language): void {
  current = language;
  document.documentElement.lang = language;
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // The choice then holds until the page is closed.
  }
  for (const tell of listeners) tell();
}

export function onLanguageChange(tell: () => void): () => void {
  listeners.add(tell);
  return () => {
    listeners.delete(tell);
  };
}
