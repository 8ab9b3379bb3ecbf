import type { Db } from '../../platform/database/db.ts';
import { randomToken, sha256 } from '../../platform/ids.ts';
import { insertOptOutLink } from './reminders.sql.ts';

interface OptingOut {
  readonly siteId: number;
  readonly connectionId: string;
  readonly patientId: string;
  readonly now: Date;
  /** Where patients reach the portal. */
  readonly publicUrl: string;
}

/** A link of one mail by which its patient gets no more of them. The token is in the mail alone. */
export async function makeOptOutUrl(tx: Db, { publicUrl, ...whose }: OptingOut): Promise<string> {
  const token = randomToken();
  await insertOptOutLink(tx, { ...whose, tokenHash: sha256(token) });
  return `${publicUrl}/opt-out/${token}`;
}
