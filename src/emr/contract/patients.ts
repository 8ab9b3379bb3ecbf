import { z } from 'zod';

/**
 * POST /api/patients/search → FoundPatient[], at most `patientsFound`, of those the signed-in user may see. Each word is the beginning of a
 * name, a birth date (YYYY-MM-DD), a chart number or an id. By POST: what people are called stands in no address.
 */
export const patientSearchRequest = z.object({ search: z.string().trim().max(200) });
export const patientsFound = 20;

export interface FoundPatient {
  readonly patientId: string;
  readonly display: string;
  readonly birthDate: string | null;
  readonly chartNumber: string | null;
}
