import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { parse } from '../../platform/http/parse.ts';
import { attachmentHeader, fileNameOf, mediaTypeOf, mediaTypes } from '../../platform/media.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import {
  addCoverageRequest,
  billRequest,
  type Chart,
  type ChartCharge,
  type ChartCoverage,
  type ChartDocument,
  type ChartNote,
  type ChartResult,
  chartTabs,
  fileDocumentRequest,
  paymentRequest,
  recordResultRequest,
  type SavedSet,
  saveForOceanRequest,
  tabQuery,
  type Upload,
  uploadQuery,
  withdrawRequest,
  writeNoteRequest,
} from '../contract/chart.ts';
import { requireIfMatch } from '../if-match.ts';
import { asPrincipal } from '../principal.ts';
import { requireUser } from '../session/session.routes.ts';
import { addCoverage, bill, payCharge } from './bill.ts';
import * as sql from './chart.sql.ts';
import { fileDocument } from './file-document.ts';
import {
  beforeOf,
  presentedCharge,
  presentedDocument,
  presentedNote,
  presentedResult,
  readChart,
  readChartTab,
} from './read-chart.ts';
import { openContent } from './read-content.ts';
import { receiveContent } from './receive-content.ts';
import { recordResult } from './record-result.ts';
import { saveForOcean, takeBackSaved } from './save-for-ocean.ts';
import { withdrawEntry } from './withdraw-entry.ts';
import { writeNote } from './write-note.ts';

const id = z.string().min(1).max(64);
const patientParams = z.object({ patientId: id });
const tabParams = z.object({ patientId: id, tab: z.enum(chartTabs) });
const entryParams = z.object({ id });
const withdrawParams = z.object({ kind: z.enum(['documents', 'notes', 'results', 'charges']), id });
const savedParams = z.object({ patientId: id, kind: z.enum(['documents', 'results']), id });
const kinds = { documents: 'document', notes: 'note', results: 'result', charges: 'charge' } as const;

