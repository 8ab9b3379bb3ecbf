// Questions to the EMR while a person waits for a page: they have a deadline, and an answer that does not come is a sentence.
import { bitOf, includesColumns } from '../../fhir/columns.ts';
import type { PermissionCoverage } from '../../fhir/permission-coverage.ts';
import { format, type Language } from '../../language/messages.ts';
import type { ConnectionTest } from '../contract/settings.ts';
import { createEmrClient, type EmrAddress, type EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import { readCoverage } from '../emr-client/read-coverage.ts';

export const deadlineSeconds = 10;

/** Throws EmrError, also when the answer is not there in time. */
export async function askEmr<T>(
  address: EmrAddress,
  ask: (client: EmrClient) => Promise<T>,
  seconds: number = deadlineSeconds,
): Promise<T> {
  const signal = AbortSignal.timeout(seconds * 1000);
  const client = createEmrClient(address, { signal });
  try {
    return await ask(client);
  } catch (error) {
    if (signal.aborted && !(error instanceof EmrError)) {
      throw new EmrError('address', 'connect.settings.no-answer', { seconds });
    }
    throw error;
  } finally {
    await client.close();
  }
}

export const sentenceOf = (error: EmrError, language: Language): string => format(language, error.key, error.params);

const isVisible = (columnsHeld: number): boolean => includesColumns(columnsHeld, bitOf.Visible);

/** How many of the roster's providers the integration user can see somewhere. */
function countProviders({ schedules }: PermissionCoverage): { readonly visible: number; readonly total: number } {
  const visible = new Set(schedules.filter((row) => isVisible(row.columnsHeld)).map((row) => row.providerId));
  return { visible: visible.size, total: new Set(schedules.map((row) => row.providerId)).size };
}

/** Address, TLS, token, permission, data, in this order; the first that fails is the answer. */
export async function testConnection(
  address: EmrAddress,
  language: Language,
  seconds?: number,
): Promise<ConnectionTest> {
  try {
    return await askEmr(
      address,
      async (client): Promise<ConnectionTest> => {
        const coverage = await readCoverage(client, { mustBeProved: false });
        const { username } = coverage;
        const { visible, total } = countProviders(coverage);
        if (coverage.certainty === 'evidence') {
          await client.pages('Appointment?_count=1').next();
          const text = `${format(language, 'connect.settings.test.lists', { total })} ${format(language, 'sync.certainty.evidence')}`;
          return { ok: total > 0, failed: total > 0 ? null : 'data', text };
        }
        if (visible === 0) {
          const text = format(language, 'connect.settings.test.nothing-held', { username, total });
          return { ok: false, failed: 'permission', text };
        }
        await client.pages('Appointment?_count=1').next();
        return {
          ok: true,
          failed: null,
          text: format(language, 'connect.settings.test.works', { username, visible, total }),
        };
      },
      seconds,
    );
  } catch (error) {
    if (!(error instanceof EmrError)) throw error;
    return { ok: false, failed: error.failure, text: sentenceOf(error, language) };
  }
}
