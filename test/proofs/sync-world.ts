// A clinic of 120 bookings, all of them permitted and read once, and the two databases that a checker looks into.
import { all, type SyncClinic, syncClinic, tenantId } from '../sync-clinic.ts';
import type { ProofOptions } from './proof.ts';
import type { Books } from './sync-checker.ts';

export interface World {
  readonly clinic: SyncClinic;
  readonly books: Books;
}

export async function openWorld({ adminUrl }: Pick<ProofOptions, 'adminUrl'>): Promise<World> {
  const clinic = await syncClinic({ adminUrl });
  await clinic.grantAll(all);
  await clinic.sync('full');
  const { emr, portal, serviceId: userId } = clinic;
  return { clinic, books: { emr, portal, tenantId, userId } };
}
