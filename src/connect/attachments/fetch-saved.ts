// Fetches what was picked with *Save for Ocean* in the EMR, for a member of the portal who writes a message, and says why nothing came.
import { bitOf, type ColumnSet, columnsNeeded } from '../../fhir/columns.ts';
import { columnsMissing, type PermissionCoverage } from '../../fhir/permission-coverage.ts';
import type { MessageKey } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/db.ts';
import { mediaTypeOf } from '../../platform/media.ts';
import { Problem } from '../../platform/problem.ts';
import { files, savedFetches } from '../../portal/index.ts';
import type { EmrClient } from '../emr-client/emr-client.ts';
import { EmrError } from '../emr-client/emr-error.ts';
import type { FhirResource } from '../emr-client/resources.ts';

export interface FetchContext {
  /** Role portal_sync. */
  readonly pool: Pool;
  readonly clock: Clock;
}

interface Outcome {
  readonly failed: boolean;
  readonly reason: MessageKey | null;
  /** By which columns something came; absent: nothing did. */
  readonly columnsRead?: ColumnSet;
}

/** What is picked may lie with any schedule: which of them Cloud Connect may not fetch from, and for what. */
function lackingIn({ offices, schedules }: PermissionCoverage): savedFetches.Lacking[] {
  const needed = columnsNeeded.DocumentReference | columnsNeeded.DiagnosticReport;
  const memberOf = new Set(offices.filter(({ member }) => member).map(({ officeId }) => officeId));
  return schedules
    .map(({ officeId, providerId, ...row }) => ({
      officeId,
      providerId,
      columns: columnsMissing(row, memberOf.has(officeId), needed),
    }))
    .filter(({ columns }) => columns !== 0);
}

/** Settles one that was claimed, whatever becomes of it. */
export async function fetchSaved(
  context: FetchContext,
  client: EmrClient,
  asked: savedFetches.AskedFetch,
): Promise<void> {
  let lacking: savedFetches.Lacking[] = [];
  let outcome: Outcome;
  try {
    lacking = lackingIn(await client.coverage());
  } catch (error) {
    // One that does not say what it withholds may give it all the same.
    if (!(error instanceof EmrError)) throw error;
  }
  try {
    outcome = await bring(context, client, asked, lacking);
  } catch (error) {
    if (!(error instanceof EmrError)) throw error;
    outcome = { failed: true, reason: 'messages.saved.no-answer' };
  }
  await savedFetches.settleFetch(context.pool, asked, { ...outcome, lacking });
}

async function bring(
  context: FetchContext,
  client: EmrClient,
  asked: savedFetches.AskedFetch,
  lacking: readonly savedFetches.Lacking[],
): Promise<Outcome> {
  const { status, resource } = await client.operate(`Patient/${asked.patientId}/$saved-for-ocean`);
  if (status === 410) return { failed: true, reason: 'messages.saved.gone' };
  if (status === 403 || status === 404) {
    const ofPair = lacking.find((one) => one.officeId === asked.officeId && one.providerId === asked.providerId);
    const isBlind = ofPair !== undefined && (ofPair.columns & (bitOf.Visible | bitOf.EMR)) !== 0;
    return { failed: true, reason: isBlind ? 'messages.saved.lacking' : 'messages.saved.nothing' };
  }
  if (status >= 300 || resource?.resourceType !== 'Bundle')
    return { failed: true, reason: 'messages.saved.not-offered' };
  const entries = ((resource['entry'] ?? []) as readonly { readonly resource?: FhirResource }[]).flatMap(
    (one) => one.resource ?? [],
  );
  const observations = new Map(
    entries.filter((one) => one.resourceType === 'Observation').map((one) => [`Observation/${one.id}`, one]),
  );
  let came = 0;
  let columnsRead: ColumnSet = 0;
  let refused: MessageKey | null = null;
  for (const entry of entries) {
    const content =
      entry.resourceType === 'DocumentReference'
        ? documentOf(client, entry)
        : entry.resourceType === 'DiagnosticReport'
          ? reportOf(entry, observations)
          : undefined;
    if (content === undefined) continue;
    if (content === 'unreadable') {
      refused = 'messages.saved.unreadable';
      continue;
    }
    try {
      await files.storeFile(context.pool, {
        ...content,
        siteId: asked.siteId,
        clock: context.clock,
        claim: (tx, fileId) => savedFetches.setFetch(tx, asked, fileId),
      });
      came += 1;
      columnsRead |= entry.resourceType === 'DocumentReference' ? bitOf.EMR : bitOf.Labs;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused = error.kind === 'too-large' ? 'messages.saved.too-large' : 'messages.saved.unreadable';
    }
  }
  return { failed: came === 0, reason: came === 0 ? (refused ?? 'messages.saved.nothing') : refused, columnsRead };
}

type Content = Pick<Parameters<typeof files.storeFile>[1], 'mediaType' | 'title' | 'source'>;

interface Attachment {
  readonly attachment?: { readonly contentType?: string; readonly url?: string; readonly title?: string };
}

function documentOf(client: EmrClient, document: FhirResource): Content | 'unreadable' {
  const [content] = (document['content'] ?? []) as readonly Attachment[];
  const mediaType = mediaTypeOf(content?.attachment?.contentType);
  const url = content?.attachment?.url;
  if (!mediaType || url === undefined) return 'unreadable';
  const title = String(document['description'] ?? content?.attachment?.title ?? '').slice(0, 120) || 'document';
  return { mediaType, title, source: client.content(url) };
}

interface Quantity {
  readonly value?: number;
  readonly unit?: string;
}
const quantityText = (one: Quantity | undefined): string =>
  [one?.value, one?.unit].filter((part) => part !== undefined).join(' ');

/** A result as text: its name, its day, a line for each value, the conclusion. */
function reportOf(report: FhirResource, observations: ReadonlyMap<string, FhirResource>): Content {
  const nameOf = (one: FhirResource) => (one['code'] as { readonly text?: string } | undefined)?.text ?? '–';
  const results = (report['result'] ?? []) as readonly { readonly reference?: string }[];
  const lines = results.flatMap(({ reference }) => {
    const one = observations.get(/Observation\/[^/]+$/.exec(reference ?? '')?.[0] ?? '');
    if (!one) return [];
    const [range] = (one['referenceRange'] ?? []) as readonly { readonly low?: Quantity; readonly high?: Quantity }[];
    const value = String(one['valueString'] ?? quantityText(one['valueQuantity'] as Quantity | undefined));
    const between = range ? ` (${quantityText(range.low)} – ${quantityText(range.high)})` : '';
    return [`${nameOf(one)}: ${value}${between}`];
  });
  const title = nameOf(report);
  const day = String(report['effectiveDateTime'] ?? '').slice(0, 10);
  const text = [title, day, '', ...lines, '', report['conclusion'] ?? ''].join('\n').trimEnd();
  return {
    mediaType: 'text/plain',
    title: `${title} ${day}`.trim().slice(0, 120),
    source: (async function* () {
      yield Buffer.from(`${text}\n`, 'utf8');
    })(),
  };
}
