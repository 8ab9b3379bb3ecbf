/** Where a page of a log ended, as clients carry it from one page to the next. */
export interface LogPosition {
  /** Microseconds since 1970, as text. */
  readonly at: string;
  readonly id: string;
}

export const positionText = ({ at, id }: LogPosition): string =>
  Buffer.from(JSON.stringify([at, id])).toString('base64url');

/** undefined: it is none of ours. */
export function positionIn(text: string): LogPosition | undefined {
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    const isPosition = typeof at === 'string' && /^\d{1,18}$/.test(at) && typeof id === 'string';
    return isPosition ? { at, id } : undefined;
  } catch {
    return undefined;
  }
}
