// What a write is answered with: status, headers that name the version, and as much of it as `Prefer` asks for.
import { outcome } from '../../fhir/outcome.ts';
import { format, type Language } from '../../language/messages.ts';
import type { Db } from '../../platform/database/db.ts';
import type { Caller } from '../oauth/caller.ts';
import type { FhirAnswer } from './fhir-answer.ts';
import { findVersion } from './history.sql.ts';
import { findByIds, findVersionsByIds, type VersionRow } from './resources.sql.ts';
import { type ResourceType, resources } from './resources.ts';
import type { Written } from './write-resource.ts';

export type Preference = 'minimal' | 'representation' | 'OperationOutcome';

export const preferenceOf = (prefer: string | undefined): Preference => {
  const wanted = /(?:^|[,;\s])return=(minimal|representation|OperationOutcome)\b/.exec(prefer ?? '')?.[1];
  return (wanted as Preference | undefined) ?? 'representation';
};

export interface AnswerWrite {
  readonly prefer: Preference;
  readonly baseUrl: string;
  readonly language: Language;
}

/** Made from the version that was written, as the caller may see it now. */
export async function answerWrite(tx: Db, caller: Caller, written: Written, options: AnswerWrite): Promise<FhirAnswer> {
  const { type, id, version } = written;
  if (version === null) return answerOf(written, undefined, options);
  const row = resources[type].historyFrom
    ? await findVersion(tx, caller, type, id, version)
    : (await findByIds(tx, caller, type, [id]))[0];
  return answerOf(written, row, options);
}

/** Of what this transaction has created, all of one type: read with one statement, since each is still what it was created as. */
export async function answerCreated(
  tx: Db,
  caller: Caller,
  type: ResourceType,
  ids: readonly string[],
  options: AnswerWrite,
): Promise<Map<string, FhirAnswer>> {
  // Whoever does not want them back has nothing put together for him but the version.
  const find = options.prefer === 'representation' ? findByIds : findVersionsByIds;
  const rows = new Map<string, VersionRow & { readonly json?: string }>();
  for (const row of await find(tx, caller, type, ids)) rows.set(row.id, row);
  return new Map(
    ids.map((id) => {
      const row = rows.get(id);
      // A booking whose id was there before goes on counting after its tombstone.
      return [id, answerOf({ status: 201, type, id, version: row?.version ?? 1 }, row, options)];
    }),
  );
}

function answerOf(
  { status, type, id, version }: Written,
  row: { readonly json?: string; readonly lastUpdated: Date | null } | undefined,
  { prefer, baseUrl, language }: AnswerWrite,
): FhirAnswer {
  const told = (text: string): string =>
    JSON.stringify(outcome({ severity: 'information', code: 'informational', details: { text } }));
  if (version === null) {
    if (prefer !== 'OperationOutcome') return { status, headers: {}, body: null };
    return { status: 200, headers: {}, body: told(format(language, 'fhir.deleted')) };
  }
  const headers = {
    etag: `W/"${version}"`,
    location: `${baseUrl}/${type}/${id}${resources[type].historyFrom ? `/_history/${version}` : ''}`,
    ...(row?.lastUpdated ? { 'last-modified': row.lastUpdated.toUTCString() } : {}),
  };
  if (prefer === 'OperationOutcome') {
    return { status, headers, body: told(format(language, 'fhir.written', { type, id, version })) };
  }
  return { status, headers, body: prefer === 'minimal' ? null : (row?.json ?? null) };
}
