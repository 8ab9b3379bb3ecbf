import type { Config } from '../config.ts';
import type { Language } from '../language/messages.ts';
import type { Log } from '../platform/log.ts';
import type { OptionValues } from './arguments.ts';

/** What every command is given. */
export interface CommandLine {
  readonly config: Config;
  readonly language: Language;
  readonly log: Log;
  /** A line of the result, on standard output. */
  readonly print: (text: string) => void;
  /** A line for the person beside the result, on standard error: progress, and what went wrong. */
  readonly say: (text: string) => void;
  readonly values: OptionValues;
  readonly positionals: readonly string[];
}

export type Command = (line: CommandLine) => Promise<void>;
