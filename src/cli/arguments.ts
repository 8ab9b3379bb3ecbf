// What a person types after `tidegate <command>`. An option that the command does not have is refused rather than ignored: a misspelt
// --no-demo would otherwise fill a clinic's own database with the demo.
import { parseArgs } from 'node:util';
import { problem } from '../platform/problem.ts';

const allOptions = {
  services: { type: 'string' },
  'no-demo': { type: 'boolean' },
  connection: { type: 'string' },
  mode: { type: 'string' },
  office: { type: 'string' },
  provider: { type: 'string' },
  run: { type: 'string' },
  tenant: { type: 'string' },
  encounters: { type: 'boolean' },
  key: { type: 'string' },
  json: { type: 'boolean' },
} as const;
type OptionName = keyof typeof allOptions;

export type OptionValues = {
  readonly [N in OptionName]?: (typeof allOptions)[N]['type'] extends 'string' ? string : boolean;
};

interface Accepts {
  readonly options: readonly OptionName[];
  /** Whether it takes names of files, or other words without dashes. */
  readonly words: boolean;
}

const accepts = {
  start: { options: ['services', 'no-demo'], words: false },
  import: { options: ['tenant', 'encounters', 'json'], words: true },
  sync: { options: ['connection', 'mode', 'office', 'provider', 'json'], words: false },
  connections: { options: ['json'], words: false },
  ledger: { options: ['connection', 'run', 'json'], words: false },
  doctor: { options: ['connection', 'json'], words: false },
  verify: { options: ['key', 'json'], words: true },
  audit: { options: ['tenant', 'json'], words: true },
  'demo-codes': { options: ['json'], words: false },
} as const satisfies Readonly<Record<string, Accepts>>;

export type CommandName = keyof typeof accepts;
export const isCommand = (name: string): name is CommandName => Object.hasOwn(accepts, name);

export interface Arguments {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
}

export function readArguments(command: CommandName, args: readonly string[]): Arguments {
  const { options, words }: Accepts = accepts[command];
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: allOptions,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const known = options.map((name) => `--${name}`).join(', ');
  for (const token of tokens) {
    if (token.kind === 'positional' && !words) {
      throw problem('invalid', 'cli.unexpected', { command, word: token.value });
    }
    if (token.kind !== 'option') continue;
    const option = token.rawName;
    if (!(options as readonly string[]).includes(token.name) || !option.startsWith('--')) {
      throw problem('invalid', 'cli.unknown-option', { command, option, known });
    }
    // Without `strict` an option without its value reads as true, and `--connection --json` as a connection called --json.
    const takesValue = allOptions[token.name as OptionName].type === 'string';
    if (
      takesValue &&
      (token.value === undefined || token.value === '' || (!token.inlineValue && token.value.startsWith('-')))
    ) {
      throw problem('invalid', 'cli.option-value', { option });
    }
    if (!takesValue && token.value !== undefined) throw problem('invalid', 'cli.option-no-value', { option });
  }
  return { values: values as OptionValues, positionals };
}
