import { Agent, request } from 'undici';
import { AddressRefused, type AddressRule, addressFor, pinnedTo } from './address.ts';

const timeoutMs = 10_000;
const answerBytes = 16 * 1024;

/** 'told', or why not: words of ours alone. 'gone': whoever is there wants no more (410). */
export type Sent = 'told' | 'gone' | 'address-refused' | 'unreachable' | `status-${number}`;

/** One POST. Redirects are not followed, and of the answer nothing but its status counts. */
export async function send(
  endpoint: string,
  {
    headers,
    body,
    rule,
  }: { readonly headers: Record<string, string>; readonly body: string; readonly rule: AddressRule },
): Promise<Sent> {
  let agent: Agent | undefined;
  try {
    const url = new URL(endpoint);
    agent = new Agent({ connect: { lookup: pinnedTo(await addressFor(url, rule)), timeout: timeoutMs } });
    const answer = await request(url, {
      method: 'POST',
      headers,
      body,
      dispatcher: agent,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    await answer.body.dump({ limit: answerBytes }).catch(() => undefined);
    if (answer.statusCode === 410) return 'gone';
    return answer.statusCode >= 200 && answer.statusCode < 300 ? 'told' : `status-${answer.statusCode}`;
  } catch (error) {
    return error instanceof AddressRefused ? 'address-refused' : 'unreachable';
  } finally {
    await agent?.destroy().catch(() => undefined);
  }
}
