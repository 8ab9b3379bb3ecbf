// What is known so far of an interaction that has to be recorded. It accompanies the request through everything that is done for it, so
// that the transaction itself can say under what it read, without each route passing that on.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Db } from '../../platform/database/db.ts';
import { newId } from '../../platform/ids.ts';

export type Door = 'fhir' | 'screen' | 'oauth';
export type AccessKind =
  | 'read'
  | 'search'
  | 'history'
  | 'everything'
  | 'export'
  | 'create'
  | 'update'
  | 'delete'
  | 'batch'
  | 'sign-in'
  | 'sign-out'
  | 'token';

/** What an address asks for, before anybody has looked whether there is such a thing. */
export interface Asked {
  readonly kind: AccessKind;
  readonly entityType?: string | undefined;
  readonly entityId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly officeId?: string | undefined;
  readonly providerId?: string | undefined;
  readonly query?: string | undefined;
}

/** The state of permissions and data that a list was answered from. */
export interface ReadingState {
  readonly permissionVersion: string;
  readonly snapshot: string;
  readonly readAt: string;
}

export interface Access extends Asked {
  readonly eventId: string;
  readonly requestId: string;
  readonly door: Door;
  readonly route: string;
  /** A list: who saw a record is computed from it, so it is read in one snapshot, which is kept. */
  readonly isList: boolean;
  tenantId?: number;
  userId?: string | null;
  clientId?: string | null;
  kind: AccessKind;
  entityType?: string | undefined;
  entityId?: string | undefined;
  patientId?: string | undefined;
  officeId?: string | undefined;
  providerId?: string | undefined;
  query?: string | undefined;
  pageEnd?: string | undefined;
  shown?: readonly string[] | undefined;
  status?: number;
  reading?: ReadingState;
  /** The transaction that `reading` was noted in. */
  readIn?: Db;
  /** Permission versions whose pairs this app has kept already. */
  readonly kept?: Set<string> | undefined;
  /** Pairs held, as JSON, where they are not yet kept. */
  pairs?: string;
  /** The entries of a Bundle; each is recorded, and the Bundle itself only where it has none. */
  entries?: Access[];
  isRecorded?: boolean;
}

const inForce = new AsyncLocalStorage<Access>();

export const accessInForce = (): Access | undefined => inForce.getStore();

export const withAccess = <T>(access: Access, work: () => T): T => inForce.run(access, work);

const lists: readonly AccessKind[] = ['search', 'history', 'everything', 'export'];

export function beginAccess(
  asked: Asked,
  { requestId, door, route, kept }: Pick<Access, 'requestId' | 'door' | 'route' | 'kept'>,
): Access {
  return { ...asked, requestId, door, route, kept, eventId: newId(), isList: lists.includes(asked.kind) };
}

/** An entry of the Bundle that is answered now. */
export function beginEntry(asked: Asked): Access | undefined {
  const bundle = inForce.getStore();
  if (!bundle) return undefined;
  const entry = beginAccess(asked, bundle);
  bundle.entries ??= [];
  bundle.entries.push(entry);
  return entry;
}

export interface Known {
  readonly tenantId: number;
  /** null: nobody whom we know. */
  readonly userId: string | null;
  readonly clientId?: string;
}

/** Who asks. */
export function noteWho({ tenantId, userId, clientId }: Known, access = inForce.getStore()): void {
  if (!access) return;
  access.tenantId = tenantId;
  access.userId = userId;
  if (clientId !== undefined) access.clientId = clientId;
}

/** What only the use case knows: whose record it is, and what a list really asks for. */
export function noteAccess(
  known: Partial<
    Pick<Access, 'entityType' | 'entityId' | 'patientId' | 'officeId' | 'providerId' | 'query' | 'kind' | 'shown'>
  >,
): void {
  const access = inForce.getStore();
  if (access) Object.assign(access, known);
}
