// What may stand in an envelope and in a header. Nodemailer strips line ends as well; this is the wall before it, and it does not depend on
// which of its options somebody uses one day (docs/decisions/0049-mail-never-twice.md).

/** Also for PostgreSQL, whose regular expressions read it alike. The lengths are asked for beside it. */
export const mailAddress: RegExp =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * The addresses that every mail server takes (RFC 5321, without quoted local parts, address literals and SMTPUTF8): what people write who
 * have an address. 254 characters in all, 64 before the @.
 */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && text.indexOf('@') <= 64 && mailAddress.test(text);
}

/** `text` as one line: whatever could end a header, or hide in one, is a space. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