export function registerChart(app: FastifyInstance, context: EmrContext): void {
  const { pool, clock } = context;
  type User = Awaited<ReturnType<typeof requireUser>>;

  /** A change and the answer that shows it, in one transaction. */
  const change = async <T>(request: FastifyRequest, work: (tx: PoolClient, user: User) => Promise<T>): Promise<T> => {
    const user = await requireUser(context, request);
    return asPrincipal(pool, user, (tx) => work(tx, user));
  };
  const patientOf = (request: FastifyRequest): string => parse(patientParams, request.params, 'params').patientId;

  app.get('/api/patients/:patientId/chart', async (request): Promise<Chart> => {
    const user = await requireUser(context, request);
    return readChart(context, user, patientOf(request));
  });

  app.get('/api/patients/:patientId/chart/:tab', async (request) => {
    const user = await requireUser(context, request);
    const { patientId, tab } = parse(tabParams, request.params, 'params');
    const { before } = parse(tabQuery, request.query, 'query');
    const from = before === undefined ? undefined : beforeOf(before);
    if (before !== undefined && !from) {
      throw problem('invalid', 'problem.invalid', {}, { where: 'query', fields: [{ path: 'before' }] });
    }
    return readChartTab(context, user, { tab, patientId, before: from });
  });

  app.register(async (files) => {
    // The body of an upload is passed on as it comes; whoever reads it counts.
    files.removeAllContentTypeParsers();
    files.addContentTypeParser([...mediaTypes], async (_request: FastifyRequest, body: Readable) => body);
    files.post('/api/uploads', async (request, reply): Promise<Upload> => {
      const user = await requireUser(context, request);
      const pair = parse(uploadQuery, request.query, 'query');
      const mediaType = mediaTypeOf(request.headers['content-type']);
      if (!mediaType || !(request.body instanceof Readable)) {
        throw problem('unsupported-media-type', 'chart.problem.file-type');
      }
      // Left unread when something is refused: destroying it would close the connection before the answer is out.
      const source = request.body.iterator({ destroyOnReturn: false });
      const received = await receiveContent(context, user, { pair, mediaType, source });
      reply.code(201);
      return { uploadId: received.binaryId, mediaType: received.mediaType, bytes: received.bytes };
    });
  });

  app.get('/api/documents/:id/content', async (request, reply) => {
    const user = await requireUser(context, request);
    const { id: documentId } = parse(entryParams, request.params, 'params');
    const content = await openContent(context, user, { documentId });
    if (!content) throw problem('not-found', 'problem.not-found');
    return reply
      .headers({
        'content-length': content.bytes,
        'content-disposition': attachmentHeader(fileNameOf(content.title, content.mediaType)),
        'content-security-policy': "sandbox; default-src 'none'",
        'repr-digest': `sha-256=:${content.sha256.toString('base64')}:`,
      })
      .type(content.mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : content.mediaType)
      .send(Readable.from(content.chunks, { objectMode: false }));
  });

  app.post('/api/patients/:patientId/documents', async (request, reply) => {
    const patientId = patientOf(request);
    const body = parse(fileDocumentRequest, request.body, 'body');
    const answer = await change(request, async (tx, user): Promise<ChartDocument> => {
      const { documentId } = await fileDocument(tx, context, user, { ...body, patientId }, request.id);
      const [row] = await sql.listDocuments(tx, user, { patientId, ids: [documentId], limit: 1 });
      return presentedDocument(row!, clock.now());
    });
    return reply.code(201).send(answer);
  });

  app.post('/api/patients/:patientId/notes', async (request, reply) => {
    const patientId = patientOf(request);
    const body = parse(writeNoteRequest, request.body, 'body');
    const answer = await change(request, async (tx, user): Promise<ChartNote> => {
      const { noteId } = await writeNote(tx, context, user, { ...body, patientId }, request.id);
      const [row] = await sql.listNotes(tx, user, { patientId, ids: [noteId], limit: 1 });
      return presentedNote(row!);
    });
    return reply.code(201).send(answer);
  });

  app.post('/api/patients/:patientId/results', async (request, reply) => {
    const patientId = patientOf(request);
    const body = parse(recordResultRequest, request.body, 'body');
    const answer = await change(request, async (tx, user): Promise<ChartResult> => {
      const { reportId } = await recordResult(tx, context, user, { ...body, patientId }, request.id);
      const [row] = await sql.listReports(tx, user, { patientId, ids: [reportId], limit: 1 });
      return presentedResult(row!, await sql.listValues(tx, user, [reportId]), clock.now());
    });
    return reply.code(201).send(answer);
  });

  app.post('/api/patients/:patientId/charges', async (request, reply) => {
    const patientId = patientOf(request);
    const body = parse(billRequest, request.body, 'body');
    const answer = await change(request, async (tx, user): Promise<ChartCharge[]> => {
      const { chargeItemIds } = await bill(tx, context, user, { ...body, patientId }, request.id);
      const rows = await sql.listCharges(tx, user, { patientId, ids: chargeItemIds, limit: chargeItemIds.length });
      return rows.map(presentedCharge);
    });
    return reply.code(201).send(answer);
  });

  app.post('/api/charges/:id/payments', async (request): Promise<ChartCharge> => {
    const { id: chargeItemId } = parse(entryParams, request.params, 'params');
    const { cents } = parse(paymentRequest, request.body, 'body');
    const version = requireIfMatch(request.headers['if-match']);
    return change(request, async (tx, user) => {
      const { patientId } = await payCharge(tx, user, { chargeItemId, version, cents }, request.id);
      const [row] = await sql.listCharges(tx, user, { patientId, ids: [chargeItemId], limit: 1 });
      return presentedCharge(row!);
    });
  });

  app.post('/api/patients/:patientId/coverages', async (request, reply) => {
    const patientId = patientOf(request);
    const body = parse(addCoverageRequest, request.body, 'body');
    const answer = await change(request, async (tx, user): Promise<ChartCoverage> => {
      const { coverageId } = await addCoverage(tx, context, user, { ...body, patientId }, request.id);
      const coverages = await sql.listCoverages(tx, user, patientId);
      return coverages.find((one) => one.coverageId === coverageId)!;
    });
    return reply.code(201).send(answer);
  });

  app.post('/api/:kind/:id/withdraw', async (request, reply) => {
    const { kind, id: entryId } = parse(withdrawParams, request.params, 'params');
    const { reason } = parse(withdrawRequest, request.body, 'body');
    const version = requireIfMatch(request.headers['if-match']);
    await change(request, (tx, user) =>
      withdrawEntry(tx, user, { kind: kinds[kind], entryId, version, reason }, request.id),
    );
    return reply.code(204).send();
  });

  app.post('/api/patients/:patientId/save-for-ocean', async (request): Promise<SavedSet> => {
    const user = await requireUser(context, request);
    const body = parse(saveForOceanRequest, request.body, 'body');
    return saveForOcean(context, user, { ...body, patientId: patientOf(request) }, request.id);
  });

  app.delete('/api/patients/:patientId/save-for-ocean', async (request, reply) => {
    const user = await requireUser(context, request);
    await takeBackSaved(context, user, { patientId: patientOf(request) }, request.id);
    return reply.code(204).send();
  });

  app.delete('/api/patients/:patientId/save-for-ocean/:kind/:id', async (request, reply) => {
    const user = await requireUser(context, request);
    const { patientId, kind, id: itemId } = parse(savedParams, request.params, 'params');
    const type = kind === 'documents' ? 'DocumentReference' : 'DiagnosticReport';
    await takeBackSaved(context, user, { patientId, item: { type, itemId } }, request.id);
    return reply.code(204).send();
  });
}
