import { z } from 'zod';

/** What is read and replaced as a whole, with the version that a replacement names as the one it was made from. */
export type Versioned<Whole> = Whole & { readonly version: string };

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

/**
 * GET, PUT /api/schedules/:officeId/:providerId/open-hours → Versioned<OpenHoursRequest>: the week in which the provider may be booked in
 * the office. Times are on the wall of the office; Monday is 1. For administrators and managers of the office. PUT: If-Match `"<version>"`
 * required, 412 with extra.current; 400 where hours of a day overlap, or there is no such schedule.
 */
export const openHoursRequest = z.object({
  hours: z
    .array(
      z
        .object({
          weekday: z.number().int().min(1).max(7),
          from: time,
          until: time.or(z.literal('24:00')),
          slotMinutes: z.number().int().min(5).max(240),
        })
        .refine(({ from, until }) => from < until),
    )
    .max(70),
});
export type OpenHoursRequest = z.infer<typeof openHoursRequest>;

/**
 * GET, PUT /api/appointment-types → Versioned<AppointmentTypesRequest>: what people come for, in the clinic's words. PUT for administrators
 * only, with If-Match as above.
 */
export const appointmentTypesRequest = z.object({
  types: z
    .array(z.object({ code: z.string().regex(/^[a-z0-9-]{1,64}$/), display: z.string().trim().min(1).max(200) }))
    .max(500),
});
export type AppointmentTypesRequest = z.infer<typeof appointmentTypesRequest>;
