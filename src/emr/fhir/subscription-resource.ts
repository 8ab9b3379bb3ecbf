// The part of the table in resources.ts that is about subscriptions: everybody's own, and nobody else's.
import { noColumns } from '../../fhir/columns.ts';
import { impactAddressUrl, payloadContentUrl } from '../../fhir/extensions.ts';
import { instant, meta, text } from './builders.sql.ts';
import type { Resource } from './resources.ts';

/** Alias: s subscription. What it is signed with is told by nobody. */
const json = `'{"resourceType":"Subscription","id":"' || s.subscription_id || '",' || ${meta('s')} ||
  coalesce(',"extension":[{"url":"${impactAddressUrl}","valueUrl":' || ${text('s.impact_endpoint')} || '}]', '') ||
  ',"status":"' || s.status || '"' || coalesce(',"end":' || ${instant('s.end_at')}, '') || ',"reason":' || ${text('s.reason')} ||
  ',"criteria":' || ${text('s.criteria')} || coalesce(',"error":"' || s.problem || '"', '') ||
  ',"channel":{"type":"rest-hook","endpoint":' || ${text('s.endpoint')} ||
  case when s.content = 'none' then '' else
    ',"payload":"application/fhir+json","_payload":{"extension":[{"url":"${payloadContentUrl}","valueCode":"' || s.content || '"}]}' end || '}}'`;

export const subscriptionResource: Resource = {
  json,
  from: 'subscription s',
  where: 's.tenant_id = $tenant and s.user_id = $user',
  id: 's.subscription_id',
  lastUpdated: 's.last_updated',
  sorts: { _id: 's.subscription_id', _lastUpdated: 's.last_updated' },
  parameters: {
    _lastUpdated: { kind: 'date', column: 's.last_updated' },
    status: { kind: 'token', column: 's.status' },
    criteria: { kind: 'string', columns: ['s.criteria'] },
    url: { kind: 'identifier', column: 's.endpoint' },
  },
  includes: {},
  needs: noColumns,
  summary: ['status', 'reason', 'criteria', 'error', 'channel'],
  mandatory: ['status', 'reason', 'criteria', 'channel'],
};
