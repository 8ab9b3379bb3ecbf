// Where oidc-provider keeps what it knows: in PostgreSQL, under the tenant that the credential names, secrets as hashes. Its sessions are
// not kept at all: who an administrator is, is what the EMR's own sign-in says, at each request anew.
import { type Adapter, type AdapterPayload, errors, Provider } from 'oidc-provider';
import type { Db } from '../../platform/database/db.ts';
import { sha256 } from '../../platform/ids.ts';
import type { EmrContext } from '../context.ts';
import * as approvals from './approvals.sql.ts';
import { type KeySource, usableKeys } from './client-keys.ts';
import { asTenant, tenantOfCredential } from './credential.ts';
import { deleteToken, findActiveClient, findToken, insertToken, type StoredClient } from './oauth.sql.ts';

/** The parameter that names the clinic where the browser comes back from *Approve third-party access*: what it brings does not. */
export const clinicParameter = 'clinic';

type Kept = Pick<Adapter, 'upsert' | 'find' | 'destroy'> & Partial<Adapter>;

/** When what the library keeps for so many seconds ends. It says so of everything that is kept here. */
const inSeconds = (now: Date, seconds = 0): Date => new Date(now.getTime() + seconds * 1000);

/** One adapter for each model of the library by its name. What is asked of another one fails: it would be kept nowhere. */
export function adapterFor(name: string, context: EmrContext, keySource: KeySource): Adapter {
  const unused = async (): Promise<never> => {
    throw new Error(`${name} is not kept here`);
  };
  const kept: Readonly<Record<string, Kept>> = {
    Client: { find: (id) => findClient(context, keySource, id), upsert: unused, destroy: unused },
    ClientCredentials: tokens(name, context),
    AccessToken: tokens(name, context),
    AuthorizationCode: codes(context),
    Grant: grants(context),
    Interaction: interactions(context),
    Session: { find: async () => undefined, upsert: async () => undefined, destroy: async () => undefined },
  };
  return {
    findByUserCode: unused,
    findByUid: unused,
    consume: unused,
    revokeByGrantId: unused,
    ...(kept[name] ?? { find: async () => undefined, upsert: unused, destroy: unused }),
  };
}

/** Runs `work` for the tenant that a credential names; undefined: it names none. */
function ofCredential<T>(
  { pool }: EmrContext,
  credential: string,
  work: (tx: Db, tenantId: number) => Promise<T>,
): Promise<T | undefined> {
  const tenantId = tenantOfCredential(credential);
  return tenantId === undefined ? Promise.resolve(undefined) : asTenant(pool, tenantId, (tx) => work(tx, tenantId));
}

async function findClient(context: EmrContext, keySource: KeySource, id: string): Promise<AdapterPayload | undefined> {
  const client = await ofCredential(context, id, (tx, tenantId) => findActiveClient(tx, tenantId, id));
  if (!client) return undefined;
  const proof = await proofOf(client, context.clock.now(), keySource);
  if (!proof) return undefined;
  return {
    client_id: client.clientId,
    ...proof,
    ...(client.redirectUris.length > 0 && {
      grant_types: ['authorization_code', 'client_credentials'],
      response_types: ['code'],
      redirect_uris: [...client.redirectUris],
    }),
    // What it may ask an administrator for, and what it may have without asking: nothing until one has approved.
    registered: client.scopes.join(' '),
    allowed: (client.redirectUris.length > 0 ? (client.approvedScopes ?? []) : client.scopes).join(' '),
  } as never;
}

/** Whether the request that is being answered brings an assertion; a secret otherwise. */
const bringsAssertion = (): boolean => {
  const { params } = Provider.ctx?.oidc ?? {};
  return params?.['client_assertion'] !== undefined;
};

/**
 * What the client proves itself with. For as long as the credentials before are good as well it is both, one after the other; where they
 * are of another kind, what the request brings decides which of the two it has to be. undefined: there is no key that could be used.
 */
async function proofOf(client: StoredClient, now: Date, keySource: KeySource): Promise<object | undefined> {
  const { former } = client;
  const good = [client, ...(former && former.until > now ? [former] : [])];
  const keysOf = async ({ jwks, jwksUri }: Pick<StoredClient, 'jwks' | 'jwksUri'>) =>
    jwksUri === null ? usableKeys(jwks) : keySource(jwksUri);
  const secrets = good.flatMap(({ secretHash }) => secretHash ?? []);
  const withKeys = good.filter(({ secretHash }) => secretHash === null);
  const byAssertion = withKeys.length > 0 && (secrets.length === 0 || bringsAssertion());
  if (!byAssertion) return { token_endpoint_auth_method: 'client_secret_post', client_secret: secrets.join('.') };
  const keys = (await Promise.all(withKeys.map(keysOf))).flat();
  return keys.length === 0 ? undefined : { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys } };
}

async function revokeApproval(context: EmrContext, approvalId: string): Promise<void> {
  await ofCredential(context, approvalId, (tx, tenantId) => approvals.deleteOfApproval(tx, tenantId, approvalId));
}

