import { Agent, request } from 'undici';
import { AddressRefused, type AddressRule, addressFor, pinnedTo } from './address.ts';

const timeoutMs = 10_000;
const answerBytes = 16 * 1024;

/** 'told', or why not: words of ours alone. 'gone': whoever is there wants no more (410). */
export type Sent = 'told' | 'gone' | 'address-refused' | 'unreachable' | `status-${number}`;

interface Sending {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly rule: AddressRule;
}

/** One POST. Redirects are not followed, and of the answer nothing but its status counts. */
export async function send(endpoint: string, sending: Sending): Promise<Sent> {
  const answer = await post(endpoint, { ...sending, timeoutMs });
  if (typeof answer === 'string') return answer;
  if (answer.status === 410) return 'gone';
  return answer.status >= 200 && answer.status < 300 ? 'told' : `status-${answer.status}`;
}

/** One POST that asks for an answer: its text, at most 16 KiB, where its status says that it is one. */
export async function ask(
  endpoint: string,
  sending: Sending & { readonly timeoutMs: number },
): Promise<{ readonly text: string } | Exclude<Sent, 'told'>> {
  const answer = await post(endpoint, sending);
  if (typeof answer === 'string') return answer;
  return answer.status === 200 ? { text: answer.text } : `status-${answer.status}`;
}

async function post(
  endpoint: string,
  { headers, body, rule, timeoutMs: ms }: Sending & { readonly timeoutMs: number },
): Promise<{ readonly status: number; readonly text: string } | 'address-refused' | 'unreachable'> {
  let agent: Agent | undefined;
  try {
    const url = new URL(endpoint);
    agent = new Agent({ connect: { lookup: pinnedTo(await addressFor(url, rule)), timeout: ms } });
    const answer = await request(url, {
      method: 'POST',
      headers,
      body,
      dispatcher: agent,
      headersTimeout: ms,
      bodyTimeout: ms,
      // However steadily it drips.
      signal: AbortSignal.timeout(2 * ms),
    });
    const text = await readSome(answer.body).catch(() => '');
    return { status: answer.statusCode, text };
  } catch (error) {
    return error instanceof AddressRefused ? 'address-refused' : 'unreachable';
  } finally {
    await agent?.destroy().catch(() => undefined);
  }
}

/** The beginning of what comes; an answer that is longer is none that anybody asked for. */
async function readSome(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > answerBytes) return '';
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
