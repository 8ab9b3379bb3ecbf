// What the answer itself says about whose record it was. It is text by now, and looked through as such: parsing a page only to record it
// would cost more than the record.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from './access.ts';

/** Members of the screens' answers that name something, and what they name. */
const namedBy: Readonly<Record<string, string>> = {
  patientId: 'Patient',
  appointmentId: 'Appointment',
  documentId: 'DocumentReference',
  noteId: 'Encounter',
  reportId: 'DiagnosticReport',
  chargeItemId: 'ChargeItem',
  coverageId: 'Coverage',
  uploadId: 'Binary',
};
const idMember = new RegExp(`"(${Object.keys(namedBy).join('|')})":"([^"\\\\]{1,64})"`, 'g');

const queryLimit = 4000;

export function noteAnswer(access: Access, request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
  noteBody(access, request.body);
  const text = typeof payload === 'string' ? payload : '';
  const location = String(reply.getHeader('location') ?? '');
  if (access.door === 'fhir') noteFhir(access, { status: reply.statusCode, text, location, body: request.body });
  else noteScreen(access, reply.statusCode, text);
  if (access.query !== undefined) access.query = access.query.slice(0, queryLimit);
}

/** A search in a body belongs to the query; what else a body names is what the request is about, even where it is refused. */
function noteBody(access: Access, body: unknown): void {
  if (body instanceof URLSearchParams) {
    if (body.size > 0) access.query = [access.query, body.toString()].filter(Boolean).join('&');
    return;
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body) || access.door === 'fhir') return;
  const { patientId, officeId, providerId, search } = body as Readonly<Record<string, unknown>>;
  const id = (value: unknown) => (typeof value === 'string' ? value.slice(0, 64) : undefined);
  access.patientId ??= id(patientId);
  access.officeId ??= id(officeId);
  access.providerId ??= id(providerId);
  if (access.kind === 'search' && typeof search === 'string') access.query = new URLSearchParams({ search }).toString();
}

interface FhirAnswered {
  readonly status: number;
  readonly text: string;
  readonly location: string;
  /** What was sent. */
  readonly body: unknown;
}

/** The pair, the patient and the id of one resource; of a page, where it ended. */
export function noteFhir(access: Access, { status, text, location, body }: FhirAnswered): void {
  access.status = status;
  const written = /\/([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})\/_history\/\d+$/.exec(location);
  if (written) {
    access.entityType = written[1];
    access.entityId ??= written[2];
  }
  if (access.isList) {
    // The links stand before the entries.
    const next = /"relation":"next","url":"[^"]*[?&]_cursor=([^"&]+)/.exec(text.slice(0, 8192));
    if (next) access.pageEnd = decodeURIComponent(next[1]!);
    return;
  }
  if (status >= 500) return;
  const reference = (type: string) => new RegExp(`"reference"\\s*:\\s*"${type}/([A-Za-z0-9.-]{1,64})"`).exec(text)?.[1];
  access.officeId ??= reference('Location');
  access.providerId ??= reference('Practitioner');
  access.patientId ??=
    access.entityType === 'Patient' ? access.entityId : (reference('Patient') ?? patientOfBody(body));
}

/** Whose record a resource that was sent would be in; an answer that was asked to be short does not repeat it. */
function patientOfBody(body: unknown): string | undefined {
  const { participant, subject, patient, for: ofTask } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const actors = Array.isArray(participant) ? participant.map((one: { actor?: unknown } | null) => one?.actor) : [];
  for (const named of [subject, patient, ofTask, ...actors]) {
    const { reference } = (named ?? {}) as { readonly reference?: unknown };
    const id =
      typeof reference === 'string' ? /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1] : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
}

function noteScreen(access: Access, status: number, text: string): void {
  if (status >= 400) {
    noteCells(access, text);
    return;
  }
  const named = [...text.matchAll(idMember)].map(([, member, id]) => [namedBy[member!]!, id!] as const);
  // A look at the log is an entry of its own and no look at each record that the log speaks of.
  if (access.entityType === 'AuditEvent') return;
  if (access.isList) {
    access.shown = [...new Set(named.map(([type, id]) => `${type}/${id}`))];
    return;
  }
  access.entityId ??= named.find(([type]) => type === access.entityType)?.[1];
  access.patientId ??= named.find(([type]) => type === 'Patient')?.[1];
}

/** A refusal names the cell that lacks. */
function noteCells(access: Access, text: string): void {
  access.officeId ??= /"officeId":"([^"\\]{1,64})"/.exec(text)?.[1];
  access.providerId ??= /"providerId":"([^"\\]{1,64})"/.exec(text)?.[1];
}
