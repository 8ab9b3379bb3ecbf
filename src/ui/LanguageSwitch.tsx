import { languages } from '../language/messages.ts';
import { useLanguage, useT } from './language.tsx';
import { chooseLanguage } from './language-choice.ts';

/** EN | FR. Each language is named in itself, so that a person finds their own. */
export function LanguageSwitch() {
  const t = useT();
  const current = useLanguage();
  return (
    <fieldset className="language" aria-label={t('frame.language')}>
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === current}
          onClick={() => chooseLanguage(language)}
        >
          {language.toUpperCase()} <span className="vh">{t(`frame.language.${language}`)}</span>
        </button>
      ))}
    </fieldset>
  );
}
