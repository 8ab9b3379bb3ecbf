import { searchPairs } from '../../fhir/search-query.ts';
import { isResourceType, type ResourceType, resources } from '../fhir/resources.ts';
import { type Condition, parseSearch } from '../fhir/search-request.ts';

/** What a subscription of the user's own permissions has for criteria. */
export const permissionCriteria = '$permission-coverage';

export type Criteria =
  | { readonly watches: 'permissions' }
  | { readonly watches: ResourceType; readonly conditions: readonly Condition[] };

/** Types of which a change is queued. A Binary changes with its DocumentReference, an Organization never. */
export const watchedTypes: readonly ResourceType[] = (Object.keys(resources) as ResourceType[]).filter(
  (type) => resources[type].lastUpdated !== undefined && type !== 'Binary' && type !== 'Subscription',
);

/** `Appointment?practitioner=…`: a search by what a resource is, without order, pages or includes. undefined: it is none. Throws as a search does. */
export function parseCriteria(text: string, baseUrl: string): Criteria | undefined {
  if (text === permissionCriteria) return { watches: 'permissions' };
  const at = text.indexOf('?');
  const type = at < 0 ? text : text.slice(0, at);
  if (!isResourceType(type) || !watchedTypes.includes(type)) return undefined;
  const query = new URLSearchParams(at < 0 ? '' : text.slice(at + 1));
  if ([...query.keys()].some((name) => name.startsWith('_') && name !== '_id')) return undefined;
  return { watches: type, conditions: parseSearch(type, searchPairs(query), { baseUrl, lenient: false }).conditions };
}
