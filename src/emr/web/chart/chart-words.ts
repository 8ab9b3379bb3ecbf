// How the chart says a time, a place, a size and an amount.
import { formatDate, formatNumber } from '../../../language/dates.ts';
import { isMessageKey, type Language, localeOf, type MessageKey } from '../../../language/messages.ts';
import type { ChartPlace, Interpretation, LocalTime } from '../../contract/chart.ts';

export const placeWords = ({ provider, office }: ChartPlace): string => `${provider}, ${office}`;

export const pairOf = ({ officeId, providerId }: Pick<ChartPlace, 'officeId' | 'providerId'>): string =>
  JSON.stringify([officeId, providerId]);

/** "24 Nov 2026, 09:15": the wall clock of the entry's office. */
export const timeWords = (language: Language, { date, time }: LocalTime): string =>
  `${formatDate(language, date, 'day')}, ${time}`;

/** The product keeps money of one currency, in cents. */
export const moneyWords = (language: Language, cents: number): string =>
  new Intl.NumberFormat(localeOf[language], {
    style: 'currency',
    currency: 'CAD',
    currencyDisplay: 'narrowSymbol',
  }).format(cents / 100);

/** A file's size in the unit that leaves one to four digits. */
export function sizeOf(language: Language, bytes: number): { readonly unit: 'kb' | 'mb'; readonly size: string } {
  return bytes < 1_000_000
    ? { unit: 'kb', size: formatNumber(language, Math.max(1, Math.round(bytes / 1000))) }
    : { unit: 'mb', size: formatNumber(language, Math.round(bytes / 100_000) / 10) };
}

export const interpretationWord = (interpretation: Interpretation) =>
  `chart-page.interpretation.${interpretation.toLowerCase() as Lowercase<Interpretation>}` as const;

/** Statuses of entries that a person has to know of; the usual ones say nothing. */
export function statusWord(status: string): MessageKey | undefined {
  const key = `chart-page.status.${status}`;
  return status !== 'current' && status !== 'finished' && status !== 'billed' && isMessageKey(key) ? key : undefined;
}
