import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { format } from '../../language/messages.ts';
import { mediaTypeOf } from '../../platform/media.ts';
import { Problem, problem } from '../../platform/problem.ts';
import { asSite, type PortalContext } from '../context.ts';
import { deleteFile } from '../files/files.sql.ts';
import { fileLimitBytes, filesAtMost, filesLimitBytes, storeFile } from '../files/store-file.ts';
import { languageFor, type PublicRequest, registerPublicScope, tokenOf } from '../public-page/public-scope.ts';
import { plainTitle, sendStoredFile, uploadTypes } from './messages.routes.ts';
import { answerThread, openThread, readThreadLink, showThread, stepOf } from './open-thread.ts';
import { type ThreadReply, threadPage } from './thread-page.ts';
import { threadPath, writeToClinic } from './write-message.ts';

const statusOf: Readonly<Record<ThreadReply['page'], number>> = {
  nowhere: 404,
  locked: 403,
  identify: 200,
  thread: 200,
};

/** Fields of a form with files: its token, its press, its text. */
const fieldLimit = 40_000;

/** The public page of a thread: a GET shows nothing of it, a POST of our own form by whoever has said who he is shows it or adds to it. */
export function registerThreadPage(
  app: FastifyInstance,
  context: PortalContext,
  options: { readonly requestsPerMinute: number },
): void {
  const { pool, clock, publicUrl } = context;
  registerPublicScope(app, options, async (scope) => {
    await scope.register(multipart, {
      limits: {
        fields: 6,
        fieldSize: fieldLimit,
        files: filesAtMost,
        fileSize: fileLimitBytes + 1,
        parts: filesAtMost + 6,
      },
      throwFileSizeLimit: false,
    });
    const send = (request: PublicRequest, reply: FastifyReply, answer: ThreadReply) =>
      reply
        .code(statusOf[answer.page])
        .type('text/html; charset=utf-8')
        .send(
          threadPage(
            answer,
            languageFor(request, answer.page === 'nowhere' ? undefined : answer.thread.language),
            clock.now(),
          ),
        );
    for (const path of [threadPath, `${threadPath}/*`]) {
      scope.get(path, async (request: PublicRequest, reply) =>
        send(request, reply, await openThread(context, tokenOf(request))),
      );
      scope.post(path, { bodyLimit: filesLimitBytes + 2 ** 20 }, async (request: PublicRequest, reply) => {
        if (request.isMultipart()) return send(request, reply, await takeReply(request));
        const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
        const form = new URLSearchParams(isForm ? String(request.body) : '');
        const answer = await answerThread(context, { token: tokenOf(request), form, requestId: request.id });
        if (answer.page === 'file') return sendStoredFile(reply, context, answer.siteId, answer.file);
        return send(request, reply, answer);
      });
    }
  });

  /** Files are stored as they come, after the form's token was read; what is refused leaves none of them. */
  async function takeReply(request: PublicRequest): Promise<ThreadReply> {
    const open = await readThreadLink(context, tokenOf(request));
    if (!open) return { page: 'nowhere' };
    if (open.link.lockedAt) return { page: 'locked', ...open };
    const { thread } = open;
    const { siteId } = thread;
    const form = new URLSearchParams();
    const stored: string[] = [];
    let bytes = 0;
    try {
      for await (const part of request.parts()) {
        if (part.type === 'field') {
          form.set(part.fieldname, String(part.value));
          continue;
        }
        if (stepOf(context, open, form) !== 'known') return { page: 'identify', ...open, notice: 'stale' };
        const title = plainTitle(part.filename ?? '');
        const mediaType = mediaTypeOf(part.mimetype);
        // A browser sends an empty part for a field in which nothing was chosen.
        if (part.filename === '' || part.filename === undefined) {
          part.file.resume();
          continue;
        }
        if (!mediaType || !uploadTypes.some((one) => one === mediaType)) {
          throw problem('unsupported-media-type', 'messages.problem.file-type');
        }
        const file = await storeFile(pool, { siteId, mediaType, title, clock, source: part.file });
        stored.push(file.fileId);
        bytes += file.bytes;
        if (bytes > filesLimitBytes) {
          throw problem('too-large', 'problem.body-too-large', { megabytes: filesLimitBytes / 2 ** 20 });
        }
      }
      if (stepOf(context, open, form) !== 'known') return { page: 'identify', ...open, notice: 'stale' };
      const text = (form.get('text') ?? '').replaceAll('\u0000', '').trim();
      if (text === '' && stored.length === 0) throw problem('invalid', 'messages.problem.nothing');
      const language = languageFor(request, thread.language);
      const press = form.get('press') ?? '';
      await asSite(pool, siteId, (tx) =>
        writeToClinic(tx, { siteId, publicUrl, now: clock.now(), requestId: request.id }, thread, {
          // Of this thread alone, whatever is sent.
          pressId: `${thread.threadId}.${press.slice(0, 64)}`,
          text: text.slice(0, 20_000) || format(language, 'messages.only-files', { count: stored.length }),
          fileIds: stored,
        }),
      );
      return showThread(context, open, { said: 'sent' });
    } catch (error) {
      await asSite(pool, siteId, async (tx) => {
        for (const fileId of stored) await deleteFile(tx, siteId, fileId);
      });
      if (!(error instanceof Problem)) throw error;
      const words = format(languageFor(request, thread.language), error.key, error.params);
      // What was not taken is still on its way in; a browser reads no answer before it has sent all of it.
      request.raw.resume();
      return showThread(context, open, { said: { words }, draft: form.get('text') ?? '' });
    }
  }
}
