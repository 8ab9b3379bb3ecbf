import { createEmr, formatReport, importFiles, listClinics } from '../emr/index.ts';
import { format } from '../language/messages.ts';
import { openInstallation } from '../main.ts';
import { problem } from '../platform/problem.ts';
import { emrGround } from '../services.ts';
import type { Command } from './command-line.ts';

/** `tidegate import <file or folder>…`: beside a running clinic or alone. The result is the report; with --json one object in one line. */
export const importCommand: Command = async ({ config, language, log, print, say, values, positionals }) => {
  if (positionals.length === 0) throw problem('invalid', 'cli.import.nothing');
  const installation = await openInstallation({ config, log, asGuest: true });
  try {
    const emr = await createEmr({ ...emrGround(installation), webDirectory: null });
    try {
      const clinics = await listClinics(emr.context);
      const only = clinics.length === 1 ? clinics[0]!.tenantId : undefined;
      const tenantId = values.tenant === undefined ? only : Number(values.tenant);
      if (clinics.length === 0) throw problem('conflict', 'cli.import.no-clinic');
      if (tenantId === undefined || !clinics.some((clinic) => clinic.tenantId === tenantId)) {
        throw problem('invalid', 'cli.import.tenant', {
          tenants: clinics.map((clinic) => clinic.tenantId).join(', '),
        });
      }
      const report = await importFiles(emr.context, {
        tenantId,
        paths: positionals,
        encounters: values.encounters === true,
        onProgress: ({ phase, lines, bytes, totalBytes }) => {
          const percent = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
          say(format(language, phase === 'reading' ? 'cli.import.reading' : 'cli.import.writing', { lines, percent }));
        },
      });
      print(values.json ? JSON.stringify(report) : formatReport(report, language));
      if (report.broken.total > 0) process.exitCode = 1;
    } finally {
      await emr.close();
    }
  } finally {
    await installation.close();
  }
};
