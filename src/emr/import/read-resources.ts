// Files and folders as a stream of FHIR resources: Bundles and NDJSON, plain or gzip, told by their content and not by their name.
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** A Bundle is read whole; a larger one has to be written as NDJSON, which is read line by line and has no limit. */
export const bundleLimitBytes = 256 * 2 ** 20;

export interface FoundResource {
  readonly resourceType: string;
  readonly id?: string;
  readonly [member: string]: unknown;
}

export interface ReadEvents {
  /** A line or file that is no FHIR: where, and no word of what it says. */
  broken(file: string, line: number): void;
  bytes(count: number): void;
}

export async function listFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) {
      const names = (await readdir(path)).filter((name) => !name.startsWith('.')).sort();
      found.push(...(await listFiles(names.map((name) => join(path, name)))));
    } else found.push(path);
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

/** Synchronous, because a stream flows from the moment somebody listens: whoever reads must be there by then. */
function textOf(file: string, gzip: boolean, events: ReadEvents): Readable {
  const raw = createReadStream(file, { highWaterMark: 2 ** 18 });
  raw.on('data', (chunk) => events.bytes(chunk.length));
  if (!gzip) return raw;
  const plain = createGunzip();
  // pipe() does not pass errors on; a file that ends too soon must not look like one that is whole.
  raw.on('error', (error) => plain.destroy(error));
  return raw.pipe(plain);
}

const isResource = (value: unknown): value is FoundResource =>
  typeof value === 'object' && value !== null && typeof (value as { resourceType?: unknown }).resourceType === 'string';

/** Resources of a Bundle with `urn:uuid:` references made into relative ones, as the transaction rules of FHIR R4 say. */
function* entriesOf(bundle: FoundResource): Generator<FoundResource> {
  const entries = (Array.isArray(bundle['entry']) ? bundle['entry'] : []) as { fullUrl?: string; resource?: unknown }[];
  const known = new Map<string, string>();
  for (const { fullUrl, resource } of entries) {
    if (!fullUrl?.startsWith('urn:uuid:') || !isResource(resource)) continue;
    known.set(fullUrl, `${resource.resourceType}/${resource.id ?? fullUrl.slice('urn:uuid:'.length)}`);
  }
  for (const { fullUrl, resource } of entries) {
    if (!isResource(resource)) continue;
    const id = resource.id ?? (fullUrl?.startsWith('urn:uuid:') ? fullUrl.slice('urn:uuid:'.length) : undefined);
    const named = id === undefined ? resource : { ...resource, id };
    if (known.size === 0) yield named;
    else {
      yield JSON.parse(JSON.stringify(named), (key, value) =>
        key === 'reference' && typeof value === 'string' ? (known.get(value) ?? value) : value,
      ) as FoundResource;
    }
  }
}

/** Each resource of the files. A broken line is reported and the rest goes on. */
export async function* readResources(files: readonly string[], events: ReadEvents): AsyncGenerator<FoundResource> {
  for (const file of files) {
    const gzip = await isGzip(file);
    const lines = createInterface({ input: textOf(file, gzip, events), crlfDelay: Number.POSITIVE_INFINITY });
    let number = 0;
    // A Bundle written over several lines is no JSON line by line: it is gathered, up to the limit, and read at its end.
    let gathered = '';
    let gathering = false;
    try {
      for await (const line of lines) {
        number += 1;
        if (gathering) {
          gathered += `${line}\n`;
          if (gathered.length > bundleLimitBytes) {
            events.broken(file, 1);
            gathered = '';
            break;
          }
          continue;
        }
        if (line.trim() === '') continue;
        let value: unknown;
        try {
          value = JSON.parse(line);
        } catch {
          if (number === 1) {
            gathering = true;
            gathered = `${line}\n`;
          } else events.broken(file, number);
          continue;
        }
        if (!isResource(value)) events.broken(file, number);
        else if (value.resourceType === 'Bundle') yield* entriesOf(value);
        else yield value;
      }
      if (gathering && gathered !== '') {
        let value: unknown;
        try {
          value = JSON.parse(gathered);
        } catch {
          value = undefined;
        }
        if (!isResource(value)) events.broken(file, 1);
        else if (value.resourceType === 'Bundle') yield* entriesOf(value);
        else yield value;
      }
    } catch (error) {
      // A gzip file that breaks off: what came before it was read.
      if (
        !['Z_BUF_ERROR', 'Z_DATA_ERROR', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
          String((error as { code?: unknown }).code),
        )
      )
        throw error;
      events.broken(file, number + 1);
    }
  }
}
