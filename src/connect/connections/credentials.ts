import { openSecret } from '../../platform/sealed.ts';
import type { EmrAddress } from '../emr-client/emr-client.ts';
import type { Connection } from './connections.sql.ts';

/** Where a connection's EMR is and who we are there; undefined when the stored secret does not open with this key. */
export function addressOf(
  {
    baseUrl,
    clientId,
    credentialSealed,
    connectionId,
  }: Pick<Connection, 'baseUrl' | 'clientId' | 'credentialSealed' | 'connectionId'>,
  sealingKey: Buffer,
): EmrAddress | undefined {
  try {
    return { baseUrl, clientId, clientSecret: openSecret(credentialSealed, sealingKey, connectionId) };
  } catch {
    return undefined;
  }
}
