// What a document or an attachment may consist of, and how its bytes show that they are what was said. Pure.

export const mediaTypes = ['application/pdf', 'image/jpeg', 'image/png', 'text/plain'] as const;
export type MediaType = (typeof mediaTypes)[number];

/** As much of one as is held in memory at once. Divisible by three: chunks can be written as base64 one after the other. */
export const chunkBytes = 3 * 2 ** 16;

const extensions: Readonly<Record<MediaType, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'text/plain': 'txt',
};

const magic: Readonly<Record<Exclude<MediaType, 'text/plain'>, Buffer>> = {
  'application/pdf': Buffer.from('%PDF-', 'latin1'),
  'image/jpeg': Buffer.from([0xff, 0xd8, 0xff]),
  'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
};

/** The type that a Content-Type names, if it is one of ours; text is UTF-8 or refused. */
export function mediaTypeOf(contentType: string | undefined): MediaType | undefined {
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const found = mediaTypes.find((type) => type === essence.trim());
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  return charset !== undefined && !/^charset="?(utf-8|us-ascii)"?$/.test(charset) ? undefined : found;
}

/** A name for the saved file: the title without what a file system or a header cannot carry. */
export function fileNameOf(title: string, mediaType: MediaType): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  const plain = title.replaceAll(/[\s\u0000-\u001f\u007f/\\:*?"<>|]+/g, ' ').trim();
  return `${plain.slice(0, 120) || 'document'}.${extensions[mediaType]}`;
}

/** RFC 6266: an attachment whatever it is, with its name in UTF-8 and a plain one beside it. */
export function attachmentHeader(fileName: string): string {
  const plain = fileName.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(fileName).replaceAll(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/**
 * Looks at the chunks of a content in their order; false at the first that cannot be of the declared type. PDF, JPEG and PNG say what
 * they are by their first bytes; text is UTF-8 from beginning to end, holds no control characters, and begins like none of the others.
 */
export function contentCheck(declared: MediaType): (chunk: Buffer, last: boolean) => boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let first = true;
  return (chunk, last) => {
    const begins = Object.entries(magic).find(([, bytes]) => chunk.subarray(0, bytes.length).equals(bytes))?.[0];
    if (first && begins !== (declared === 'text/plain' ? undefined : declared)) return false;
    first = false;
    if (declared !== 'text/plain') return true;
    try {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
      return !/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/.test(decoder.decode(chunk, { stream: !last }));
    } catch {
      return false;
    }
  };
}

/** The same bytes in chunks of `chunkBytes`; the last may be shorter. An empty source gives none. */
export async function* inChunks(source: AsyncIterable<Buffer>): AsyncGenerator<{ chunk: Buffer; last: boolean }> {
  let parts: Buffer[] = [];
  let held = 0;
  let whole: Buffer | undefined;
  for await (const part of source) {
    for (let from = 0; from < part.length; ) {
      const taken = part.subarray(from, from + chunkBytes - held);
      parts.push(taken);
      held += taken.length;
      from += taken.length;
      if (held < chunkBytes) continue;
      if (whole) yield { chunk: whole, last: false };
      whole = Buffer.concat(parts);
      parts = [];
      held = 0;
    }
  }
  if (whole) yield { chunk: whole, last: held === 0 };
  if (held > 0) yield { chunk: Buffer.concat(parts), last: true };
}
