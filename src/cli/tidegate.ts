#!/usr/bin/env node
// The command line. What it says is of the catalogue; results with --json are one line on standard output, everything else goes to
// standard error, so that a script can read one without the other.
import { parseArgs } from 'node:util';
import { readConfig, UnusableSettings } from '../config.ts';
import { format, type Language, languageOf } from '../language/messages.ts';
import { TakenPort } from '../main.ts';
import { newErrorId } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { Problem } from '../platform/problem.ts';
import type { CommandLine } from './command-line.ts';

const [name = 'start', ...rest] = process.argv.slice(2);

const commands: Readonly<Record<string, () => Promise<(line: CommandLine) => Promise<void>>>> = {
  start: async () => (await import('./start.ts')).start,
  import: async () => (await import('./import.ts')).importCommand,
  sync: async () => (await import('./sync.ts')).syncCommand,
};

async function run(): Promise<number> {
  const config = readConfig();
  const language: Language = languageOf(config.language);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const log = createLog({ level: config.logLevel, name: 'tidegate' });
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    say(format(language, 'cli.unknown-command', { name }));
    say(format(language, 'cli.usage'));
    return 2;
  }
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      allowPositionals: true,
      options: {
        services: { type: 'string' },
        'no-demo': { type: 'boolean' },
        connection: { type: 'string' },
        mode: { type: 'string' },
        tenant: { type: 'string' },
        encounters: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    await (await command())({ config, language, log, say, values, positionals });
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    if (error instanceof Problem) say(format(language, error.key, error.params));
    else if (error instanceof TakenPort) {
      const setting = `${error.service.toUpperCase()}_PORT`;
      say(format(language, 'cli.taken-port', { port: String(error.port), service: error.service, setting }));
    } else if (isArgumentError(error)) {
      say((error as Error).message);
      say(format(language, 'cli.usage'));
      return 2;
    } else if (isPlain(error)) say((error as Error).message);
    else {
      const id = newErrorId();
      log.error({ id, err: error }, 'command failed');
      say(format(language, 'cli.failed', { id }));
    }
    return 1;
  }
}

const isArgumentError = (error: unknown): boolean =>
  String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

// Errors that our own start-up code throws as sentences: a data directory in use, a migration that changed, a role that may too much.
const isPlain = (error: unknown): boolean =>
  error instanceof Error && error.constructor === Error && (error as { code?: unknown }).code === undefined;

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UnusableSettings)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
