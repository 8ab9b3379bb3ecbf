// One of the three places where an error becomes an answer: here, an OperationOutcome. Status and sentence come from the one
// renderer of the platform, so a problem reads the same in FHIR as elsewhere.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type OperationOutcome, outcome, refusedExtensions } from '../../fhir/outcome.ts';
import { languageOf } from '../../language/messages.ts';
import { type ProblemBody, renderError } from '../../platform/http/problem-response.ts';
import type { ElementIssue } from './resource-body.ts';

export const fhirJson = 'application/fhir+json; charset=utf-8';

const issueCodes: Readonly<Record<ProblemBody['kind'], string>> = {
  invalid: 'invalid',
  unauthenticated: 'login',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  conflict: 'conflict',
  gone: 'deleted',
  unprocessable: 'processing',
  'precondition-failed': 'conflict',
  'too-large': 'too-long',
  'unsupported-media-type': 'not-supported',
  'precondition-required': 'required',
  'too-many': 'throttled',
  unavailable: 'transient',
  unknown: 'exception',
};

/** Codes that FHIR has for one sentence rather than for its kind. */
const codesOfKeys: Readonly<Partial<Record<ProblemBody['key'], string>>> = {
  'fhir.parameter-not-supported': 'not-supported',
  'fhir.write-not-supported': 'not-supported',
  'fhir.element': 'invalid',
  'fhir.several-match': 'multiple-matches',
  'fhir.key-reused': 'duplicate',
};

export function problemOutcome(body: ProblemBody): OperationOutcome {
  const { expression, cells, needed, provided, manageSecurity, issues } = body.extra ?? {};
  const issue = {
    severity: body.kind === 'unknown' ? ('fatal' as const) : ('error' as const),
    code: codesOfKeys[body.key] ?? issueCodes[body.kind],
    details: { text: body.title },
    ...(body.errorId === undefined ? {} : { diagnostics: body.errorId }),
    ...(Array.isArray(expression) ? { expression: expression.map(String) } : {}),
  };
  if (Array.isArray(cells)) {
    return outcome({ ...issue, extension: refusedExtensions({ cells, needed, provided, manageSecurity }) });
  }
  if (!Array.isArray(issues)) return outcome(issue);
  return outcome(
    ...(issues as readonly ElementIssue[]).map((one) => ({
      ...issue,
      expression: [one.expression],
      diagnostics: one.diagnostics,
    })),
  );
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { response, log } = renderError(
    error,
    languageOf(request.headers['accept-language']),
    request.routeOptions.bodyLimit ?? 2 ** 20,
  );
  if (log) request.log[log.level]({ err: error, errorId: log.errorId, route: request.routeOptions.url }, 'failed');
  // 401 is for the token and only the token, and says what kind of token.
  if (response.status === 401) reply.header('www-authenticate', 'Bearer realm="fhir", error="invalid_token"');
  return reply
    .code(response.status)
    .headers(response.headers)
    .header('cache-control', 'no-store')
    .type(fhirJson)
    .send(JSON.stringify(problemOutcome(response.body)));
}
