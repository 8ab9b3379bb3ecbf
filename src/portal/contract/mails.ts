/** src/portal/mail/mail.ts says how they follow each other. */
export const mailStates = ['due', 'sending', 'accepted', 'uncertain', 'failed', 'cancelled'] as const;
export type MailState = (typeof mailStates)[number];

/** Why a mail was not sent, or cannot be. */
export const mailReasons = [
  'gone',
  'visibility-lost',
  'unconfirmed',
  'cancelled',
  'moved',
  'back',
  'confirmed',
  'opted-out',
  'address-changed',
  'too-late',
  'bad-address',
  'refused-address',
  'refused',
  'given-up',
  'said-by-staff',
] as const;
export type MailReason = (typeof mailReasons)[number];

/** POST /api/mails/:id/send-again, …/was-sent: of an uncertain mail. */
export const mailDecisions = ['send-again', 'was-sent'] as const;
export type MailDecision = (typeof mailDecisions)[number];

/** Of GET /api/tasks: a mail that a person has to look at. */
export const mailTaskReasons = ['mail-uncertain', 'mail-refused', 'mail-given-up'] as const;
export type MailTaskReason = (typeof mailTaskReasons)[number];
