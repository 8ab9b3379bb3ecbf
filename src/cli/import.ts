import { createEmr, formatReport, importFiles, listClinics } from '../emr/index.ts';
import { openInstallation } from '../main.ts';
import { problem } from '../platform/problem.ts';
import type { CommandLine } from './command-line.ts';

/** `tidegate import <file or folder>…`: beside a running clinic or alone. The report is the last line; with --json one object. */
export async function importCommand({ config, language, log, say, values, positionals }: CommandLine): Promise<void> {
  if (positionals.length === 0) throw problem('invalid', 'cli.import.nothing');
  const installation = await openInstallation({ config, log, asGuest: true });
  try {
    const { roles, clock, version } = installation;
    const emr = await createEmr({
      appUrl: roles.emrApp,
      importUrl: roles.emrImport,
      publicUrl: config.urls.emr,
      webDirectory: null,
      clock,
      log,
      version,
    });
    try {
      const clinics = await listClinics(emr.context);
      const only = clinics.length === 1 ? clinics[0]!.tenantId : undefined;
      const tenantId = values.tenant === undefined ? only : Number(values.tenant);
      if (clinics.length === 0) throw problem('invalid', 'cli.import.no-clinic');
      if (tenantId === undefined || !clinics.some((clinic) => clinic.tenantId === tenantId)) {
        throw problem('invalid', 'cli.import.tenant', { tenants: clinics.map((clinic) => clinic.tenantId).join(', ') });
      }
      const report = await importFiles(emr.context, {
        tenantId,
        paths: positionals,
        encounters: values.encounters === true,
        onProgress: (progress) => say(`${progress.lines}`),
      });
      process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${formatReport(report, language)}\n`);
      if (report.broken.total > 0) process.exitCode = 1;
    } finally {
      await emr.close();
    }
  } finally {
    await installation.close();
  }
}
