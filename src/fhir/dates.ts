// FHIR's search by date: a value is a range as wide as its precision, and a prefix says how the target stands to the range
// (https://hl7.org/fhir/R4/search.html#date). A value without a zone is read as UTC: a server of several offices has no
// local zone of its own, and says so in its CapabilityStatement.

/** [from, until) as instants with microseconds, and how the target stands to it. */
export interface DateCondition {
  readonly prefix: 'eq' | 'ne' | 'ge' | 'gt' | 'le' | 'lt';
  readonly from: string;
  readonly until: string;
}

const pattern =
  /^(eq|ne|ge|gt|le|lt|sa|eb)?(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/** Undefined when `text` is no date of FHIR's, or carries a prefix that an instant cannot answer (`ap`). */
export function parseDateCondition(text: string): DateCondition | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, prefix = 'eq', year, month, day, hour, minute, second, fraction, zone] = match;
  const numbers = [year, month ?? '01', day ?? '01', hour ?? '00', minute ?? '00', second ?? '00'].map(Number);
  const start = Date.UTC(numbers[0]!, numbers[1]! - 1, numbers[2]!, numbers[3]!, numbers[4]!, numbers[5]!);
  // Date.UTC carries 31 February over into March; such a value is refused, not guessed.
  const given = [numbers[0]!, numbers[1]!, numbers[2]!, numbers[3]!, numbers[4]!, numbers[5]!];
  const meant = new Date(start);
  const carried = [
    meant.getUTCFullYear(),
    meant.getUTCMonth() + 1,
    meant.getUTCDate(),
    meant.getUTCHours(),
    meant.getUTCMinutes(),
    meant.getUTCSeconds(),
  ];
  if (given.some((number, index) => number !== carried[index])) return undefined;
  const digits = fraction?.slice(0, 6) ?? '';
  const from = (start - offsetMs(zone)) * 1000 + Number(digits.padEnd(6, '0'));
  let until: number;
  if (fraction !== undefined) until = from + 10 ** (6 - digits.length);
  else if (second !== undefined) until = from + 1_000_000;
  else if (minute !== undefined) until = from + 60_000_000;
  else if (day !== undefined) until = from + 86_400_000_000;
  else if (month !== undefined) until = Date.UTC(numbers[0]!, numbers[1]!, 1) * 1000;
  else until = Date.UTC(numbers[0]! + 1, 0, 1) * 1000;
  const onInstants = prefix === 'sa' ? 'gt' : prefix === 'eb' ? 'lt' : prefix;
  return { prefix: onInstants as DateCondition['prefix'], from: instantText(from), until: instantText(until) };
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** Microseconds since 1970 as `2026-11-24T08:00:00.123456Z`. A double holds them exactly until the year 2255. */
function instantText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const rest = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${rest}Z`;
}
