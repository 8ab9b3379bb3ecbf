// A DocumentReference or a Binary that a client sends, read into what filing needs. Pure; refusals name each element.
import { z } from 'zod';
import { type MediaType, mediaTypeOf } from '../../platform/media.ts';
import { problem } from '../../platform/problem.ts';
import {
  type BodyOptions,
  concept,
  idIn,
  readBody,
  reference,
  refuseElements,
  words,
  wordsOf,
} from '../fhir/resource-body.ts';

const base64 = z.string().regex(/^[A-Za-z0-9+/\s]+={0,2}\s*$/, 'Base64 is expected.');

const binary = z.object({ contentType: z.string().max(200), securityContext: reference, data: base64 });

const document = z.object({
  status: z.literal('current', 'A document is filed as current.'),
  category: z.array(concept).max(1, 'A document lies in one folder.').optional(),
  subject: reference,
  author: z.array(z.object({ reference: z.string().max(1000).optional() })),
  description: words(200).optional(),
  content: z
    .array(
      z.object({
        attachment: z.object({
          contentType: z.string().max(200).optional(),
          title: words(200).optional(),
          url: z.string().max(1000).optional(),
          data: base64.optional(),
        }),
      }),
    )
    .length(1, 'A document has one content.'),
});

const mediaTypeIn = (text: string | undefined): MediaType => {
  const mediaType = mediaTypeOf(text);
  if (!mediaType) throw problem('unsupported-media-type', 'chart.problem.file-type');
  return mediaType;
};

const refuse = (expression: string, diagnostics: string): never => refuseElements([{ expression, diagnostics }]);

/** Whose a Binary is until a document names it: the role of a provider in an office. */
export const roleInSecurityContext = (text: string | undefined, baseUrl: string): string =>
  idIn(text ?? '', 'PractitionerRole', baseUrl) ??
  refuse('Binary.securityContext', 'A PractitionerRole is expected: the provider and office that the content is for.');

export interface ReceivedBinary {
  readonly roleId: string;
  readonly mediaType: MediaType;
  readonly bytes: Buffer;
}

export function receivedBinary(body: unknown, options: BodyOptions): ReceivedBinary {
  const { contentType, securityContext, data } = readBody(binary, 'Binary', body, options);
  return {
    roleId: roleInSecurityContext(securityContext.reference, options.baseUrl),
    mediaType: mediaTypeIn(contentType),
    bytes: Buffer.from(data, 'base64'),
  };
}

export interface ReceivedDocument {
  readonly roleId: string;
  readonly patientId: string;
  readonly title: string;
  /** undefined: it names none. */
  readonly folder: string | undefined;
  readonly content: { readonly binaryId: string } | { readonly mediaType: MediaType; readonly bytes: Buffer };
}

/** `author` names the pair by a PractitionerRole, `subject` the patient; one content, inline or a Binary that was sent before. */
export function receivedDocument(body: unknown, options: BodyOptions): ReceivedDocument {
  const { subject, author, category, description, content } = readBody(document, 'DocumentReference', body, options);
  const { baseUrl } = options;
  const { contentType, title, url, data } = content[0]!.attachment;
  const roleId = author.map((one) => idIn(one.reference ?? '', 'PractitionerRole', baseUrl)).find(Boolean);
  const at = 'DocumentReference.content[0].attachment';
  if ((url === undefined) === (data === undefined))
    return refuse(at, 'Either data or the url of a Binary is expected.');
  const binaryId = url === undefined ? undefined : idIn(url, 'Binary', baseUrl);
  if (url !== undefined && !binaryId) return refuse(`${at}.url`, 'A Binary of this server is expected.');
  return {
    roleId:
      roleId ??
      refuse(
        'DocumentReference.author',
        'A PractitionerRole is expected: the provider and office that it is filed for.',
      ),
    patientId:
      idIn(subject.reference, 'Patient', baseUrl) ??
      refuse('DocumentReference.subject.reference', 'A Patient of this server is expected.'),
    title: description ?? title ?? refuse('DocumentReference.description', 'A document has a title.'),
    folder: wordsOf(category?.[0])?.slice(0, 100),
    content: binaryId
      ? { binaryId }
      : { mediaType: mediaTypeIn(contentType), bytes: Buffer.from(data ?? '', 'base64') },
  };
}
