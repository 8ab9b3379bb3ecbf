// Files and folders as a stream of FHIR resources: Bundles and NDJSON, plain or gzip, told by their content and not by their name.
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { problem } from '../../platform/problem.ts';

/** A Bundle is read whole, because its entries refer to each other; a larger one has to come as NDJSON, which has no limit. */
export const bundleLimitBytes = 256 * 2 ** 20;

export interface FoundResource {
  readonly resourceType: string;
  readonly [member: string]: unknown;
}

export type BrokenReason = 'not-json' | 'not-fhir' | 'too-large' | 'cut-off';

export interface ReadEvents {
  /** A line or file that cannot be read: where and why, and no word of what it says. */
  broken(file: string, line: number, reason: BrokenReason): void;
  /** Bytes of the file as it lies on the disk. */
  bytes(count: number): void;
}

export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/** Folders with everything below them, in the order of their names; hidden files are left out. 400 where a path leads nowhere. */
export async function listFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR')
        throw problem('invalid', 'import.problem.no-such-file', { file: path });
      throw error;
    });
    if (about.isDirectory()) {
      const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
      found.push(...(await listFiles(names.map((name) => join(path, name)))));
    } else found.push({ path, bytes: about.size });
  }
  return found;
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

async function* chunksOf(file: string, events: ReadEvents): AsyncGenerator<Buffer> {
  const gzip = await isGzip(file);
  const raw = createReadStream(file, { highWaterMark: 2 ** 18 });
  let text: Readable = raw;
  if (gzip) {
    const plain = createGunzip({ chunkSize: 2 ** 18 });
    // pipe() does not pass errors on; a file that ends too soon must not look like one that is whole.
    raw.on('error', (error) => plain.destroy(error));
    raw.on('data', (chunk) => events.bytes(chunk.length));
    text = raw.pipe(plain);
  }
  try {
    for await (const chunk of text as AsyncIterable<Buffer>) {
      if (!gzip) events.bytes(chunk.length);
      yield chunk;
    }
  } finally {
    raw.destroy();
  }
}

/** The lines of a file, and null for one that is longer than a Bundle may be. */
async function* linesOf(file: string, events: ReadEvents): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let size = 0;
  const take = (): string | null => {
    const line = size > bundleLimitBytes ? null : Buffer.concat(parts).toString('utf8');
    parts = [];
    size = 0;
    return line;
  };
  const keep = (part: Buffer) => {
    size += part.length;
    if (size > bundleLimitBytes) parts = [];
    else parts.push(part);
  };
  for await (const chunk of chunksOf(file, events)) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (size > 0) yield take();
}

const isResource = (value: unknown): value is FoundResource =>
  typeof value === 'object' && value !== null && typeof (value as { resourceType?: unknown }).resourceType === 'string';

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

interface Entry {
  readonly fullUrl?: unknown;
  readonly resource?: unknown;
}

/**
 * Resources of a Bundle. References to an entry's `fullUrl` are made into relative ones, and an entry without an id takes that of
 * its `urn:uuid:`, as the rules for transactions in FHIR R4 (http, "Transaction") have it.
 */
function* entriesOf(bundle: FoundResource): Generator<FoundResource> {
  const entries: readonly Entry[] = Array.isArray(bundle['entry']) ? bundle['entry'].filter(Boolean) : [];
  const known = new Map<string, string>();
  const found: FoundResource[] = [];
  for (const { fullUrl, resource } of entries) {
    if (!isResource(resource)) continue;
    const uuid =
      typeof fullUrl === 'string' && fullUrl.startsWith('urn:uuid:') ? fullUrl.slice('urn:uuid:'.length) : undefined;
    const id = resource['id'] ?? uuid;
    if (uuid !== undefined) known.set(`urn:uuid:${uuid}`, `${resource.resourceType}/${id}`);
    found.push(id === resource['id'] ? resource : { ...resource, id });
  }
  for (const resource of found) {
    if (known.size > 0) resolveWithin(resource, known);
    yield resource;
  }
}

/** In place: the resource was parsed a moment ago and is nobody else's. */
function resolveWithin(value: object, known: ReadonlyMap<string, string>): void {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'object' && member !== null) resolveWithin(member, known);
    else if (name === 'reference' && typeof member === 'string')
      (value as { reference: string }).reference = known.get(member) ?? member;
  }
}

/** Each resource of the files, Bundles opened. What cannot be read is told to `events`, and the rest goes on. */
export async function* readResources(files: readonly FoundFile[], events: ReadEvents): AsyncGenerator<FoundResource> {
  for (const { path } of files) {
    let line = 0;
    try {
      for await (const read of readFile(path, events, (at) => {
        line = at;
      })) {
        if (read.resourceType === 'Bundle') yield* entriesOf(read);
        else yield read;
      }
    } catch (error) {
      // A gzip file that breaks off: what came before has been read.
      const code = String((error as { code?: unknown }).code);
      if (!['Z_BUF_ERROR', 'Z_DATA_ERROR', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code)) throw error;
      events.broken(path, line + 1, 'cut-off');
    }
  }
}

/**
 * NDJSON gives a resource a line. A document over several lines is no JSON line by line: it shows by its first two lines, is
 * gathered up to the limit and read at its end. What is no document as a whole is taken for NDJSON after all, line by line.
 */
async function* readFile(
  path: string,
  events: ReadEvents,
  at: (line: number) => void,
): AsyncGenerator<FoundResource, void> {
  let number = 0;
  let firstLine: number | undefined;
  let gathered: string[] | undefined;
  let size = 0;
  const judge = (text: string, line: number): FoundResource | undefined => {
    const read = parsed(text);
    if (read && isResource(read.value)) return read.value;
    events.broken(path, line, read ? 'not-fhir' : 'not-json');
    return undefined;
  };
  for await (const raw of linesOf(path, events)) {
    number += 1;
    at(number);
    const text = number === 1 ? raw?.replace(/^\uFEFF/, '') : raw;
    if (text === null || text === undefined) {
      events.broken(path, number, 'too-large');
      continue;
    }
    if (gathered) {
      gathered.push(text);
      size += text.length;
      if (size > bundleLimitBytes) {
        events.broken(path, firstLine!, 'too-large');
        return;
      }
      if (gathered.length > 2 || text.trim() === '') continue;
      // The second line alone is a resource, so the first was a broken one.
      const second = parsed(text);
      if (!second || !isResource(second.value)) continue;
      gathered = undefined;
      events.broken(path, firstLine!, 'not-json');
      yield second.value;
      continue;
    }
    if (text.trim() === '') continue;
    if (firstLine === undefined) {
      firstLine = number;
      if (!parsed(text)) {
        gathered = [text];
        size = text.length;
        continue;
      }
    }
    const resource = judge(text, number);
    if (resource) yield resource;
  }
  if (!gathered) return;
  const whole = parsed(gathered.join('\n'));
  if (whole) {
    if (isResource(whole.value)) yield whole.value;
    else events.broken(path, firstLine!, 'not-fhir');
    return;
  }
  // One place is named for a document that is broken somewhere, each line for a file of lines.
  const isOfLines = gathered.some((text) => isResource(parsed(text)?.value));
  if (!isOfLines) events.broken(path, firstLine!, 'not-json');
  else {
    for (const [after, text] of gathered.entries()) {
      const resource = text.trim() === '' ? undefined : judge(text, firstLine! + after);
      if (resource) yield resource;
    }
  }
}
