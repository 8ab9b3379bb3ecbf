// Fails when a person could read text that is not in the catalogue, or the catalogue has gaps. Counts what it read and fails on zero.
import { globSync } from 'node:fs';
import { auditMessages } from '../src/language/catalogue/audit.ts';
import { certificateMessages } from '../src/language/catalogue/certificate.ts';
import { chartMessages } from '../src/language/catalogue/chart.ts';
import { chartPageMessages } from '../src/language/catalogue/chart-page.ts';
import { cliMessages } from '../src/language/catalogue/cli.ts';
import { connectMessages } from '../src/language/catalogue/connect.ts';
import { doctorMessages } from '../src/language/catalogue/doctor.ts';
import { emrMessages } from '../src/language/catalogue/emr.ts';
import { fhirMessages } from '../src/language/catalogue/fhir.ts';
import { fixMessages } from '../src/language/catalogue/fix.ts';
import { frameMessages } from '../src/language/catalogue/frame.ts';
import { helpMessages } from '../src/language/catalogue/help.ts';
import { importMessages } from '../src/language/catalogue/import.ts';
import { integrationMessages } from '../src/language/catalogue/integrations.ts';
import { linkMessages } from '../src/language/catalogue/link.ts';
import { mailMessages } from '../src/language/catalogue/mail.ts';
import { threadMessages } from '../src/language/catalogue/messages.ts';
import { noticeMessages } from '../src/language/catalogue/notice.ts';
import { portalMessages } from '../src/language/catalogue/portal.ts';
import { privilegeMessages } from '../src/language/catalogue/privilege.ts';
import { problemMessages } from '../src/language/catalogue/problem.ts';
import { reminderMessages } from '../src/language/catalogue/reminders.ts';
import { schedulerMessages } from '../src/language/catalogue/scheduler.ts';
import { secondFactorMessages } from '../src/language/catalogue/second-factor.ts';
import { securityMessages } from '../src/language/catalogue/security.ts';
import { staffTaskMessages } from '../src/language/catalogue/staff-task.ts';
import { syncMessages } from '../src/language/catalogue/sync.ts';
import { userMessages } from '../src/language/catalogue/users.ts';
import { writeBackMessages } from '../src/language/catalogue/write-back.ts';
import { catalogue as merged } from '../src/language/messages.ts';
import { checkCatalogue } from '../test/architecture/catalogue.ts';

const root = process.cwd();
const list = (...patterns: string[]) =>
  [...new Set(patterns.flatMap((pattern) => globSync(pattern, { cwd: root })))]
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.test\.tsx?$/.test(file) && !file.startsWith('src/language/catalogue/'))
    .sort();

const catalogue = {
  frame: frameMessages,
  problem: problemMessages,
  link: linkMessages,
  'staff-task': staffTaskMessages,
  help: helpMessages,
  emr: emrMessages,
  audit: auditMessages,
  security: securityMessages,
  'second-factor': secondFactorMessages,
  certificate: certificateMessages,
  chart: chartMessages,
  'chart-page': chartPageMessages,
  scheduler: schedulerMessages,
  fhir: fhirMessages,
  connect: connectMessages,
  doctor: doctorMessages,
  fix: fixMessages,
  notice: noticeMessages,
  portal: portalMessages,
  privilege: privilegeMessages,
  cli: cliMessages,
  sync: syncMessages,
  import: importMessages,
  integrations: integrationMessages,
  'write-back': writeBackMessages,
  mail: mailMessages,
  reminders: reminderMessages,
  messages: threadMessages,
  users: userMessages,
};
const { findings, keys, screens, sources, uses } = checkCatalogue(root, {
  catalogue,
  screens: list('src/*/web/**/*.tsx', 'src/ui/**/*.tsx'),
  sources: list('src/**/*.{ts,tsx}'),
});
for (const { where, why } of findings) console.error(`${where} ${why}`);
console.log(
  `catalogue: ${keys} keys in 2 languages, ${uses} uses in ${sources} files, ${screens} screens read, ${findings.length} findings`,
);
// A new area that this script was not told of would go unchecked.
if (Object.keys(merged.en).length !== keys) throw new Error('an area of src/language/messages.ts is not checked here');
if (findings.length > 0 || keys === 0 || screens === 0 || uses === 0) process.exit(1);
