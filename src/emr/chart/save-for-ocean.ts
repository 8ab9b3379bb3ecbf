import { columnsNeeded, noColumns } from '../../fhir/columns.ts';
import { problem } from '../../platform/problem.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import type { SavedSet, SaveForOceanRequest } from '../contract/chart.ts';
import { type Pair, pairKey } from '../permissions/require-pair.ts';
import { asPrincipal, withRoster } from '../principal.ts';
import { cellsMissing } from './cells.ts';
import { type Actor, findIntegrationUser, listRosterPlaces } from './chart.sql.ts';
import * as sql from './saved-for-ocean.sql.ts';

export const savedLifetimeMs = 60 * 60 * 1000;

/**
 * Picks documents and results of a patient for the integration user to fetch within the hour. All of them or none: 400 names those that
 * are not there for this user. The answer names the cells that the integration user lacks, because it would otherwise be told of them
 * only when somebody misses the attachment.
 */
export function saveForOcean(
  context: EmrContext,
  actor: Actor,
  { patientId, documentIds, reportIds }: SaveForOceanRequest & { readonly patientId: string },
  requestId?: string,
): Promise<SavedSet> {
  const { pool, clock } = context;
  const { tenantId } = actor;
  return asPrincipal(pool, actor, async (tx) => {
    const now = clock.now();
    const until = new Date(now.getTime() + savedLifetimeMs);
    const integration = await findIntegrationUser(tx, tenantId);
    if (!integration) throw problem('conflict', 'chart.problem.no-integration');
    await sql.clearSaved(tx, tenantId, new Date(now.getTime() - sql.keptAfterMs));
    const save = (type: sql.SavedType, ids: readonly string[]) =>
      sql.saveItems(tx, actor, type, { patientId, ids, now, until });
    const documents = await save('DocumentReference', documentIds);
    const reports = await save('DiagnosticReport', reportIds);
    const fields = [
      ...notAmong(documentIds, documents).map((id) => ({ path: 'documentIds', id })),
      ...notAmong(reportIds, reports).map((id) => ({ path: 'reportIds', id })),
    ];
    if (fields.length > 0) throw problem('invalid', 'chart.problem.cannot-save', {}, { where: 'body', fields });
    await recordAudit(tx, {
      ...actor,
      action: 'save-for-ocean',
      entity: 'patient',
      entityId: patientId,
      after: { documentIds, reportIds, until },
      requestId,
    });
    const places = await withRoster(tx, () => listRosterPlaces(tx, tenantId, integration.userId));
    const ofSet = places.map((place) => {
      const here = (items: readonly Pair[]) => items.some((one) => pairKey(one) === pairKey(place));
      const needed =
        (here(documents) ? columnsNeeded.DocumentReference : noColumns) |
        (here(reports) ? columnsNeeded.DiagnosticReport : noColumns);
      return cellsMissing([place], needed);
    });
    return { documentIds, reportIds, until: until.toISOString(), integrationLacks: ofSet.flat() };
  });
}

const notAmong = (ids: readonly string[], found: readonly sql.SavedItem[]): string[] =>
  ids.filter((id) => !found.some(({ itemId }) => itemId === id));

/** Takes back what still waits for this patient, or the one item of it that is named. What was fetched stays fetched. */
export function takeBackSaved(
  context: EmrContext,
  actor: Actor,
  { patientId, item }: { readonly patientId: string; readonly item?: sql.SavedName },
  requestId?: string,
): Promise<void> {
  return asPrincipal(context.pool, actor, async (tx) => {
    const taken = await sql.takeBack(tx, actor, patientId, item);
    if (taken === 0) return;
    await recordAudit(tx, {
      ...actor,
      action: 'take-back-for-ocean',
      entity: 'patient',
      entityId: patientId,
      after: { taken, ...item },
      requestId,
    });
  });
}
