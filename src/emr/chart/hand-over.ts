import { columnsNeeded } from '../../fhir/columns.ts';
import type { WithheldCell } from '../../fhir/outcome.ts';
import { problem } from '../../platform/problem.ts';
import { noteAccess } from '../audit/access.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import type { EmrContext } from '../context.ts';
import { findByIds, permissionVersion, type ResourceRow } from '../fhir/resources.sql.ts';
import { findWithheld } from '../fhir/withheld.ts';
import { asPrincipal } from '../principal.ts';
import { type Actor, listValues } from './chart.sql.ts';
import * as sql from './saved-for-ocean.sql.ts';

export interface HandedOverSet {
  readonly documents: readonly ResourceRow[];
  readonly reports: readonly ResourceRow[];
  readonly observations: readonly ResourceRow[];
  readonly withheld: readonly WithheldCell[];
  readonly permissionVersion: string;
}

/**
 * What was saved for this patient, once. What the caller may not have stays and waits for its grant until the hour is over; which cells
 * that may be is said of the whole roster, so that it says nothing about this patient. 410 where all that the caller could have was
 * fetched or has expired; 404 where there is nothing that he could have known of.
 */
export function handOverSaved(
  context: EmrContext,
  actor: Actor,
  patientId: string,
  requestId?: string,
): Promise<HandedOverSet> {
  const { pool, clock } = context;
  return asPrincipal(pool, actor, async (tx) => {
    const now = clock.now();
    const handed = await sql.handOver(tx, actor, patientId, now);
    if (handed.length === 0) {
      const why = await sql.whyNothingWaits(tx, actor, patientId, now);
      throw why ? problem('gone', `chart.ocean.${why}`) : problem('not-found', 'problem.not-found');
    }
    const idsOf = (type: sql.SavedType) => handed.filter((one) => one.type === type).map(({ itemId }) => itemId);
    const reportIds = idsOf('DiagnosticReport');
    const documents = await findByIds(tx, actor, 'DocumentReference', idsOf('DocumentReference'));
    const reports = await findByIds(tx, actor, 'DiagnosticReport', reportIds);
    const values = await listValues(tx, actor, reportIds);
    const observations = await findByIds(
      tx,
      actor,
      'Observation',
      values.map(({ observationId }) => observationId),
    );
    // A grant went between two statements: what was taken must not be lost, so all of it is put back.
    if (documents.length + reports.length !== handed.length) throw problem('unavailable', 'problem.unavailable');
    noteAccess({ shown: handed.map(({ type, itemId }) => `${type}/${itemId}`) });
    await recordAudit(tx, {
      ...actor,
      action: 'fetch-for-ocean',
      entity: 'patient',
      entityId: patientId,
      after: { documentIds: idsOf('DocumentReference'), reportIds },
      requestId,
    });
    const needed = columnsNeeded.DocumentReference | columnsNeeded.DiagnosticReport;
    return {
      documents,
      reports,
      observations,
      permissionVersion: await permissionVersion(tx, actor),
      withheld: await findWithheld(tx, actor, 'DocumentReference', { needed, offices: null, providers: null }),
    };
  });
}
