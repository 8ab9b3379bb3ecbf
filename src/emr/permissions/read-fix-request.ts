// A request for permissions that are missing, or too many, as a client signed it (src/fhir/fix-request.ts): whose it is, whether it may be believed, and what of it
// is still to be done. Nothing is done by reading it. What stands in it is the client's word: names come from the clinic's own roster.
import { createHmac } from 'node:crypto';
import { decodeJwt, errors, importJWK, type JWTPayload, type JWTVerifyResult, jwtVerify } from 'jose';
import { z } from 'zod';
import { bitOf, type Column, columns } from '../../fhir/columns.ts';
import {
  type FixClaims,
  fixRequestKeyLabel,
  fixRequestType,
  fixSchedulesAtMost,
  fixSecondsAtMost,
  fixVersion,
  fixVersionHeader,
} from '../../fhir/fix-request.ts';
import { problem } from '../../platform/problem.ts';
import type { EmrContext } from '../context.ts';
import type { FixProposal, ProposedSchedule } from '../contract/fix-requests.ts';
import type { PermissionOffice, PermissionRow, ProviderPermissions } from '../contract/security.ts';
import { type KeySource, type PublicKey, usableKeys } from '../oauth/client-keys.ts';
import { asTenant, tenantOfCredential } from '../oauth/credential.ts';
import { findActiveClient, findUserOfClient, type StoredClient, type StoredProof } from '../oauth/oauth.sql.ts';
import { asPrincipal, type Principal } from '../principal.ts';
import { getProviderPermissions } from './get-provider-permissions.ts';

const id = z.string().min(1).max(64);
const pair = z.object({ office: id, provider: id });
// A column that is not known here is passed over: asked for is then what this EMR has.
const named = z
  .array(z.string().max(40))
  .max(40)
  .transform((all) => columns.filter((column) => all.includes(column)));
const feature = z.string().regex(/^[a-z0-9-]{1,40}$/);
const claims: z.ZodType<FixClaims & { readonly iat: number; readonly exp: number }> = z.object({
  cells: z.array(pair.extend({ columns: named })).max(fixSchedulesAtMost),
  remove: z
    .array(pair.extend({ columns: named, selected: z.boolean() }))
    .max(fixSchedulesAtMost)
    .optional(),
  until: z.array(pair).max(fixSchedulesAtMost),
  offices: z.array(id).max(fixSchedulesAtMost),
  gaps: z.array(z.string().regex(/^[A-Za-z0-9-]{1,20}$/)).max(2000),
  needs: z.record(feature, named),
  iat: z.number(),
  exp: z.number(),
});

const refused = (key: 'unreadable' | 'other-clinic' | 'ended' | 'not-signed' | 'expired' | 'contradicts' | 'newer') =>
  problem('unprocessable', `fix.emr.problem.${key}`);

/** Throws `unprocessable`, each time with what there is to do. */
export async function readFixRequest(
  context: Pick<EmrContext, 'pool' | 'clock' | 'publicUrl'>,
  keySource: KeySource,
  actor: Pick<Principal, 'tenantId' | 'userId'>,
  request: string,
): Promise<FixProposal> {
  const { pool, clock } = context;
  const { tenantId } = actor;
  const clientId = issuerOf(request);
  if (tenantOfCredential(clientId) !== tenantId) throw refused('other-clinic');
  const client = await asTenant(pool, tenantId, (tx) => findActiveClient(tx, tenantId, clientId));
  const user = client && (await asTenant(pool, tenantId, (tx) => findUserOfClient(tx, tenantId, clientId)));
  if (!user) throw refused('ended');
  const { payload, version } = await verified(context, keySource, client, request);
  if (version > fixVersion) throw refused('newer');
  const asked = claims.safeParse(payload);
  if (!asked.success) throw refused('unreadable');
  // What is not critical in the head may have been passed over by whoever read it before: then it says nothing here either.
  if (version < 2 && asked.data.remove !== undefined) throw refused('unreadable');
  if (contradicts(asked.data)) throw refused('contradicts');
  const { iat, exp, gaps } = asked.data;
  if (exp - iat > fixSecondsAtMost) throw refused('not-signed');
  const matrix = await asPrincipal(pool, actor, (tx) => getProviderPermissions(tx, clock, tenantId, user.userId), {
    scope: 'roster',
    readOnly: true,
    isolation: 'repeatable read',
  });
  const offices = new Map(matrix.offices.map((office) => [office.officeId, office]));
  return {
    userId: user.userId,
    clientName: user.clientName,
    gaps,
    madeAt: new Date(iat * 1000).toISOString(),
    expiresAt: new Date(exp * 1000).toISOString(),
    schedules: schedulesOf(matrix, asked.data),
    offices: [...new Set(asked.data.offices)].map((officeId) => {
      const office = offices.get(officeId);
      return { officeId, name: office?.name ?? null, member: office?.member ?? false };
    }),
  };
}

