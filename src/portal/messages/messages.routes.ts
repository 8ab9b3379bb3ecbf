import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { format, isMessageKey, languageOf } from '../../language/messages.ts';
import { parse } from '../../platform/http/parse.ts';
import { newId } from '../../platform/ids.ts';
import { attachmentHeader, fileNameOf, mediaTypeOf } from '../../platform/media.ts';
import { problem } from '../../platform/problem.ts';
import { localText } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import {
  type AttachedFile,
  newMessageRequest,
  newThreadRequest,
  type SavedFetch,
  savedFetchRequest,
  type Thread,
  type Threads,
} from '../contract/messages.ts';
import { readChunks, type StoredFile } from '../files/files.sql.ts';
import { fileLimitBytes, storeFile } from '../files/store-file.ts';
import { gapIdsAt, gapsBySchedule, listOpenGaps } from '../gaps/open-gaps.sql.ts';
import { bumpRevision } from '../outbox/outbox.sql.ts';
import { readSite } from '../patients/patients.sql.ts';
import type { Sessions } from '../session/sessions.ts';
import { filedStateOf, listedThread } from './listed-thread.ts';
import * as sql from './messages.sql.ts';
import * as saved from './saved-fetch.sql.ts';
import { beginThread, writeToThem } from './write-message.ts';

const threadsAtMost = 200;
/** Uploads alone; text comes as a message. */
export const uploadTypes = ['application/pdf', 'image/jpeg', 'image/png'] as const;

/** Sends a file so that no browser runs, frames or guesses it. */
export function sendStoredFile(
  reply: FastifyReply,
  { pool }: Pick<PortalContext, 'pool'>,
  siteId: number,
  file: StoredFile,
): FastifyReply {
  return reply
    .headers({
      'content-disposition': attachmentHeader(
        fileNameOf(file.title.replace(/\.(pdf|jpe?g|png|txt)$/i, ''), file.mediaType),
      ),
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-length': file.bytes,
    })
    .type(file.mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : file.mediaType)
    .send(Readable.from(readChunks(pool, siteId, file.fileId), { objectMode: false }));
}

