// Mails about an account: the links that open one, and word of what was done to it.
import { format, type Language } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import { newId, randomToken, sha256 } from '../../platform/ids.ts';
import { localText } from '../../platform/zones.ts';
import type { PortalContext } from '../context.ts';
import { queueMail } from '../mail/mail.ts';
import * as sql from './account-links.sql.ts';

/** The screens that the links lead to, under the portal's address. The token stands behind the #, which browsers send nowhere. */
const accountPaths = { invitation: '/invitation', 'password-reset': '/new-password' } as const;

/** What whoever has an account hears of without having asked: if it was not he, he learns of it. */
export type AccountNotice = 'password-changed' | 'second-factor-reset';

interface AccountMail {
  readonly siteId: number;
  readonly email: string;
  readonly language: Language;
}

interface Said {
  readonly what: sql.LinkPurpose | AccountNotice;
  /** Told in the site's zone. */
  readonly at: Date;
  readonly params?: { readonly by: string; readonly url: string };
  readonly sendUntil: Date | null;
  readonly now: Date;
}

async function mailAccount(tx: Db, { siteId, email, language }: AccountMail, said: Said): Promise<string> {
  const { name, zone } = await sql.readSiteForMail(tx, siteId);
  const params = { ...said.params, site: name, at: localText(zone, said.at).slice(0, 16), zone };
  return queueMail(tx, {
    siteId,
    about: null,
    sendUntil: said.sendUntil,
    unlessConfirmed: false,
    toStaff: true,
    recipient: email,
    content: {
      fromName: name,
      subject: format(language, `users.mail.${said.what}.subject`, params),
      text: format(language, `users.mail.${said.what}.text`, params),
    },
    now: said.now,
  });
}

export interface AccountLinkMail extends AccountMail {
  readonly purpose: sql.LinkPurpose;
  readonly lifetimeMs: number;
  readonly link: Pick<sql.NewLink, 'role' | 'userId' | 'createdBy'>;
  /** Display name of who invites. */
  readonly by?: string;
}

/** A new link and the e-mail that carries it, in the caller's transaction, which row-level security binds to the site. Resolves to the link's id. */
export async function mailAccountLink(
  tx: Db,
  { clock, publicUrl }: Pick<PortalContext, 'clock' | 'publicUrl'>,
  mail: AccountLinkMail,
): Promise<string> {
  const { purpose, by = '', lifetimeMs, link, siteId, email } = mail;
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + lifetimeMs);
  const token = randomToken();
  const url = `${publicUrl}${accountPaths[purpose]}#${token}`;
  const said: Said = { what: purpose, at: expiresAt, params: { by, url }, sendUntil: expiresAt, now };
  const mailId = await mailAccount(tx, mail, said);
  const linkId = newId();
  await sql.insertLink(tx, {
    ...link,
    siteId,
    linkId,
    purpose,
    email,
    mailId,
    tokenHash: sha256(token),
    now,
    expiresAt,
  });
  return linkId;
}

/** In the transaction of what it tells. */
export async function mailAccountNotice(tx: Db, mail: AccountMail, what: AccountNotice, now: Date): Promise<void> {
  await mailAccount(tx, mail, { what, at: now, sendUntil: null, now });
}
