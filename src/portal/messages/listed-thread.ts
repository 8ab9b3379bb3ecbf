import { localText } from '../../platform/zones.ts';
import type { FiledState, ListedThread } from '../contract/messages.ts';
import type { ThreadRow } from './messages.sql.ts';

const filedOrder = ['parked', 'task', 'waiting', 'filed'] as const satisfies FiledState[];

/** The worst of what goes to the EMR together, from the states of its write-backs. */
export function filedStateOf(states: readonly string[] | null): FiledState {
  const each = (states ?? []).map(
    (one): FiledState => (one === 'parked' || one === 'task' ? one : one === 'acknowledged' ? 'filed' : 'waiting'),
  );
  return filedOrder.find((one) => each.includes(one)) ?? 'filed';
}

/** `zone`: the site's. */
export const listedThread = (row: ThreadRow, zone: string): ListedThread => ({
  threadId: row.threadId,
  kind: row.kind,
  subject: row.subject,
  patientDisplay: row.patientDisplay,
  recipientName: row.recipientName,
  officeName: row.officeName,
  providerDisplay: row.providerDisplay,
  lastAt: localText(zone, row.lastAt),
  unread: row.unread,
  messages: row.messages,
});
