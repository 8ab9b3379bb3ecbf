import { format, isMessageKey, type Language } from '../../language/messages.ts';
import type { Probe } from '../contract/certificates.ts';
import { columnNames } from '../sync/sync-status.ts';

/** In the reader's language. A key that this version does not know is shown as it is: a certificate outlives the words of its time. */
export function sayProbe(language: Language, { said }: Pick<Probe, 'said'>): string {
  if (!isMessageKey(said.key)) return said.key;
  const { columns } = said.params;
  return format(language, said.key, {
    ...said.params,
    ...(typeof columns === 'number' ? { columns: columnNames(language, columns) } : {}),
  });
}
