import { z } from 'zod';

/** GET /api/notices, with ETag `"<version>"`; "0" before the first. */
export interface Notices {
  readonly version: number;
  readonly webhookUrl: string | null;
  readonly digestTo: readonly string[];
  /** HH:MM in the site's zone. */
  readonly digestAt: string;
  readonly digestLanguage: 'en' | 'fr';
  readonly digestDay: string | null;
  readonly digestProblem: string | null;
  /** This installation has a mail server. */
  readonly mails: boolean;
  /** The last that was told or tried by webhook; null: nothing yet. */
  readonly last: {
    readonly event: string;
    readonly gapId: string;
    readonly madeAt: string;
    readonly toldAt: string | null;
    readonly givenUp: boolean;
    readonly problem: string | null;
  } | null;
  /** Of the webhook's signatures (standardwebhooks.com); in the answer that made it, and never again. */
  readonly secret: string | null;
}

/** PUT /api/notices, If-Match. `invalid` names the field. A new address has a new secret. */
export const noticesRequest = z.object({
  webhookUrl: z.string().trim().max(1000).nullable(),
  digestTo: z.array(z.string().trim().max(254)).max(20),
  digestAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  digestLanguage: z.enum(['en', 'fr']),
});
export type NoticesRequest = z.infer<typeof noticesRequest>;

/** What a webhook says, and no more: nobody of a clinic is in it. */
export interface GapNotice {
  readonly type: 'gap.opened' | 'gap.ended';
  readonly timestamp: string;
  readonly data: {
    readonly gapId: string;
    readonly cause: string;
    readonly officeId: string | null;
    readonly providerId: string | null;
    readonly columns: readonly string[];
    readonly features: readonly string[];
    readonly ending?: string;
    readonly certificateId?: string | null;
  };
}
