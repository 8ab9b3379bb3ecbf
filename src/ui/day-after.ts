/** The calendar date `days` after `date` (both 'YYYY-MM-DD'); undefined when `date` is none. No time zone takes part. */
export function dayAfter(date: string, days: number): string | undefined {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(start)) return undefined;
  return new Date(start + days * 86_400_000).toISOString().slice(0, 10);
}
