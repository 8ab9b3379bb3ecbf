// What the forms of a link's page carry, so that the server keeps nothing between two of them and needs no cookie: the step that the person
// has reached and since when, signed with a key of the link that never leaves the server.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** `form`: the page was read. `known`: the birth date was right. `cancel`: and *I cannot come* was pressed. */
export const formSteps = ['form', 'known', 'cancel'] as const;
export type FormStep = (typeof formSteps)[number];

/** How long a page may lie open before its buttons are pressed. */
const validSeconds: Readonly<Record<FormStep, number>> = { form: 60 * 60, known: 15 * 60, cancel: 15 * 60 };

const signatureOf = (key: Buffer, step: FormStep, seconds: number): Buffer =>
  createHmac('sha256', key).update(`${step} ${seconds}`).digest();

export function makeFormToken(key: Buffer, step: FormStep, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  return `${step}.${seconds}.${signatureOf(key, step, seconds).toString('base64url')}`;
}

/** The step that a form was made for; undefined for one that is not ours, another link's, or too old. */
export function readFormToken(
  key: Buffer,
  text: string,
  now: Date,
  valid: Readonly<Record<FormStep, number>> = validSeconds,
): FormStep | undefined {
  const found = /^(form|known|cancel)\.(\d{1,12})\.([\w-]{43})$/.exec(text);
  if (!found) return undefined;
  const step = found[1] as FormStep;
  const seconds = Number(found[2]);
  if (!timingSafeEqual(signatureOf(key, step, seconds), Buffer.from(found[3]!, 'base64url'))) return undefined;
  const age = now.getTime() / 1000 - seconds;
  return age >= -1 && age <= valid[step] ? step : undefined;
}
