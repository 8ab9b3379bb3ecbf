import { noteAccess } from '../audit/access.ts';
import type { EmrContext } from '../context.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import * as sql from './content.sql.ts';

type Actor = Pick<Principal, 'tenantId' | 'userId'>;

export interface OpenedContent extends sql.ReadableContent {
  /** The bytes in their order. Throws when the content ends before it is whole. */
  readonly chunks: AsyncGenerator<Buffer>;
}

/**
 * Opens a document's content, or gives undefined where there is none or the reader may not see it; nobody can tell the two apart. Each chunk is read, and judged by both walls, on its own: a slow reader holds no
 * connection of the database, and a grant that is withdrawn ends the download at the next chunk.
 */
export async function openContent(
  context: EmrContext,
  actor: Actor,
  which: { readonly documentId: string } | { readonly binaryId: string },
): Promise<OpenedContent | undefined> {
  const found = await asPrincipal(context.pool, actor, (tx) => sql.findContent(tx, actor, which), { readOnly: true });
  if (found) {
    const { documentId, patientId, officeId, providerId } = found;
    noteAccess({ entityType: 'DocumentReference', entityId: documentId, patientId, officeId, providerId });
  }
  return found && { ...found, chunks: chunksOf(context, actor, found) };
}

async function* chunksOf(context: EmrContext, actor: Actor, content: sql.ReadableContent): AsyncGenerator<Buffer> {
  let sent = 0;
  for (let n = 0; sent < content.bytes; n += 1) {
    const at = n;
    const chunk = await asPrincipal(context.pool, actor, (tx) => sql.findChunk(tx, actor, content.binaryId, at), {
      readOnly: true,
    });
    if (!chunk) throw new Error('a document’s content ends before it is whole, or is no longer this reader’s to read');
    sent += chunk.length;
    yield chunk;
  }
}
