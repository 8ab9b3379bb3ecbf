import type Provider from 'oidc-provider';
import { newId } from '../../platform/ids.ts';
import { insertAccesses } from '../audit/access.sql.ts';
import { beginAccess } from '../audit/access.ts';
import type { EmrContext } from '../context.ts';
import { tenantOfCredential } from './credential.ts';

/**
 * Each answer to a client that there is, given or refused, is recorded before it is sent. Who names no client of ours touches nothing and
 * could fill the record with names.
 */
export function recordTokens(provider: Provider, { recordPool }: EmrContext): void {
  provider.use(async (ctx, next) => {
    await next();
    const clientId = ctx.oidc?.client?.clientId;
    const tenantId = clientId === undefined ? undefined : tenantOfCredential(clientId);
    if (clientId === undefined || tenantId === undefined || ctx.oidc.route !== 'token') return;
    const access = beginAccess(
      { kind: 'token', query: scopeIn(ctx.oidc.params?.['scope']) },
      { requestId: newId(), door: 'oauth', route: 'POST /oauth/token', kept: undefined },
    );
    Object.assign(access, { tenantId, clientId, status: ctx.status });
    await insertAccesses(recordPool, tenantId, [access]);
  });
}

/** Of what was sent the scope alone: all else are secrets. */
const scopeIn = (scope: unknown): string | undefined =>
  typeof scope === 'string' ? new URLSearchParams({ scope: scope.slice(0, 1000) }).toString() : undefined;
