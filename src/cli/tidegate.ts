#!/usr/bin/env node
// The command line. What it says is of the catalogue. Results go to standard output, with --json as one line; progress and what went
// wrong go to standard error, so that a script can read one without the other.
// It ends with 0 when it did what was asked, 1 when that failed, 2 when what was typed or set cannot be understood.
import { readConfig, UnusableSettings } from '../config.ts';
import { format, type Language, languageOf } from '../language/messages.ts';
import { newErrorId } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { Problem } from '../platform/problem.ts';
import { type CommandName, isCommand, readArguments } from './arguments.ts';
import type { Command } from './command-line.ts';

const [name = 'start', ...rest] = process.argv.slice(2);

const commands: Readonly<Record<CommandName, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).start,
  import: async () => (await import('./import.ts')).importCommand,
  sync: async () => (await import('./sync.ts')).syncCommand,
  connections: async () => (await import('./connections.ts')).connectionsCommand,
  ledger: async () => (await import('./ledger.ts')).ledgerCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  'demo-codes': async () => (await import('./demo-codes.ts')).demoCodesCommand,
};

async function run(): Promise<number> {
  const config = readConfig();
  const language: Language = languageOf(config.language);
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const log = createLog({ level: config.logLevel, name: 'tidegate' });
  const usage = () => format(language, 'cli.usage');
  if (['help', '--help', '-h'].some((word) => word === name || (word !== 'help' && rest.includes(word)))) {
    print(usage());
    return 0;
  }
  if (!isCommand(name)) {
    say(`${format(language, 'cli.unknown-command', { name })}\n${usage()}`);
    return 2;
  }
  try {
    // Read before the services' code is loaded, so that a mistyped line is answered at once.
    const typed = readArguments(name, rest);
    const carryOut = await commands[name]();
    await carryOut({ config, language, log, print, say, ...typed });
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    if (error instanceof Problem) {
      say(format(language, error.key, error.params));
      const mistyped = error.kind === 'invalid' && error.key.startsWith('cli.');
      if (mistyped) say(usage());
      return mistyped ? 2 : 1;
    }
    if (isPlain(error)) say((error as Error).message);
    else {
      const id = newErrorId();
      log.error({ id, err: error }, 'command failed');
      say(format(language, 'cli.failed', { id }));
    }
    return 1;
  }
}

// Errors that our own start-up code throws as sentences: a data directory in use, a migration that changed, a role that may too much.
const isPlain = (error: unknown): boolean =>
  error instanceof Error && error.constructor === Error && (error as { code?: unknown }).code === undefined;

// Who reads no further (`| head -1`) has what he wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UnusableSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
