import { formatDate } from '../../language/dates.ts';
import type { Language } from '../../language/messages.ts';
import { localeOf } from '../../language/messages.ts';

/** The wall clock of whoever looks: for what belongs to no office. */
export const ownZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** An instant by an office's wall clock: "10 Nov 2026, 08:14". */
export function formatInstant(language: Language, instant: string, zone: string): string {
  // Swedish writes YYYY-MM-DD HH:MM, whatever the browser's own language is.
  const [day = '', time = ''] = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
    .format(new Date(instant))
    .split(' ');
  return `${formatDate(language, day, 'day')}, ${time}`;
}

/** "Pacific Time", as the browser knows it; the zone's own name where it does not. */
export function zoneName(language: Language, zone: string): string {
  const parts = new Intl.DateTimeFormat(localeOf[language], {
    timeZone: zone,
    timeZoneName: 'longGeneric',
  }).formatToParts(new Date());
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
}
