// The same EMR as one that says nothing of permissions: `$permission-coverage` is not there, and no answer says that it was narrowed. What it
// does not show is simply absent, as at every other EMR.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const told = /permission|x-tidegate/i;

export async function blackWall(emrUrl: string): Promise<{ readonly fhirBaseUrl: string; close(): Promise<void> }> {
  const emr = new URL(emrUrl);
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/';
    if (path.includes('$permission-coverage')) {
      outgoing.writeHead(404, { 'content-type': 'application/fhir+json' });
      outgoing.end('{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}');
      incoming.resume();
      return;
    }
    const upstream = request(
      {
        host: emr.hostname,
        port: emr.port,
        path,
        method: incoming.method,
        headers: { ...incoming.headers, host: emr.host },
      },
      (answer) => {
        const headers = Object.fromEntries(
          Object.entries(answer.headers).filter(
            ([name]) => !told.test(name) && name !== 'content-length' && name !== 'transfer-encoding',
          ),
        );
        const isJson =
          String(answer.headers['content-type']).includes('json') &&
          !String(answer.headers['content-type']).includes('ndjson');
        if (!isJson) {
          outgoing.writeHead(answer.statusCode ?? 502, headers);
          answer.pipe(outgoing);
          return;
        }
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          outgoing.writeHead(answer.statusCode ?? 502, headers);
          const text = Buffer.concat(chunks).toString();
          // Where tokens are had stays as it is: a client signs for whom it asks.
          outgoing.end(path.includes('smart-configuration') ? text : silenced(text.replaceAll(emr.origin, wallUrl())));
        });
      },
    );
    upstream.on('error', () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const wallUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    fhirBaseUrl: `${wallUrl()}/fhir`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Loose {
  readonly resourceType?: string;
  readonly entry?: readonly { readonly search?: { readonly mode?: string } }[];
  readonly rest?: readonly { readonly operation?: readonly { readonly name?: string }[] }[];
}

function silenced(text: string): string {
  let body: Loose;
  try {
    body = JSON.parse(text) as Loose;
  } catch {
    return text;
  }
  if (body.resourceType === 'Bundle' && body.entry)
    return JSON.stringify({ ...body, entry: body.entry.filter((entry) => entry.search?.mode !== 'outcome') });
  if (body.resourceType === 'CapabilityStatement' && body.rest) {
    const rest = body.rest.map((one) => ({
      ...one,
      operation: one.operation?.filter(({ name }) => name !== 'permission-coverage'),
    }));
    return JSON.stringify({ ...body, rest });
  }
  // The manifest of an export names what was withheld.
  return JSON.stringify({ ...body, ...('error' in body ? { error: [] } : {}) });
}
