import { z } from 'zod';

/** YYYY-MM-DD in the years that zone data and PostgreSQL both speak of; the last day of year 9999 has no day after it. */
export const calendarDay = z.iso.date().refine((day) => day >= '1900-01-01' && day < '3000-01-01', {
  message: 'a day from 1900 to 2999',
});
