import type { Language } from './messages.ts';
import { localeOf } from './messages.ts';

// Own tables and not Intl: the screens, the tests and the e-mails must agree whatever ICU a browser carries
// (Chrome has changed "Sept." and "mar." between versions), and a calendar date has no time zone to go wrong in.
const names = {
  en: {
    weekday: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
    weekdayLong: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
    month: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
    monthLong: [
      'January',
      'February',
      'March',
      'April',
      'May',
      'June',
      'July',
      'August',
      'September',
      'October',
      'November',
      'December',
    ],
  },
  fr: {
    weekday: ['dim.', 'lun.', 'mar.', 'mer.', 'jeu.', 'ven.', 'sam.'],
    weekdayLong: ['dimanche', 'lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi'],
    month: ['janv.', 'févr.', 'mars', 'avr.', 'mai', 'juin', 'juill.', 'août', 'sept.', 'oct.', 'nov.', 'déc.'],
    monthLong: [
      'janvier',
      'février',
      'mars',
      'avril',
      'mai',
      'juin',
      'juillet',
      'août',
      'septembre',
      'octobre',
      'novembre',
      'décembre',
    ],
  },
} as const;

/** `weekday` Tue 24 Nov 2026 · `day` 24 Nov 2026 · `short` 24 Nov · `long` Tuesday 24 November 2026. */
export type DateStyle = 'weekday' | 'day' | 'short' | 'long';

/** A calendar date ('YYYY-MM-DD') in words. No time zone takes part. Text that is no such date comes back as it is. */
export function formatDate(language: Language, date: string, style: DateStyle = 'weekday'): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) return date;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const utc = new Date(Date.UTC(year, month - 1, day));
  if (utc.getUTCMonth() !== month - 1 || utc.getUTCDate() !== day) return date;
  const words = names[language];
  const number = language === 'fr' && day === 1 ? '1er' : String(day);
  const weekday = utc.getUTCDay();
  if (style === 'long') return `${words.weekdayLong[weekday]} ${number} ${words.monthLong[month - 1]} ${year}`;
  const short = `${number} ${words.month[month - 1]}`;
  if (style === 'short') return short;
  return style === 'day' ? `${short} ${year}` : `${words.weekday[weekday]} ${short} ${year}`;
}

/** A wall time ('HH:MM') as a letter writes it: 14:30, and 14 h 30 in French. The columns of the screens keep the colon. */
export const formatTime = (language: Language, time: string): string =>
  language === 'fr' ? time.replace(':', ' h ') : time;

const numbers = { en: new Intl.NumberFormat(localeOf.en), fr: new Intl.NumberFormat(localeOf.fr) };

/** A number with the language's separators: 3,396 and 3 396. */
export const formatNumber = (language: Language, value: number): string => numbers[language].format(value);
