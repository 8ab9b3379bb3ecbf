import { createEmr, listClinics, verifyAuditLog } from '../emr/index.ts';
import { format } from '../language/messages.ts';
import { openInstallation } from '../main.ts';
import { problem } from '../platform/problem.ts';
import { emrGround } from '../services.ts';
import type { Command } from './command-line.ts';

/**
 * `tidegate audit verify`: beside a running clinic or alone. Reads the whole audit log of each clinic again and compares it with its chain and
 * with the checkpoints outside the database. Fails where anything does not fit.
 */
export const auditCommand: Command = async ({ config, language, log, print, values, positionals }) => {
  if (positionals.length !== 1 || positionals[0] !== 'verify') throw problem('invalid', 'cli.audit.what');
  const installation = await openInstallation({ config, log, asGuest: true });
  try {
    const { auditKey } = installation;
    const emr = await createEmr({ ...emrGround(installation), webDirectory: null });
    try {
      const clinics = (await listClinics(emr.context)).map(({ tenantId }) => tenantId);
      if (values.tenant !== undefined && !clinics.includes(Number(values.tenant))) {
        throw problem('invalid', 'cli.import.tenant', { tenants: clinics.join(', ') });
      }
      for (const tenantId of clinics) {
        if (values.tenant !== undefined && tenantId !== Number(values.tenant)) continue;
        const seal = { directory: config.auditDir, seed: auditKey };
        const verified = await verifyAuditLog(emr.context, tenantId, seal);
        const { entries, checkpoints, unsealed, findings } = verified;
        if (findings.length > 0) process.exitCode = 1;
        if (values.json) {
          print(JSON.stringify({ tenant: tenantId, ...verified }));
          continue;
        }
        print(format(language, 'cli.audit.read', { tenant: String(tenantId), entries, checkpoints, unsealed }));
        for (const { what, seq, entry } of findings) {
          print(format(language, `cli.audit.${what}`, { seq: String(seq ?? ''), entry: entry ?? '' }));
        }
        print(
          format(language, findings.length === 0 ? 'cli.audit.whole' : 'cli.audit.broken', {
            findings: findings.length,
          }),
        );
      }
    } finally {
      await emr.close();
    }
  } finally {
    await installation.close();
  }
};