/** Messages to patients and referrals, as the staff write and read them. The site comes from the session alone. */
export function registerMessages(app: FastifyInstance, context: PortalContext, sessions: Sessions): void {
  const { pool, clock, publicUrl } = context;
  const idOf = (request: FastifyRequest) => (request.params as { readonly id: string }).id;

  app.get('/api/threads', async (request): Promise<Threads> => {
    const { siteId } = await sessions.require(request);
    const { booking } = parse(z.object({ booking: z.string().min(1).max(200).optional() }), request.query, 'query');
    return asSite(
      pool,
      siteId,
      async (tx) => {
        const { zone } = await readSite(tx, siteId);
        const rows = await sql.listThreads(tx, { siteId, bookingId: booking ?? null, limit: threadsAtMost + 1 });
        return {
          today: localText(zone, clock.now()).slice(0, 10),
          threads: rows.slice(0, threadsAtMost).map((row) => listedThread(row, zone)),
          more: rows.length > threadsAtMost,
          ...(await sql.countThreads(tx, siteId)),
        };
      },
      { isolation: 'repeatable read', readOnly: true },
    );
  });

  app.get('/api/threads/:id', async (request): Promise<Thread> => {
    const { siteId } = await sessions.require(request);
    const key = { siteId, threadId: idOf(request) };
    return asSite(
      pool,
      siteId,
      async (tx) => {
        const row = await sql.findThread(tx, key);
        if (!row) throw problem('not-found', 'problem.not-found');
        const { zone } = await readSite(tx, siteId);
        const messages = await sql.listMessages(tx, key);
        return {
          ...listedThread(row, zone),
          bookingId: row.bookingId,
          officeId: row.officeId,
          providerId: row.providerId,
          gapIds: gapIdsAt(gapsBySchedule(await listOpenGaps(tx, siteId)), row, 'filing'),
          today: localText(zone, clock.now()).slice(0, 10),
          recipient: row.kind === 'patient' ? (row.email ?? row.recipient) : row.recipient,
          thread: messages.map((one) => ({
            messageId: one.messageId,
            author: one.author === null ? null : (one.authorName ?? '–'),
            text: one.text,
            sentAt: localText(zone, one.sentAt),
            unread: one.author === null && one.readAt === null,
            files: one.files,
            mail: one.mail,
            filed: filedStateOf(one.states),
            missingColumns: one.missingColumns,
          })),
        };
      },
      { isolation: 'repeatable read', readOnly: true },
    );
  });

  app.post('/api/threads', async (request, reply) => {
    const { siteId, userId, displayName } = await sessions.require(request);
    const asked = parse(newThreadRequest, request.body, 'body');
    const by = { siteId, userId, userName: displayName, publicUrl, now: clock.now(), requestId: request.id };
    return reply.code(201).send(await asSite(pool, siteId, (tx) => beginThread(tx, by, asked)));
  });

  app.post('/api/threads/:id/messages', async (request, reply) => {
    const { siteId, userId, displayName } = await sessions.require(request);
    const asked = parse(newMessageRequest, request.body, 'body');
    const by = { siteId, userId, userName: displayName, publicUrl, now: clock.now(), requestId: request.id };
    await asSite(pool, siteId, async (tx) => {
      const thread = await sql.findThread(tx, { siteId, threadId: idOf(request) });
      if (!thread) throw problem('not-found', 'problem.not-found');
      await writeToThem(tx, by, thread, asked);
    });
    return reply.code(201).send({});
  });

  app.post('/api/threads/:id/read', async (request, reply) => {
    const { siteId } = await sessions.require(request);
    await asSite(pool, siteId, async (tx) => {
      const thread = await sql.findThread(tx, { siteId, threadId: idOf(request) });
      if (!thread) throw problem('not-found', 'problem.not-found');
      if (await sql.markRead(tx, thread, clock.now())) await bumpRevision(tx, siteId);
    });
    return reply.code(204).send();
  });

  app.register(async (uploads) => {
    uploads.addContentTypeParser([...uploadTypes], async (_request: FastifyRequest, body: Readable) => body);
    uploads.post('/api/files', { bodyLimit: fileLimitBytes + 1 }, async (request, reply) => {
      const { siteId, userId } = await sessions.require(request);
      const mediaType = mediaTypeOf(request.headers['content-type']);
      if (!(request.body instanceof Readable) || !mediaType) {
        throw problem('unsupported-media-type', 'messages.problem.file-type');
      }
      const file: AttachedFile = await storeFile(pool, {
        siteId,
        mediaType,
        title: titleIn(request.headers['content-disposition']),
        clock,
        source: request.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
        claim: async (tx, fileId) => void (await sql.setUploader(tx, siteId, fileId, userId)),
      });
      return reply.code(201).send(file);
    });
  });

  app.get('/api/files/:id', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const file = await asSite(pool, siteId, async (tx) => {
      const found = await sql.findFileOfThread(tx, siteId, idOf(request));
      if (!found) throw problem('not-found', 'problem.not-found');
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'read-file',
        entity: 'thread',
        entityId: found.threadId,
        after: { fileId: found.fileId },
        requestId: request.id,
      });
      return found;
    });
    return sendStoredFile(reply, context, siteId, file);
  });

  app.post('/api/saved-for-ocean', async (request, reply) => {
    const { siteId, userId } = await sessions.require(request);
    const { bookingId } = parse(savedFetchRequest, request.body, 'body');
    const fetchId = newId();
    await asSite(pool, siteId, async (tx) => {
      const booking = await sql.findBooking(tx, siteId, bookingId);
      if (!booking) throw problem('not-found', 'write-back.problem.not-listed');
      await saved.insertFetch(tx, { ...booking, siteId, fetchId, askedBy: userId, now: clock.now() });
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'fetch-saved',
        entity: 'booking',
        entityId: bookingId,
        after: { fetchId },
        requestId: request.id,
      });
    });
    return reply.code(202).send(await readFetch(request, siteId, fetchId));
  });

  app.get('/api/saved-for-ocean/:id', async (request) => {
    const { siteId } = await sessions.require(request);
    return readFetch(request, siteId, idOf(request));
  });

  async function readFetch(request: FastifyRequest, siteId: number, fetchId: string): Promise<SavedFetch> {
    const { row, gaps } = await asSite(
      pool,
      siteId,
      async (tx) => ({
        row: await saved.findFetch(tx, { siteId, fetchId }),
        gaps: gapsBySchedule(await listOpenGaps(tx, siteId)),
      }),
      { readOnly: true },
    );
    if (!row) throw problem('not-found', 'problem.not-found');
    const { state, reason, lacking, files } = row;
    return {
      fetchId,
      state,
      files: state === 'done' ? files : [],
      reason:
        reason !== null && isMessageKey(reason) ? format(languageOf(request.headers['accept-language']), reason) : null,
      lacking: lacking.map((one) => ({ ...one, gapIds: gapIdsAt(gaps, one, 'attachments') })),
    };
  }
}

/** RFC 6266, as our own pages send it; nothing else has a name. */
function titleIn(header: string | undefined): string {
  const found = /filename\*=UTF-8''([^;\s]+)/i.exec(header ?? '')?.[1] ?? '';
  let name = '';
  try {
    name = decodeURIComponent(found);
  } catch {
    // No name, then.
  }
  return plainTitle(name);
}

/** Without what a record, a header or a file system cannot carry. */
export const plainTitle = (name: string): string =>
  name
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 120) || 'file';
