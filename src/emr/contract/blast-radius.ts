import { z } from 'zod';
import type { Impact } from '../../fhir/impact.ts';
import { permissionChange } from './security.ts';

/**
 * POST /api/users/:userId/provider-permissions/preview: what saving these changes would do, exactly, and nothing is done. Administrators
 * only. Refused as saving would be. officeIds: the offices that the user would belong to; left out: as now. joinOfficeIds: as well as those.
 */
export const previewRequest = z.object({
  changes: z.array(permissionChange).max(10_000),
  officeIds: z.array(z.string().min(1).max(64)).max(1000).optional(),
  joinOfficeIds: z.array(z.string().min(1).max(64)).max(1000).optional(),
});
export type PreviewRequest = z.infer<typeof previewRequest>;

export interface Moved {
  readonly appear: number;
  readonly disappear: number;
}

/** The EMR's own count, of what this user can read. A patient who stays visible through another schedule does not disappear. */
export interface BlastRadius {
  /** Bookings that begin from `from` on, whatever their status. */
  readonly bookings: Moved;
  readonly patients: Moved;
  /** ISO instant. */
  readonly from: string;
}

/**
 * POST /api/users/:userId/provider-permissions/preview/impact, with the same body. Asked at the address that the integration registered;
 * never taken for zero where there is no answer. not-integration: nobody is connected as this user.
 */
export type ImpactAnswer =
  | ({ readonly state: 'known' } & Impact)
  | { readonly state: 'unavailable'; readonly reason: 'no-address' | 'not-answered' | 'refused' }
  | { readonly state: 'not-integration' };