function tokens(name: string, context: EmrContext): Kept {
  return {
    upsert: async (id, { clientId = '', scope, grantId }, expiresIn) => {
      const now = context.clock.now();
      const expiresAt = inSeconds(now, expiresIn);
      await ofCredential(context, id, (tx, tenantId) =>
        insertToken(tx, {
          tenantId,
          tokenHash: sha256(id),
          clientId,
          payload: { scope, kind: name },
          approvalId: grantId,
          expiresAt,
          now,
        }),
      );
    },
    find: async (id) => {
      const token = await ofCredential(context, id, (tx, tenantId) => findToken(tx, tenantId, sha256(id)));
      if (token?.kind !== name) return undefined;
      const { clientId, approvalId, expiresAt } = token;
      return {
        kind: name,
        jti: id,
        clientId,
        exp: expiresAt.getTime() / 1000,
        ...(approvalId !== null && { grantId: approvalId }),
      };
    },
    destroy: async (id) => {
      await ofCredential(context, id, (tx, tenantId) => deleteToken(tx, tenantId, sha256(id)));
    },
    revokeByGrantId: (grantId) => revokeApproval(context, grantId),
  };
}

function codes(context: EmrContext): Kept {
  return {
    upsert: async (id, payload, expiresIn) => {
      const { clientId = '', grantId = '' } = payload;
      const now = context.clock.now();
      const expiresAt = inSeconds(now, expiresIn);
      // The code itself is what the library calls jti.
      const { jti: _code, ...rest } = payload;
      await ofCredential(context, id, (tx, tenantId) =>
        approvals.insertCode(tx, {
          tenantId,
          hash: sha256(id),
          clientId,
          approvalId: grantId,
          payload: rest,
          expiresAt,
          now,
        }),
      );
    },
    find: async (id) => {
      const code = await ofCredential(context, id, (tx, tenantId) => approvals.findCode(tx, tenantId, sha256(id)));
      return code && { ...code.payload, jti: id, consumed: code.consumed };
    },
    consume: async (id) => {
      const now = context.clock.now();
      const first = await ofCredential(context, id, async (tx, tenantId) => {
        const approvalId = (await approvals.findCode(tx, tenantId, sha256(id)))?.payload['grantId'];
        if (typeof approvalId !== 'string') return false;
        await approvals.lockApproval(tx, tenantId, approvalId);
        if (await approvals.consumeCode(tx, tenantId, sha256(id), now)) return true;
        // The library looks first and consumes afterwards; somebody else came in between. What that one was given ends too.
        await approvals.endApprovalById(tx, tenantId, approvalId, now);
        return false;
      });
      if (!first) throw new errors.InvalidGrant('authorization code already consumed');
    },
    destroy: async () => undefined,
    revokeByGrantId: (grantId) => revokeApproval(context, grantId),
  };
}

/** The library's grants are our approvals; it only looks at them, and ends one whose code came twice. */
function grants(context: EmrContext): Kept {
  return {
    upsert: async () => {
      throw new Error('an approval is made by an administrator');
    },
    find: async (id) => {
      const approval = await ofCredential(context, id, (tx, tenantId) => approvals.findApproval(tx, tenantId, id));
      return (
        approval && {
          kind: 'Grant',
          jti: id,
          clientId: approval.clientId,
          accountId: approval.userId,
          openid: { scope: approval.scopes.join(' ') },
        }
      );
    },
    destroy: async (id) => {
      const now = context.clock.now();
      await ofCredential(context, id, (tx, tenantId) => approvals.endApprovalById(tx, tenantId, id, now));
    },
  };
}

function interactions(context: EmrContext): Kept {
  /** Only where the browser comes back: what names the request is beyond guessing, and the clinic in the address says where to look for it. */
  const ofAddress = async <T>(work: Parameters<typeof ofCredential<T>>[2]): Promise<T | undefined> =>
    ofCredential(context, `${String(Provider.ctx?.query[clinicParameter] ?? '')}.`, work);
  return {
    upsert: async (id, payload, expiresIn) => {
      const clientId = String((payload['params'] as Readonly<Record<string, unknown>> | undefined)?.['client_id']);
      const now = context.clock.now();
      const expiresAt = inSeconds(now, expiresIn);
      // Without its name, which is kept as a hash alone.
      const { jti: _name, returnTo: _address, ...rest } = payload;
      await ofCredential(context, clientId, (tx, tenantId) =>
        approvals.keepInteraction(tx, { tenantId, hash: sha256(id), clientId, payload: rest, expiresAt, now }),
      );
    },
    find: async (id) => {
      const now = context.clock.now();
      const found = await ofAddress((tx, tenantId) => approvals.findInteraction(tx, tenantId, sha256(id), now));
      return found && { ...found.payload, jti: id };
    },
    destroy: async (id) => {
      await ofAddress((tx, tenantId) => approvals.deleteInteraction(tx, tenantId, sha256(id)));
    },
  };
}
