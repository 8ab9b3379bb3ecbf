// What the documents tell people to type is what the project has.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCommand, readArguments } from '../../src/cli/arguments.ts';
import { catalogue, languages } from '../../src/language/messages.ts';
import { documents, root } from './documents.ts';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** Lines of code blocks and code in the text, without their comments. */
const typed = documents.flatMap(({ path, text }) =>
  [...text.matchAll(/```\w*\n([\s\S]*?)```|`([^`\n]+)`/g)]
    .flatMap(([, block, inline]) => (block ?? inline ?? '').split('\n'))
    .flatMap((line) => line.replace(/\s+#.*$/, '').split('&&'))
    .map((line) => ({ path, line: line.trim() })),
);

/** The words after `tidegate`, or after an npm script that runs it. `npm run tidegate -- …` is no example of any. */
function commandLine(line: string): string[] | undefined {
  const [, start, words] = /^(?:npm run (?:-s )?tidegate --|npm (start) --|tidegate) ([^…].*)$/.exec(line) ?? [];
  return words === undefined ? undefined : [...(start ? [start] : []), ...words.split(/\s+/)];
}

/** `[--json]`, `<file or folder>…` and `full|recent` as one of the things that may be typed there. */
const example = (text: string): string[] =>
  text
    .replaceAll(/[[\]…]/g, '')
    .replaceAll(/<[^>]+>/g, 'something')
    .split(/\s+/)
    .filter(Boolean);

describe('the commands in the documents', () => {
  it('are scripts that npm has here', () => {
    const named = typed.flatMap(({ path, line }) => {
      const script = /^npm (?:run (?:-s )?)(\S+)/.exec(line)?.[1] ?? /^npm (start|test)\b/.exec(line)?.[1];
      return script ? [{ path, script }] : [];
    });
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ script }) => scripts[script] === undefined)).toEqual([]);
    for (const script of ['start', 'test', 'check']) expect(named.map((one) => one.script)).toContain(script);
  });

  it('are command lines that tidegate takes', () => {
    const lines = typed.flatMap(({ line }) => commandLine(line) ?? []).length;
    expect(lines).toBeGreaterThan(5);
    for (const { line } of typed) {
      const words = commandLine(line);
      if (!words) continue;
      const [command, ...rest] = example(words.join(' '));
      expect(isCommand(command!), line).toBe(true);
      if (isCommand(command!)) expect(() => readArguments(command, rest), line).not.toThrow();
    }
  });
});

describe('the usage', () => {
  it.each(languages)('lists, in %s, each command with the options that it takes', (language) => {
    const lines = catalogue[language]['cli.usage'].split('\n').map((line) => /^tidegate (\S+) (.+)$/.exec(line)!);
    expect(lines.map(([, command]) => command)).toEqual([
      'start',
      'import',
      'sync',
      'connections',
      'ledger',
      'doctor',
      'verify',
      'audit',
      'demo-codes',
    ]);
    for (const [, command, rest] of lines) {
      if (!isCommand(command!)) throw new Error(`${command} is no command`);
      expect(() => readArguments(command, example(rest!))).not.toThrow();
      const refused = (() => {
        try {
          readArguments(command, ['--anything-else']);
          return [];
        } catch (error) {
          return (error as { params: { known: string } }).params.known.split(', ');
        }
      })();
      expect([...rest!.matchAll(/--[a-z-]+/g)].map(([option]) => option).sort()).toEqual(refused.sort());
    }
  });
});
