// Every way of writing, for a request of its own and for an entry of a Bundle alike.

import { isFhirId } from '../../fhir/search-query.ts';
import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import type { Caller } from '../oauth/caller.ts';
import { type Interaction, requireScope } from '../oauth/scopes.ts';
import { isResourceType } from './resources.ts';
import * as write from './write-resource.ts';
import type { Versions, Writing } from './writer.ts';

export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base, without a query. */
  readonly path: string;
  readonly query: string;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
  readonly ifNoneExist: string | undefined;
  /** Of a resource that is created: named before it is written. */
  readonly newId?: string | undefined;
}

const interactionOf: Readonly<Record<WriteRequest['method'], Interaction>> = {
  POST: 'c',
  PUT: 'u',
  PATCH: 'u',
  DELETE: 'd',
};

/** The type that is written to, if the caller's scopes and this server let it be. */
export function writableTypeOf(caller: Caller, { method, path }: WriteRequest): write.WritableType {
  const [type = ''] = path.split('/');
  if (!isResourceType(type)) throw problem('not-found', 'fhir.type-not-supported', { type: type.slice(0, 64) });
  requireScope(caller, type, interactionOf[method]);
  if (!write.isWritable(type)) throw problem('invalid', 'fhir.write-not-supported', { type });
  return type;
}

/** In the transaction that it is given; throws a Problem, and then nothing of it may be kept. */
export async function writeResource(
  tx: Db,
  caller: Caller,
  request: WriteRequest,
  writing: Writing,
): Promise<write.Written> {
  const { method, path, query, body, ifNoneExist, newId } = request;
  const type = writableTypeOf(caller, request);
  const [, id, more] = path.split('/');
  if (more !== undefined || (id === undefined) !== (method === 'POST' || (method === 'PUT' && query !== ''))) {
    throw problem('invalid', 'fhir.write-not-supported', { type });
  }
  if (method === 'POST') {
    return ifNoneExist === undefined
      ? write.createResource(tx, caller, type, body, writing, newId)
      : write.createUnlessExists(tx, caller, type, body, ifNoneExist, writing, newId);
  }
  const versions = versionsIn(request.ifMatch);
  if (id === undefined) return write.updateMatching(tx, caller, type, body, query, versions, writing);
  // No resource has such an id.
  if (!isFhirId(id)) throw problem('not-found', 'problem.not-found');
  if (method === 'PUT') return write.updateResource(tx, caller, type, id, body, versions, writing);
  if (method === 'PATCH') return write.patchResource(tx, caller, type, id, body, versions, writing);
  return write.deleteResource(tx, caller, type, id, versions, writing);
}

/** The versions in an If-Match: `W/"3"`, several, or `*`. What is no version of ours matches nothing. */
function versionsIn(header: string | undefined): Versions {
  if (header === undefined || header.trim() === '*') return null;
  return [...header.matchAll(/(?:W\/)?"(\d{1,9})"/g)].map(([, version]) => Number(version));
}
