import type { AccessKind, Asked } from './access.ts';

const ofMethod: Readonly<Record<string, AccessKind>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

const short = (text: string | undefined): string | undefined => (text ? text.slice(0, 64) : undefined);

/** What a FHIR address below the base asks for; the same for a request and for an entry of a Bundle. Total: every address has a kind. */
export function fhirAsked(method: string, path: string, query: string): Asked {
  const [type = '', id, operation, version] = path.split('/');
  const asked = { query: query === '' ? undefined : query };
  if (type === '') return { ...asked, kind: method === 'POST' ? 'batch' : 'search' };
  if (type === '$permission-coverage') return { ...asked, kind: 'read', entityType: type };
  if (type === '$export') {
    if (id === undefined) return { ...asked, kind: 'export' };
    const file = operation?.replace(/\.ndjson$/, '');
    if (file !== undefined) return { ...asked, kind: 'export', entityType: short(file) };
    return { ...asked, kind: ofMethod[method] ?? 'read', entityType: 'Export', entityId: short(id) };
  }
  const entityType = short(type);
  const isPatient = type === 'Patient';
  if (id === undefined || id === '' || id === '_search') {
    const isSearch = method === 'GET' || method === 'HEAD' || id === '_search';
    return { ...asked, kind: isSearch ? 'search' : (ofMethod[method] ?? 'read'), entityType, ...patientIn(query) };
  }
  if (id === '_history') return { ...asked, kind: 'history', entityType };
  const entity = { entityType, entityId: short(id), ...(isPatient ? { patientId: short(id) } : {}) };
  if (operation === '_history') return { ...asked, ...entity, kind: version === undefined ? 'history' : 'read' };
  if (operation === '$everything') return { ...asked, ...entity, kind: 'everything' };
  if (operation === '$saved-for-ocean') return { ...asked, ...entity, kind: 'export' };
  return { ...asked, ...entity, kind: ofMethod[method] ?? 'read' };
}

/** The one patient that a search is about. */
export function patientIn(query: string): { patientId?: string } {
  const named = new URLSearchParams(query).getAll('patient');
  const id = named.length === 1 ? /^(?:.*\/)?(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(named[0]!)?.[1] : undefined;
  return id === undefined ? {} : { patientId: id };
}
