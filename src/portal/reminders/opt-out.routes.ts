// Where a patient ends reminders: by the one POST of his mail program (RFC 8058), or by the page that a GET shows. A GET changes nothing,
// and neither does a form that is submitted empty.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { format, type Language, languageOf } from '../../language/messages.ts';
import { Html, html } from '../../platform/http/html.ts';
import { sha256 } from '../../platform/ids.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asOptOut, asSite, type PortalContext } from '../context.ts';
import { pagePolicy, pageStyle } from '../public-page/page-style.ts';

const bodyLimit = 4096;

export function registerOptOut(app: FastifyInstance, { pool, clock }: PortalContext): void {
  app.register(async (scope) => {
    // Mail programs send it as either kind of form; no program's body is parsed here.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': pagePolicy,
        'cache-control': 'no-store',
        'x-robots-tag': 'noindex, nofollow',
        vary: 'accept-language',
      });
    });
    const send = (request: FastifyRequest, reply: FastifyReply, page: 'ask' | 'done' | 'nowhere') => {
      const language = languageOf(request.headers['accept-language']);
      return reply
        .code(page === 'nowhere' ? 404 : 200)
        .type('text/html; charset=utf-8')
        .send(optOutPage(language, page));
    };

    scope.get('/opt-out/:token', async (request, reply) =>
      send(request, reply, (await findLink(request)) ? 'ask' : 'nowhere'),
    );
    scope.post('/opt-out/:token', async (request, reply) => {
      const link = await findLink(request);
      if (!link) return send(request, reply, 'nowhere');
      if (!isMeant(String(request.body ?? ''))) return send(request, reply, 'ask');
      const { siteId, connectionId, patientId } = link;
      await asSite(pool, siteId, async (tx) => {
        const { rowCount } = await tx.query(
          `insert into mail_opt_out (site_id, connection_id, patient_id, at) values ($1, $2, $3, $4) on conflict do nothing`,
          [siteId, connectionId, patientId, clock.now()],
        );
        if (rowCount === 0) return;
        await recordAudit(tx, {
          siteId,
          userId: null,
          action: 'opt-out',
          entity: 'patient',
          entityId: patientId,
          requestId: request.id,
        });
      });
      return send(request, reply, 'done');
    });
  });

  async function findLink(request: FastifyRequest): Promise<OptOutLink | undefined> {
    const { token } = request.params as { readonly token: string };
    if (!/^[\w-]{43}$/.test(token)) return undefined;
    const tokenHash = sha256(token);
    return asOptOut(pool, tokenHash, async (tx) => {
      const { rows } = await tx.query<OptOutLink & Record<string, unknown>>(
        `select site_id as "siteId", connection_id as "connectionId", patient_id as "patientId" from opt_out_link where token_hash = $1`,
        [tokenHash],
      );
      return rows[0];
    });
  }
}

interface OptOutLink {
  readonly siteId: number;
  readonly connectionId: string;
  readonly patientId: string;
}

/** One-Click, in either encoding, or the button of our own page. */
function isMeant(body: string): boolean {
  return (
    /(^|&)List-Unsubscribe=One-Click(&|$)/.test(body.trim()) ||
    /name="List-Unsubscribe"\r?\n\r?\nOne-Click\r?\n/.test(body) ||
    /(^|&)do=opt-out(&|$)/.test(body.trim())
  );
}

function optOutPage(language: Language, page: 'ask' | 'done' | 'nowhere'): string {
  const title = format(language, `reminders.opt-out.${page}`);
  const button = html`<form method="post"><button class="button primary" name="do" value="opt-out">${format(language, 'reminders.opt-out.act')}</button></form>`;
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow"><title>${title}</title><style>${new Html(pageStyle)}</style></head>
<body><main><h1>${title}</h1><div class="card"><p>${format(language, `reminders.opt-out.${page}.text`)}</p>${page === 'ask' && button}</div></main></body></html>`
    .text;
}