/** It asks to take away what it says that it needs, or what it asks for as well. */
function contradicts({ cells, remove = [], needs }: FixClaims): boolean {
  const needed = new Set(Object.values(needs).flat());
  return remove.some(
    (one) =>
      (one.selected && one.columns.some((column) => needed.has(column))) ||
      cells.some(
        (cell) =>
          cell.office === one.office &&
          cell.provider === one.provider &&
          cell.columns.some((column) => one.columns.includes(column)),
      ),
  );
}

/** Only whom it says that it is of: nothing of it is believed yet. */
function issuerOf(request: string): string {
  try {
    const { iss } = decodeJwt(request);
    if (typeof iss === 'string' && iss.length <= 200) return iss;
  } catch {
    // Said below.
  }
  throw refused('unreadable');
}

/** By one of the keys that the client has now, or had until a moment that has not come. */
async function verified(
  { clock, publicUrl }: Pick<EmrContext, 'clock' | 'publicUrl'>,
  keySource: KeySource,
  client: StoredClient,
  request: string,
): Promise<{ readonly payload: JWTPayload; readonly version: number }> {
  const now = clock.now();
  const proofs: StoredProof[] = [client];
  if (client.former && client.former.until > now) proofs.push(client.former);
  for (const proof of proofs) {
    for (const { key, algorithm } of await keysOf(proof, keySource)) {
      try {
        const { payload, protectedHeader } = await jwtVerify(request, key, {
          algorithms: [algorithm],
          typ: fixRequestType,
          issuer: client.clientId,
          audience: `${publicUrl}/fhir`,
          currentDate: now,
          clockTolerance: 15,
          requiredClaims: ['iat', 'exp', 'jti'],
          crit: { [fixVersionHeader]: true },
        });
        if (payload.iat! * 1000 > now.getTime() + 15_000) throw refused('not-signed');
        return { payload, version: versionIn(protectedHeader) };
      } catch (error) {
        // Judged only once the signature holds.
        if (error instanceof errors.JWTExpired) throw refused('expired');
        if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') throw refused('other-clinic');
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
  }
  throw refused('not-signed');
}

/** Only where the head says that it has to be understood; anything else there is no version of ours. */
function versionIn(header: JWTVerifyResult['protectedHeader']): number {
  if (!header.crit?.includes(fixVersionHeader)) return 1;
  const version = header[fixVersionHeader];
  return typeof version === 'number' ? version : Number.POSITIVE_INFINITY;
}

/** A key with the one algorithm that it is for: a public key never serves as a secret. */
async function keysOf({ secretHash, jwks, jwksUri }: StoredProof, keySource: KeySource) {
  if (secretHash !== null) {
    const key = createHmac('sha256', Buffer.from(secretHash, 'hex')).update(fixRequestKeyLabel).digest();
    return [{ key, algorithm: 'HS256' }];
  }
  const keys: PublicKey[] = jwksUri === null ? usableKeys(jwks) : await keySource(jwksUri);
  return Promise.all(
    keys.map(async (jwk) => {
      const algorithm = jwk.kty === 'RSA' ? 'RS384' : 'ES384';
      return { key: await importJWK({ ...jwk } as Parameters<typeof importJWK>[0], algorithm), algorithm };
    }),
  );
}

/** Each schedule once, whatever was asked of it, in the order in which it was asked. */
function schedulesOf(matrix: ProviderPermissions, { cells, remove = [], until, needs }: FixClaims): ProposedSchedule[] {
  const places = new Map<string, { readonly office: PermissionOffice; readonly row: PermissionRow }>(
    matrix.offices.flatMap((office) =>
      office.rows.map((row) => [`${office.officeId}/${row.providerId}`, { office, row }] as const),
    ),
  );
  const keyOf = (one: { readonly office: string; readonly provider: string }): string =>
    `${one.office}/${one.provider}`;
  const nothing = { columns: [] as readonly Column[], remove: [] as readonly Column[], selected: true };
  const askedOf = Map.groupBy(
    [
      ...cells.map((one) => ({ ...nothing, ...one })),
      ...remove.map((one) => ({ ...one, columns: nothing.columns, remove: one.columns })),
      ...until.map((one) => ({ ...nothing, ...one })),
    ],
    keyOf,
  );
  const untilOf = new Set(until.map(keyOf));
  return [...askedOf].map(([key, all]) => {
    const [{ office: officeId, provider: providerId }] = all as [(typeof all)[number]];
    const place = places.get(key);
    const wanted = new Set(all.flatMap((one) => one.columns));
    const unneeded = new Set(all.flatMap((one) => one.remove));
    const isGranted = (column: Column) => place !== undefined && (place.row.columns & bitOf[column]) !== 0;
    return {
      officeId,
      providerId,
      known: place ? { officeName: place.office.name, display: place.row.display } : null,
      cells: columns
        .filter((column) => wanted.has(column))
        .map((column) => ({
          column,
          granted: isGranted(column),
          features: Object.keys(needs).filter((one) => needs[one]!.includes(column)),
        })),
      removals: columns
        .filter((column) => unneeded.has(column))
        .map((column) => ({ column, granted: isGranted(column) })),
      selected: all.every((one) => one.selected),
      until: untilOf.has(key) ? { day: place?.row.accessUntilDay ?? null, isOver: place?.row.lapsed ?? false } : null,
    };
  });
}
