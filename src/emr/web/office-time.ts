import { formatDate } from '../../language/dates.ts';
import { type Language, localeOf } from '../../language/messages.ts';
import { wallText } from '../../language/wall-clock.ts';
import { useLanguage } from '../../ui/language.tsx';
import { useMe } from './session.ts';

/**
 * An instant by the wall clock of an office's zone: "10 Nov 2026, 08:14". Without a zone: by the clock of the person's first office, and where
 * the clinic has offices in several zones it says which.
 */
export function useWallClock(): (instant: string, officeZone?: string) => string {
  const language = useLanguage();
  const me = useMe().data;
  return (instant, office) => {
    const zone = office ?? me?.zone ?? 'UTC';
    const offsets = me?.offsets[zone];
    const [day = '', time = ''] = wallText(offsets ?? utc, instant).split(' ');
    const told = `${formatDate(language, day, 'day')}, ${time.slice(0, 5)}`;
    if (!offsets) return `${told} UTC`;
    const severalZones = Object.keys(me?.offsets ?? {}).length > 1;
    return office === undefined && severalZones ? `${told} (${zoneName(language, zone)})` : told;
  };
}

const utc = [{ until: null, minutes: 0 }] as const;

/** "Pacific Time", as the browser knows it; the zone's own name where it does not. */
export function zoneName(language: Language, zone: string): string {
  const parts = new Intl.DateTimeFormat(localeOf[language], {
    timeZone: zone,
    timeZoneName: 'longGeneric',
  }).formatToParts(new Date());
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
}
