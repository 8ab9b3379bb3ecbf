import type { Config } from '../config.ts';
import type { Language } from '../language/messages.ts';
import type { Log } from '../platform/log.ts';

/** What every command is given. */
export interface CommandLine {
  readonly config: Config;
  readonly language: Language;
  readonly log: Log;
  /** A line for the person, on standard error. */
  readonly say: (text: string) => void;
  readonly values: {
    readonly services?: string | undefined;
    readonly 'no-demo'?: boolean | undefined;
    readonly connection?: string | undefined;
    readonly mode?: string | undefined;
    readonly tenant?: string | undefined;
    readonly encounters?: boolean | undefined;
    readonly json?: boolean | undefined;
  };
  readonly positionals: readonly string[];
}
