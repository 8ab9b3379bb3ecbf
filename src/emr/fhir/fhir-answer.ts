import type { FastifyReply } from 'fastify';
import { fhirJson } from './outcome-response.ts';

/** What an interaction is answered with, as a response of its own or as an entry of a Bundle. */
export interface FhirAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; null: no content. */
  readonly body: string | null;
}

export function sendAnswer(reply: FastifyReply, { status, headers, body }: FhirAnswer): FastifyReply {
  reply.code(status).headers(headers);
  return body === null ? reply.send() : reply.type(fhirJson).send(body);
}
