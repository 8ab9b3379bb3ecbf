import { type MessageState, messageStates } from '../contract/patients.ts';

/** What the address of the page says: the same address shows the same page. */
export interface DayFilter {
  /** 'YYYY-MM-DD'; undefined: today in the site's zone, whatever day that has become. */
  readonly date?: string | undefined;
  readonly office?: string | undefined;
  /** None: every provider. */
  readonly provider: readonly string[];
  readonly search?: string | undefined;
  readonly message?: MessageState | undefined;
  /** The booking whose patient stands in the panel: a view of the page, and no filter. */
  readonly booking?: string | undefined;
}

const text = (value: unknown): string | undefined => {
  const words = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return words === '' ? undefined : words;
};

/** From an address, whoever has written it. */
export function readDayFilter(search: Readonly<Record<string, unknown>>): DayFilter {
  const date = text(search.date);
  const provider = Array.isArray(search.provider) ? search.provider : [search.provider];
  return {
    date: date !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : undefined,
    office: text(search.office),
    provider: provider.map(text).filter((id) => id !== undefined),
    search: text(search.search),
    message: messageStates.find((one) => one === search.message),
    booking: text(search.booking),
  };
}

/** For the address bar: what is at its default is left out. */
export const writeDayFilter = ({
  date,
  office,
  provider,
  search,
  message,
  booking,
}: DayFilter): Record<string, unknown> => ({
  ...(date !== undefined && { date }),
  ...(office !== undefined && { office }),
  ...(provider.length > 0 && { provider }),
  ...(search !== undefined && { search }),
  ...(message !== undefined && { message }),
  ...(booking !== undefined && { booking }),
});

/** The parameters of GET /api/patients, GET /api/patients.csv and GET /api/day-sheet. */
export function queryOf({ date, office, provider, search, message }: DayFilter): URLSearchParams {
  const query = new URLSearchParams();
  if (date !== undefined) query.set('date', date);
  if (office !== undefined) query.set('office', office);
  for (const id of provider) query.append('provider', id);
  if (search !== undefined) query.set('search', search);
  if (message !== undefined) query.set('message', message);
  return query;
}

/** Some of the day's bookings are left out by what they are, so that a short list says nothing about the day. */
export const isNarrowed = ({ search, message }: DayFilter): boolean => search !== undefined || message !== undefined;
